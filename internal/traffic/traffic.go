// Package traffic keeps where partners say that their traffic comes from:
// sites, channels, applications. A partner proves that it owns a source by a
// meta tag on the source's page. The programme fetches the page to check it.
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

// Status is the state of a source.
type Status string

// The states. A source whose address changes becomes a draft again. The tag
// alone never verifies a source that was rejected once.
const (
	Draft    Status = "draft"
	Pending  Status = "pending" // its tag was found; the broker has to approve it
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
	CheckedAt *time.Time // when its page was last checked, or the broker decided; nil: never
}

// Filter selects the sources of a list, newest first.
type Filter struct {
	PartnerIDs []id.UUID // none: of all partners
	Statuses   []string  // none: all
	Page       page.Page
}

// ErrUnknown is what a Store returns for a source that does not exist.
var ErrUnknown = fault.Unknown("no such traffic source")
