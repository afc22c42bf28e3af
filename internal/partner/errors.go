package partner

import (
	"errors"
	"fmt"

	"github.com/tributary-server/tributary/internal/fault"
)

// What a Store says when the rules forbid a change.
var (
	ErrUnknown     = errors.New("no such partner or link")
	ErrCodeTaken   = errors.New("the code belongs to a link already")
	ErrTooMany     = errors.New("the partner has as many links as it may have")
	ErrLinkBlocked = errors.New("the link is blocked")
)

// told turns what a Store says into what the caller is told.
func told(err error) error {
	switch {
	case errors.Is(err, ErrUnknown):
		return fault.New(fault.NotFound)
	case errors.Is(err, ErrCodeTaken):
		return fault.Invalid("link_code", "already_in_use", "This code is already in use.")
	case errors.Is(err, ErrTooMany):
		return fault.Invalid("link_code", "limit_reached", fmt.Sprintf("A partner has at most %d links.", MaxLinks))
	case errors.Is(err, ErrLinkBlocked):
		return &fault.Error{Code: fault.PermissionDenied, Message: "A blocked link cannot be the default."}
	default:
		return err
	}
}
