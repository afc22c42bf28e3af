package promo

import (
	"fmt"

	"github.com/tributary-server/tributary/internal/fault"
)

// What a Store says when there is no such thing, or no room.
var (
	ErrUnknown = fault.Unknown("no such material, file or code")
	ErrTooMany = fault.Invalid("non_field_errors", "limit_reached", fmt.Sprintf("The library holds at most %d materials.", MaxMaterials))
)
