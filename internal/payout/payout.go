// Package payout is the broker's side of money on its way out: what waits to be
// paid, and the answers. An answer is a fact like those of the feed, so that
// there is one road to the books whichever way it comes.
package payout

import (
	"time"

	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/page"
)

// Payout is money that the broker is asked to pay: a rebate to a client
// account, or a partner's withdrawal.
type Payout struct {
	Key
	Kind          string
	ClientAccount string // of a rebate: whose it is
	Method        string // of a withdrawal
	Destination   string // of a rebate the account to pay to, of a withdrawal what the partner wrote
	Currency      string
	Amount        money.Amount
	AmountUSD     money.Amount
	Status        Status
	Reason        string // why it failed
	CreatedAt     time.Time
	AnsweredAt    *time.Time
}

// Filter says which payouts to list, the oldest first unless Newest; an empty
// list lets all through.
type Filter struct {
	Statuses []string
	Kinds    []string
	Partners []id.UUID
	Newest   bool
	Page     page.Page
}

// Totals is what a list adds up to.
type Totals struct {
	Count     int64
	AmountUSD money.Amount
	Sums      []Sum // by currency, in order
}

// Sum is what the payouts of one currency add up to.
type Sum struct {
	Currency  string
	Count     int64
	Amount    money.Amount
	AmountUSD money.Amount
}
