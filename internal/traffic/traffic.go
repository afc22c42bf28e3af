// Package traffic keeps where partners say that their traffic comes from:
// sites, channels, applications. A partner proves that a source is its own by
// a meta tag on the source's page, which is really fetched.
package traffic

import (
	"time"

	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/page"
)

// MaxSources is how many sources a partner may have.
const MaxSources = 100

// Types are what a source can be.
var Types = []string{"website", "social", "email", "messenger", "mobile_app", "other"}

// Status is how far a source has come.
type Status string

// The states. A source whose address changes is a draft again; one that was
// rejected once is never verified by its tag alone.
const (
	Draft    Status = "draft"
	Pending  Status = "pending" // its tag was found, and the broker has to agree
	Verified Status = "verified"
	Rejected Status = "rejected" // by the broker
)

// Source is where a partner's traffic comes from.
type Source struct {
	PartnerID id.UUID
	ID        id.UUID
	Name      string
	Type      string
	URL       string
	Status    Status
	Reason    string // why the broker rejected it, until it approves; else empty
	CreatedAt time.Time
	CheckedAt *time.Time // when its page was last looked at, or the broker decided; nil: never
}

// Filter says which sources to list, newest first.
type Filter struct {
	PartnerIDs []id.UUID // none: of all partners
	Statuses   []string  // none: all
	Page       page.Page
}

// ErrUnknown is what a Store says of a source that is not there.
var ErrUnknown = fault.Unknown("no such traffic source")
