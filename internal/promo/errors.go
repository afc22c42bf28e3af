package promo

import (
	"fmt"

	"github.com/tributary-server/tributary/internal/fault"
)

// These are the errors of a Store.
var (
	ErrUnknown = fault.Unknown("no such material, file or code")
	ErrTooMany = fault.Invalid("non_field_errors", "limit_reached", fmt.Sprintf("The library holds at most %d materials.", MaxMaterials))
)
