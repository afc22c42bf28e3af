package outbox

import (
	"errors"

	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/outbox/guard"
)

// notPublic is the message for every address that may not be called, whatever
// the cause. Different messages would reveal the network that the programme
// runs in.
const notPublic = "Enter a public http or https address."

// unanswered is the message for every call that got no answer.
const unanswered = "The address did not answer."

// toldURL converts an error of guard to the caller's error.
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
