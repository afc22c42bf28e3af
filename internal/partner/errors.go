package partner

import (
	"fmt"

	"github.com/tributary-server/tributary/internal/fault"
)

// The stores return these errors for a change that they refuse.
var (
	ErrUnknown     = fault.Unknown("no such partner or link")
	ErrCodeTaken   = fault.Invalid("link_code", "already_in_use", "This code is already in use.")
	ErrTooMany     = fault.Invalid("link_code", "limit_reached", fmt.Sprintf("A partner can have at most %d links.", MaxLinks))
	ErrLinkBlocked = &fault.Error{Code: fault.PermissionDenied, Message: "A blocked link cannot be the default."}
)
