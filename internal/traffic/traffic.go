// Package traffic stores the sources of traffic that partners declare, such as
// sites, channels and applications. A partner proves that it owns a source by
// a meta tag on the source's page. The programme fetches the page to check the
// tag.
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

// These are the states of a source. A source with a new address becomes a
// draft again. If the broker has once rejected a source, the tag alone never
// verifies it.
const (
	Draft    Status = "draft"
	Pending  Status = "pending" // the tag was found, and the broker must approve the source
	Verified Status = "verified"
	Rejected Status = "rejected" // the broker rejected the source
)

// Source is a site, channel or application that brings traffic to a partner.
type Source struct {
	PartnerID id.UUID    `db:"partner_id"`
	ID        id.UUID    `db:"source_id"`
	Name      string     `db:"name"`
	Type      string     `db:"source_type"`
	URL       string     `db:"url"`
	Status    Status     `db:"status"`
	Reason    string     `db:"reason"` // reason for the broker's rejection; empty once the broker approves
	CreatedAt time.Time  `db:"created_at"`
	CheckedAt *time.Time `db:"checked_at"` // last check of the page or decision of the broker; nil if there was none
}

// Filter selects the sources of a list, newest first.
type Filter struct {
	PartnerIDs []id.UUID // empty means all partners
	Statuses   []string  // empty means all states
	Page       page.Page
}

// ErrUnknown means that a source does not exist.
var ErrUnknown = fault.Unknown("no such traffic source")
