package promo

import (
	"fmt"

	"github.com/tributary-server/tributary/internal/fault"
)

// Errors of a Store: there is no such thing, or there are too many.
var (
	ErrUnknown = fault.Unknown("no such material, file or code")
	ErrTooMany = fault.Invalid("non_field_errors", "limit_reached", fmt.Sprintf("The library holds at most %d materials.", MaxMaterials))
)
