package outbox

import (
	"errors"

	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/outbox/guard"
)

// notPublicMessage is the message for every URL that the server is not allowed to
// call. A different message for each reason would reveal details of the server's
// network.
const notPublicMessage = "Enter a public http or https address."

// noResponseMessage is the message for every request that got no valid response.
// A different message for each reason would reveal details of the server's
// network.
const noResponseMessage = "No valid response came from this address in time. Check the address and its server."

// urlErrorForPartner converts an error of package guard to an error that a
// partner may see.
func urlErrorForPartner(err error) error {
	switch {
	case errors.Is(err, guard.ErrRefused):
		return invalidURL(notPublicMessage)
	case errors.Is(err, guard.ErrUnreachable):
		return fault.Invalid("url", "unreachable", noResponseMessage)
	default:
		return err
	}
}
