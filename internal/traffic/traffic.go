// Package traffic stores the sources of traffic that partners declare, such as
// sites, channels and apps. To prove that a source is theirs, a partner puts a
// meta tag on its page. The server fetches the page and looks for the tag.
package traffic

import (
	"time"

	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/page"
)

// MaxSources is the maximum number of sources of one partner.
const MaxSources = 100

// Types are the kinds of sources.
var Types = []string{"website", "social", "email", "messenger", "mobile_app", "other"}

// Status is the state of a source.
type Status string

// These are the states of a source. A source whose URL changes becomes a draft
// again. If the broker has rejected a source, the tag alone does not verify it
// any more.
const (
	Draft    Status = "draft"
	Pending  Status = "pending" // the tag was found, and the broker has to approve the source
	Verified Status = "verified"
	Rejected Status = "rejected" // the broker rejected the source
)

// Source is a site, channel or app from which a partner gets traffic.
type Source struct {
	PartnerID id.UUID    `db:"partner_id"`
	ID        id.UUID    `db:"source_id"`
	Name      string     `db:"name"`
	Type      string     `db:"source_type"`
	URL       string     `db:"url"`
	Status    Status     `db:"status"`
	Reason    string     `db:"reason"` // why the broker rejected the source; empty if the broker approved it afterwards
	CreatedAt time.Time  `db:"created_at"`
	CheckedAt *time.Time `db:"checked_at"` // time of the last check of the page or of the broker's decision; nil if there was neither
}

// Filter selects the sources of a list. The newest come first.
type Filter struct {
	PartnerIDs []id.UUID // empty means all partners
	Statuses   []string  // empty means all states
	Page       page.Page
}

// ErrUnknown means that a source does not exist.
var ErrUnknown = fault.Unknown("no such traffic source")
