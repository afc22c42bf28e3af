package promo

import (
	"fmt"

	"github.com/tributary-server/tributary/internal/fault"
)

// A Store returns these errors.
var (
	ErrUnknown = fault.Unknown("no such material, file or code")
	ErrTooMany = fault.Invalid("non_field_errors", "limit_reached", fmt.Sprintf("The library can have at most %d materials.", MaxMaterials))
)
