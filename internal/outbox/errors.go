package outbox

import (
	"errors"

	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/outbox/guard"
)

// notPublic is the message for every URL that the server is not allowed to call. A
// different message for each reason would reveal details of the server's
// network.
const notPublic = "Enter a public http or https address."

// unanswered is the message for every request that got no valid response. A different
// message for each reason would reveal details of the server's network.
const unanswered = "No valid response came from this address in time. Check the address and its server."

// toldURL converts an error of package guard to an error that a partner may
// see.
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
