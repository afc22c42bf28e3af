// Package payout lists the payouts that the broker has to make, and accepts the
// broker's responses. A response from the API becomes a fact, so that it
// reaches the ledger in the same way as a response from the feed.
package payout

import (
	"time"

	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/page"
)

// Payout is an amount that the broker is asked to pay: a rebate to a client
// account, or a partner's withdrawal.
type Payout struct {
	Key
	Kind          string       `db:"kind"`
	ClientAccount string       `db:"client_account"` // for a rebate, the account whose orders earned it
	Method        string       `db:"method,null"`    // withdrawal method; empty for a rebate
	Destination   string       `db:"destination"`    // for a rebate, the number of an account; for a withdrawal, text that the partner entered
	Currency      string       `db:"currency"`
	Amount        money.Amount `db:"amount_e6"`
	AmountUSD     money.Amount `db:"amount_usd_e6"`
	Status        Status       `db:"status"`
	Reason        string       `db:"reason"` // why the payment failed
	CreatedAt     time.Time    `db:"created_at"`
	AnsweredAt    *time.Time   `db:"answered_at"`
}

// Filter selects payouts for a list. The list starts with the oldest payout,
// unless Newest is set. An empty field matches all payouts.
type Filter struct {
	Statuses []string
	Kinds    []string
	Partners []id.UUID
	Newest   bool
	Page     page.Page
}

// Totals holds the number of payouts in a list and their sums.
type Totals struct {
	Count     int64
	AmountUSD money.Amount
	Sums      []Sum // one sum per currency, sorted by currency
}

// Sum is the sum of payouts in one currency.
type Sum struct {
	Currency  string       `db:"currency"`
	Count     int64        `db:"count"`
	Amount    money.Amount `db:"amount_e6"`
	AmountUSD money.Amount `db:"amount_usd_e6"`
}
