// Package inbox is what the broker may know of its feed: which facts wait and
// for what, and where what arrived differs from what the trading servers say
// they closed.
package inbox

import (
	"time"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/page"
)

// The limits of a health report.
const (
	MaxKeys = 20  // of what is missing, by kind
	MaxDays = 100 // days whose totals differ
)

// Kinds are all kinds of what facts wait for.
var Kinds = []string{"account", "client", "code", "fact", "instrument", "order", "payout", "rate", KindReady, "refused"}

// KindReady is the kind of facts whose missing half has arrived and that are
// about to be applied.
const KindReady = "ready"

// SelfReferralFilter says which self-referrals to list.
type SelfReferralFilter struct {
	Partners []id.UUID // none: any
	Refused  *bool     // nil: any
	Page     page.Page
}

// Filter says which facts to list.
type Filter struct {
	Dismissed bool        // those that were dismissed, instead of those that wait
	IDs       []string    // none: any
	Types     []feed.Type // none: any
	Kinds     []string    // of what they wait for; none: any
	Key       string      // what they wait for, within its kind; empty: any
	Page      page.Page
}

// Fact is a fact without effect: it waits, or was dismissed.
type Fact struct {
	ID       string
	Type     feed.Type
	At       time.Time
	Received time.Time
	Body     []byte // its fields, as JSON
	Kind     string // of what it waits for, or waited for
	Key      string // what that is; of a refused one why, in one word
	Message  string // of a refused one: what is wrong

	DismissedAt *time.Time // nil: it waits
	Reason      string     // why it was dismissed
}

// Health is how the feed stands.
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

// Waiting is the facts that wait for one kind of thing.
type Waiting struct {
	Kind   string // see Kinds
	Facts  int64
	Oldest time.Time // the oldest of them happened then
	Keys   []string  // what is missing: the first MaxKeys
}

// Day is a trading server's day whose orders or lots are not what the server
// says it closed.
type Day struct {
	Server         string
	Day            clock.Day
	ExpectedOrders int64
	Orders         int64
	ExpectedLots   money.Lots
	Lots           money.Lots
}

// Account is an account that the programme does not know, with what waits for it.
type Account struct {
	ClientAccount string
	Orders        int64 // closed orders
	Facts         int64 // they and all others
	First, Last   time.Time
}

// AccountTotals sums up all such accounts.
type AccountTotals struct {
	Count  int64
	Orders int64
	Facts  int64
}
