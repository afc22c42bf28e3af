// Package adjustment books manual adjustments of a partner's wallet: a bonus, a
// correction or a clawback, with a reason and an author. An adjustment above a limit
// needs two people: a staff member creates it, and another one approves it.
package adjustment

import (
	"time"

	"github.com/tributary-server/tributary/internal/audit"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/page"
)

// Kind says why the broker adjusts a wallet.
type Kind string

// These are the kinds of adjustments.
const (
	Bonus      Kind = "bonus"      // money on top of the rewards; positive
	Correction Kind = "correction" // puts a mistake right; positive or negative
	Clawback   Kind = "clawback"   // takes back money that was not due; negative
)

// Status is the state of an adjustment.
type Status string

// These are the values of Status. Only an approved adjustment has a posting.
const (
	Pending  Status = "pending"
	Approved Status = "approved"
	Rejected Status = "rejected"
)

// MaxUSD is the largest amount of an adjustment in USD.
const MaxUSD = money.Amount(10_000_000 * 1_000_000)

// ErrUnknown is the error for an adjustment that does not exist.
var ErrUnknown = fault.Unknown("no such adjustment")

// Adjustment changes a partner's wallet once it is approved.
type Adjustment struct {
	PartnerID id.UUID      `db:"partner_id"`
	ID        string       `db:"adjustment_id"` // a UUID; the cause of the posting
	Kind      Kind         `db:"kind"`
	Currency  string       `db:"currency"`
	Amount    money.Amount `db:"amount_e6"` // negative if it takes money out of the wallet
	AmountUSD money.Amount `db:"amount_usd_e6"`
	Reason    string       `db:"reason"`    // the partner can read it
	Reference string       `db:"reference"` // an order or client, in the author's words; may be empty
	Author    string       `db:"author"`    // "staff:" or "key:", and the id
	Status    Status       `db:"status"`
	CreatedAt time.Time    `db:"created_at"`
	LimitUSD  money.Amount `db:"limit_usd_e6"` // the setting adjustment_limit at CreatedAt; more needs two staff members
	DecidedBy string       `db:"decided_by"`   // as Author; empty while pending, and if no second person was needed
	DecidedAt *time.Time   `db:"decided_at"`
	Refusal   string       `db:"refusal"` // why it was rejected; only the broker can read it
}

// Draft is a request for an adjustment.
type Draft struct {
	PartnerID id.UUID
	Kind      Kind
	AmountUSD money.Amount // whole cents
	Reason    string
	Reference string
}

// Filter selects adjustments for a list.
type Filter struct {
	Partners []id.UUID // empty matches all
	Statuses []string  // empty matches all
	Page     page.Page
}

// Service prepares and decides adjustments.
type Service struct {
	store Store
	clock clock.Clock
	zone  *time.Location // for the day of the rate
	audit audit.Log
}

// New returns a Service.
func New(store Store, clk clock.Clock, zone *time.Location, log audit.Log) *Service {
	return &Service{store, clk, zone, log}
}
