package campaign

import (
	"errors"
	"fmt"

	"github.com/tributary-server/tributary/internal/fault"
)

// The Store returns these errors if a rule forbids the change.
var (
	ErrUnknown   = fault.Unknown("no such campaign, domain or page")
	ErrCodeTaken = errors.New("another campaign has this code")
	ErrTooMany   = fault.Invalid("non_field_errors", "limit_reached",
		fmt.Sprintf("A partner can have at most %d campaigns, and a campaign at most %d links.", MaxCampaigns, MaxLinks))
	ErrIsDefault = fault.Invalid("domain", "is_default", "Make another domain the default first.")
)

func archivedError() error {
	return &fault.Error{Code: fault.PermissionDenied, Message: "An archived campaign cannot be changed. Unarchive it first."}
}
