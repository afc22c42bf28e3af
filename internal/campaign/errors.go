package campaign

import (
	"errors"
	"fmt"

	"github.com/tributary-server/tributary/internal/fault"
)

// What a Store says when the rules forbid a change.
var (
	ErrUnknown   = errors.New("no such campaign, domain or page")
	ErrCodeTaken = errors.New("the code belongs to a campaign already")
	ErrTooMany   = errors.New("there are as many as there may be")
	ErrIsDefault = errors.New("the default domain cannot be removed while there are others")
)

func told(err error) error {
	switch {
	case errors.Is(err, ErrUnknown):
		return fault.New(fault.NotFound)
	case errors.Is(err, ErrTooMany):
		return fault.Invalid("non_field_errors", "limit_reached",
			fmt.Sprintf("A partner has at most %d campaigns, and a campaign %d links.", MaxCampaigns, MaxLinks))
	case errors.Is(err, ErrIsDefault):
		return fault.Invalid("domain", "is_default", "Make another domain the default first.")
	default:
		return err
	}
}

// archived refuses a change of an archived campaign.
func archived() error {
	return &fault.Error{Code: fault.PermissionDenied, Message: "An archived campaign cannot be changed: unarchive it first"}
}
