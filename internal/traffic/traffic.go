// Package traffic keeps the sources of traffic that partners declare: sites,
// channels, applications. A partner proves that it owns a source by a meta tag
// on the source's page. The programme fetches the page to check it.
package traffic

import (
	"time"

	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/page"
)

// MaxSources is how many sources a partner may have.
const MaxSources = 100

// Types are the kinds of sources.
var Types = []string{"website", "social", "email", "messenger", "mobile_app", "other"}

// Status is the state of a source.
type Status string

// These are the states. A source whose address changes becomes a draft again.
// The tag alone never verifies a source that was rejected once.
const (
	Draft    Status = "draft"
	Pending  Status = "pending" // its tag was found; the broker has to approve it
	Verified Status = "verified"
	Rejected Status = "rejected" // the broker rejected it
)

// Source is where a partner's traffic comes from.
type Source struct {
	PartnerID id.UUID    `db:"partner_id"`
	ID        id.UUID    `db:"source_id"`
	Name      string     `db:"name"`
	Type      string     `db:"source_type"`
	URL       string     `db:"url"`
	Status    Status     `db:"status"`
	Reason    string     `db:"reason"` // why the broker rejected it, until it approves; otherwise empty
	CreatedAt time.Time  `db:"created_at"`
	CheckedAt *time.Time `db:"checked_at"` // when its page was last checked, or the broker decided; nil: never
}

// Filter selects the sources of a list, newest first.
type Filter struct {
	PartnerIDs []id.UUID // none: sources of all partners
	Statuses   []string  // none: sources of all states
	Page       page.Page
}

// ErrUnknown is returned by a Store for a source that does not exist.
var ErrUnknown = fault.Unknown("no such traffic source")
