package outbox

import (
	"errors"

	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/outbox/guard"
)

// notPublic is the message for every address to which no request may go, for
// any reason. Different messages would reveal details of the programme's
// network.
const notPublic = "Enter a public http or https address."

// unanswered is the message for every request without a response, for any
// reason.
const unanswered = "The address did not answer."

// toldURL converts an error of guard to an error for the caller.
func toldURL(err error) error {
	switch {
	case errors.Is(err, guard.ErrRefused):
		return invalidURL(notPublic)
	case errors.Is(err, guard.ErrUnreachable):
		return fault.Invalid("url", "unreachable", unanswered)
	default:
		return err
	}
}
