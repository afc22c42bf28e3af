package outbox

import (
	"errors"

	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/outbox/guard"
)

// notPublic is the message for every URL to which requests are not allowed. It
// is the same for all reasons, because different messages would reveal details
// of the server's network.
const notPublic = "Enter a public http or https address."

// unanswered is the message for every request that got no response. It is the
// same for all reasons.
const unanswered = "The address did not answer."

// toldURL converts an error of package guard to an error for the caller.
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
