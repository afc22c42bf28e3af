// Package inbox shows the broker the state of its feed. It lists the facts that wait,
// and what they wait for. It also compares the orders that were received with the
// totals that the trading servers report.
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

// These constants limit the lists in Health.
const (
	MaxKeys = 20  // maximum number of keys listed for each kind
	MaxDays = 100 // maximum number of days listed
)

// Kinds lists all kinds of waiting facts: the kinds of key that a fact can wait
// for, KindReady, and "refused".
var Kinds = append(slices.Clone(feed.KeyKinds), KindReady, "refused")

// KindReady is the kind of facts that will be applied soon, because the fact that
// they waited for has arrived.
const KindReady = "ready"

// SelfReferralFilter selects the self-referrals to list.
type SelfReferralFilter struct {
	Partners []id.UUID // empty means all partners
	Refused  *bool     // true lists only refused self-referrals, false lists only accepted ones, nil lists all
	Page     page.Page
}

// Filter selects the facts to list.
type Filter struct {
	Dismissed bool        // true lists dismissed facts instead of waiting facts
	IDs       []string    // empty means all
	Types     []feed.Type // empty means all
	Kinds     []string    // kinds of missing keys; empty means all
	Key       string      // what is missing, such as an account's number; empty means anything
	Page      page.Page
}

// Fact is a fact that waits or was dismissed.
type Fact struct {
	ID       string    `db:"fact_id"`
	Type     feed.Type `db:"type"`
	At       time.Time `db:"at"`
	Received time.Time `db:"received_at"`
	Body     []byte    `db:"-"`       // fields of the fact's type, as JSON
	Kind     string    `db:"-"`       // kind of the missing key; one of Kinds
	Key      string    `db:"-"`       // what is missing, such as an account's number; or the code of the refusal
	Message  string    `db:"message"` // reason of the refusal; empty if the fact was not refused

	DismissedAt *time.Time `db:"dismissed_at"` // nil if the fact is still waiting
	Reason      string     `db:"reason"`       // why the broker dismissed the fact
}

// Health is the state of the feed.
type Health struct {
	Orders  int64 // number of closed orders received; repeats are not counted
	Lots    money.Lots
	Waiting []Waiting // one entry for each kind, in the order of Kinds
	Days    []Day     // days on which the totals differ, newest first; at most MaxDays
}

// Total returns the number of waiting facts.
func (h *Health) Total() int64 {
	var n int64
	for i := range h.Waiting {
		n += h.Waiting[i].Facts
	}
	return n
}

// Waiting describes the facts that wait for keys of one kind.
type Waiting struct {
	Kind   string // one of Kinds
	Facts  int64
	Oldest time.Time // time of the oldest waiting fact
	Keys   []string  // what is missing, such as accounts' numbers; at most MaxKeys
}

// Day is a day on which the orders or lots received from a trading server differ
// from the totals that the trading server reports.
type Day struct {
	Server         string     `db:"name"`
	Day            clock.Day  `db:"day"`
	ExpectedOrders int64      `db:"expected_orders"`
	Orders         int64      `db:"orders"`
	ExpectedLots   money.Lots `db:"expected_lots_e8"`
	Lots           money.Lots `db:"lots_e8"`
}

// Account is an account for which facts wait, because it is not known yet.
type Account struct {
	ClientAccount string    `db:"-"`
	Orders        int64     `db:"orders"`
	Facts         int64     `db:"facts"` // number of waiting facts
	First         time.Time `db:"first_at"`
	Last          time.Time `db:"last_at"`
}

// AccountTotals holds the totals of all unknown accounts.
type AccountTotals struct {
	Count  int64 `db:"accounts"`
	Orders int64 `db:"orders"`
	Facts  int64 `db:"facts"`
}
