package promo

import (
	"errors"
	"fmt"

	"github.com/tributary-server/tributary/internal/fault"
)

// What a Store says when there is no such thing, or no room.
var (
	ErrUnknown = errors.New("no such material, file or code")
	ErrTooMany = errors.New("there are as many as there may be")
)

func told(err error) error {
	switch {
	case errors.Is(err, ErrUnknown):
		return fault.New(fault.NotFound)
	case errors.Is(err, ErrTooMany):
		return fault.Invalid("non_field_errors", "limit_reached", fmt.Sprintf("The library holds at most %d materials.", MaxMaterials))
	default:
		return err
	}
}
