// Package ledger is the double-entry ledger. The README.md beside this file is
// its charter. A caller names what happens to a partner's money (Withdraw,
// Release, Exchange and so on), or collects the lines of a batch in a
// WorkingSet. Book then writes the postings, moves the balances and records the
// partners' events. No other package writes the ledger's tables.
package ledger

import (
	"errors"
	"fmt"
	"time"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
)

// Account names one of a partner's accounts.
type Account string

// These are the accounts of every partner.
const (
	Wallet          Account = "wallet"
	RebatesReserved Account = "rebates_reserved"
	Payable         Account = "payable"
	Clearing        Account = "clearing"
	Paid            Account = "paid"
	Expense         Account = "expense"
)

// Kind says why a posting was made.
type Kind string

// The kinds of postings.
const (
	Reward     Kind = "reward"
	Reversal   Kind = "reversal"
	Correction Kind = "correction"
	Override   Kind = "override"

	Reinstatement Kind = "reinstatement" // takes a reversal back

	RebateReserve Kind = "rebate_reserve" // between wallet and rebates_reserved, as rewards come and go
	RebateRelease Kind = "rebate_release" // rebates_reserved to wallet: rejected, expired
	RebatePayout  Kind = "rebate_payout"  // rebates_reserved to payable: approved
	Withdrawal    Kind = "withdrawal"     // wallet to payable
	PayoutPaid    Kind = "payout_paid"    // payable to paid: the broker paid
	PayoutFailed  Kind = "payout_failed"  // payable back to where it came from
	Transfer      Kind = "transfer"       // wallet to wallet in another currency, through clearing
	AgentShare    Kind = "agent_share"    // an agent's wallet, or its owner's, against expense
)

// Money is an amount of a currency with its value in USD.
type Money struct {
	Currency string
	Amount   money.Amount // in Currency
	USD      money.Amount
}

func (m Money) negative() Money { return Money{m.Currency, -m.Amount, -m.USD} }

// Reason says whose posting it is and why it was made.
type Reason struct {
	PartnerID id.UUID `db:"partner_id"`
	Kind      Kind    `db:"kind"`
	Cause     string  `db:"cause"` // the fact, batch or request that made it necessary
}

// Entry is one line of a posting.
type Entry struct {
	Account       Account      `db:"account"`
	Currency      string       `db:"currency"`
	Amount        money.Amount `db:"amount_e6"` // in Currency
	AmountUSD     money.Amount `db:"amount_usd_e6"`
	RewardDay     *clock.Day   `db:"reward_day"`          // the day it belongs to, for entries of an account-day or a day
	ClientAccount string       `db:"client_account,null"` // the client account, for entries of an account-day
}

// Posting is a set of entries of one partner that sum to zero. It is immutable.
type Posting struct {
	Reason

	ID       id.UUID   `db:"posting_id"`
	BookedAt time.Time `db:"booked_at"`
	Entries  []Entry   `db:"-"`
}

// Balance is the sum of a partner's entries on one account and currency.
type Balance struct {
	Account   Account      `db:"account"`
	Currency  string       `db:"currency"`
	Amount    money.Amount `db:"amount_e6"`
	AmountUSD money.Amount `db:"amount_usd_e6"`
}

// These are the reasons why a posting is refused.
var (
	ErrUnbalanced = errors.New("posting does not sum to zero")
	ErrEmpty      = errors.New("posting has no entries")
)

// Validate refuses a posting whose entries do not sum to zero, by currency and in USD.
func (p *Posting) Validate() error {
	if len(p.Entries) == 0 {
		return ErrEmpty
	}
	sums := map[string]money.Amount{}
	var usd money.Amount
	for i := range p.Entries {
		sums[p.Entries[i].Currency] += p.Entries[i].Amount
		usd += p.Entries[i].AmountUSD
	}
	for currency, sum := range sums {
		if sum != 0 {
			return fmt.Errorf("%w: %s left over %s", ErrUnbalanced, currency, sum)
		}
	}
	if usd != 0 {
		return fmt.Errorf("%w: USD side left over %s", ErrUnbalanced, usd)
	}
	return nil
}
