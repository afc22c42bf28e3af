// Package payout lists the payouts that the broker has to make, and accepts the
// broker's responses. A response becomes a fact, as if it had come on the feed,
// so that all responses reach the ledger in the same way.
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
	Method        string       `db:"method,null"`    // for a withdrawal
	Destination   string       `db:"destination"`    // for a rebate, an account; for a withdrawal, a text that the partner entered
	Currency      string       `db:"currency"`
	Amount        money.Amount `db:"amount_e6"`
	AmountUSD     money.Amount `db:"amount_usd_e6"`
	Status        Status       `db:"status"`
	Reason        string       `db:"reason"` // why the payment failed
	CreatedAt     time.Time    `db:"created_at"`
	AnsweredAt    *time.Time   `db:"answered_at"`
}

// Filter selects payouts for a list. The oldest come first, unless Newest is
// set. An empty field means all values.
type Filter struct {
	Statuses []string
	Kinds    []string
	Partners []id.UUID
	Newest   bool
	Page     page.Page
}

// Totals has the number and the sums of the payouts in a list.
type Totals struct {
	Count     int64
	AmountUSD money.Amount
	Sums      []Sum // one per currency, sorted by currency
}

// Sum is the sum of payouts in one currency.
type Sum struct {
	Currency  string       `db:"currency"`
	Count     int64        `db:"count"`
	Amount    money.Amount `db:"amount_e6"`
	AmountUSD money.Amount `db:"amount_usd_e6"`
}
