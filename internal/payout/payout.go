// Package payout lists the payouts that the broker must pay, and applies the
// broker's answers. An answer is a fact like those of the feed, so every
// answer reaches the ledger in the same way.
package payout

import (
	"time"

	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/page"
)

// Payout is money that the broker is asked to pay. It is a rebate to a client
// account or a partner's withdrawal.
type Payout struct {
	Key
	Kind          string       `db:"kind"`
	ClientAccount string       `db:"client_account"` // for a rebate, the account that earned it
	Method        string       `db:"method,null"`    // for a withdrawal
	Destination   string       `db:"destination"`    // account for a rebate; the partner's own text for a withdrawal
	Currency      string       `db:"currency"`
	Amount        money.Amount `db:"amount_e6"`
	AmountUSD     money.Amount `db:"amount_usd_e6"`
	Status        Status       `db:"status"`
	Reason        string       `db:"reason"` // why the payment failed
	CreatedAt     time.Time    `db:"created_at"`
	AnsweredAt    *time.Time   `db:"answered_at"`
}

// Filter selects payouts for a list, oldest first unless Newest is set. An
// empty list in a field means all values.
type Filter struct {
	Statuses []string
	Kinds    []string
	Partners []id.UUID
	Newest   bool
	Page     page.Page
}

// Totals has the count and the sums of a list of payouts.
type Totals struct {
	Count     int64
	AmountUSD money.Amount
	Sums      []Sum // one for each currency, in order
}

// Sum is the sum of the payouts in one currency.
type Sum struct {
	Currency  string       `db:"currency"`
	Count     int64        `db:"count"`
	Amount    money.Amount `db:"amount_e6"`
	AmountUSD money.Amount `db:"amount_usd_e6"`
}
