package outbox

import (
	"errors"

	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/outbox/guard"
)

// notPublic is what is said of every address that may not be called, whatever
// the cause: the difference would map the network that the programme is in.
const notPublic = "Enter a public http or https address."

// unanswered is the same for every call that came to nothing.
const unanswered = "The address did not answer."

// toldURL turns what guard says of an address into what the caller is told.
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
