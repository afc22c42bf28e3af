// Package inbox shows the broker the state of its feed: which facts wait and
// for what, and where the orders that arrived differ from what the trading
// servers say they closed.
package inbox

import (
	"slices"
	"time"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/page"
)

// The limits of a health report.
const (
	MaxKeys = 20  // missing things listed for each kind
	MaxDays = 100 // listed days whose totals differ
)

// Kinds lists every kind of thing that facts wait for, and why else they do.
var Kinds = append(slices.Clone(feed.KeyKinds), KindReady, "refused")

// KindReady is the kind of facts whose missing half has arrived and that are
// about to be applied.
const KindReady = "ready"

// SelfReferralFilter selects the self-referrals to list.
type SelfReferralFilter struct {
	Partners []id.UUID // none: any
	Refused  *bool     // nil: any
	Page     page.Page
}

// Filter selects the facts to list.
type Filter struct {
	Dismissed bool        // true: facts that were dismissed; false: facts that wait
	IDs       []string    // none: any
	Types     []feed.Type // none: any
	Kinds     []string    // the kinds of what they wait for; none: any
	Key       string      // the name of what they wait for, within its kind; empty: any
	Page      page.Page
}

// Fact is a fact without effect: it waits, or was dismissed.
type Fact struct {
	ID       string    `db:"fact_id"`
	Type     feed.Type `db:"type"`
	At       time.Time `db:"at"`
	Received time.Time `db:"received_at"`
	Body     []byte    `db:"-"`       // its fields, as JSON
	Kind     string    `db:"-"`       // the kind of what it waits for, or waited for
	Key      string    `db:"-"`       // its name; of a refused fact the reason, in one word
	Message  string    `db:"message"` // of a refused fact: what is wrong

	DismissedAt *time.Time `db:"dismissed_at"` // nil: it waits
	Reason      string     `db:"reason"`       // why it was dismissed
}

// Health is the state of the feed.
type Health struct {
	Orders  int64 // closed orders that arrived, each once
	Lots    money.Lots
	Waiting []Waiting // by kind, in the kinds' order
	Days    []Day     // whose totals differ, newest first, at most MaxDays
}

// Total counts the facts that wait.
func (h *Health) Total() int64 {
	var n int64
	for i := range h.Waiting {
		n += h.Waiting[i].Facts
	}
	return n
}

// Waiting describes the facts that wait for one kind of thing.
type Waiting struct {
	Kind   string // see Kinds
	Facts  int64
	Oldest time.Time // when the oldest of them happened
	Keys   []string  // what is missing: at most MaxKeys names
}

// Day is a day of a trading server on which the orders or lots that arrived
// differ from what the server says it closed.
type Day struct {
	Server         string     `db:"name"`
	Day            clock.Day  `db:"day"`
	ExpectedOrders int64      `db:"expected_orders"`
	Orders         int64      `db:"orders"`
	ExpectedLots   money.Lots `db:"expected_lots_e8"`
	Lots           money.Lots `db:"lots_e8"`
}

// Account is an account that the programme does not know, with counts of the
// facts that wait for it.
type Account struct {
	ClientAccount string    `db:"-"`
	Orders        int64     `db:"orders"` // closed orders
	Facts         int64     `db:"facts"`  // closed orders and all other facts
	First         time.Time `db:"first_at"`
	Last          time.Time `db:"last_at"`
}

// AccountTotals sums up all such accounts.
type AccountTotals struct {
	Count  int64 `db:"accounts"`
	Orders int64 `db:"orders"`
	Facts  int64 `db:"facts"`
}
