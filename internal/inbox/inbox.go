// Package inbox is what the broker may know of its feed: which facts wait and
// for what, and where what arrived differs from what the trading servers say
// they closed.
package inbox

import (
	"context"
	"time"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/page"
)

// The limits of a health report.
const (
	MaxKeys = 20  // of what is missing, by kind
	MaxDays = 100 // days whose totals differ
)

// KindReady is the kind of facts whose missing half has arrived and that are
// about to be applied.
const KindReady = "ready"

// Store reads the inbox.
type Store interface {
	// Health reads the feed's health on one snapshot. Its work grows with the
	// facts that wait and the servers' days, not with the facts there were.
	Health(ctx context.Context) (*Health, error)
	// UnattributedAccounts lists the accounts that facts wait for, by their
	// number, and counts them all. The page's order is not looked at.
	UnattributedAccounts(ctx context.Context, p page.Page) ([]Account, AccountTotals, error)
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
	Kind   string // account, client, code, instrument, order, payout, rate, ready, refused
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
