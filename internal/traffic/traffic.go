// Package traffic stores the sources of traffic that partners declare, such as
// sites, channels and apps. A partner proves control of a source by putting a
// meta tag on its page. The server fetches the page and looks for the tag.
package traffic

import (
	"time"

	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/page"
)

// MaxSources is how many sources one partner can have.
const MaxSources = 100

// Types lists the types of sources.
var Types = []string{"website", "social", "email", "messenger", "mobile_app", "other"}

// Status is the status of a source.
type Status string

// These are the statuses of a source. If the URL changes, the source becomes a
// draft again. If the broker has rejected a source, the meta tag no longer
// verifies it without the broker's approval.
const (
	Draft    Status = "draft"
	Pending  Status = "pending" // the tag was found, and the broker must approve the source
	Verified Status = "verified"
	Rejected Status = "rejected" // the broker has rejected the source
)

// Source is a site, channel or app from which a partner gets traffic.
type Source struct {
	PartnerID id.UUID    `db:"partner_id"`
	ID        id.UUID    `db:"source_id"`
	Name      string     `db:"name"`
	Type      string     `db:"source_type"`
	URL       string     `db:"url"`
	Status    Status     `db:"status"`
	Reason    string     `db:"reason"` // why the broker rejected the source; empty if the broker has approved it since
	CreatedAt time.Time  `db:"created_at"`
	CheckedAt *time.Time `db:"checked_at"` // when the page was last checked or the broker decided; nil if neither has happened
}

// Filter selects sources.
type Filter struct {
	PartnerIDs []id.UUID // empty means all partners
	Statuses   []string  // empty means all statuses
	Page       page.Page
}

// ErrUnknown says that there is no such source.
var ErrUnknown = fault.Unknown("no such traffic source")
