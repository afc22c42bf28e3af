// Package ledger is the double-entry ledger. The file README.md in this folder
// has its rules. To post, a caller creates a posting with a function such as
// Withdraw, Release or Exchange, or collects the lines of a batch in a
// WorkingSet. Book then writes the postings, updates the balances and records
// events for the partners. No other package writes the ledger's tables.
package ledger

import (
	"errors"
	"fmt"
	"time"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
)

// Account is the name of one of a partner's accounts.
type Account string

// These are a partner's accounts.
const (
	Wallet          Account = "wallet"
	RebatesReserved Account = "rebates_reserved"
	Payable         Account = "payable"
	Clearing        Account = "clearing"
	Paid            Account = "paid"
	Expense         Account = "expense"
)

// Kind is the reason for a posting.
type Kind string

// These are the kinds of postings.
const (
	Reward     Kind = "reward"
	Reversal   Kind = "reversal"
	Correction Kind = "correction"
	Override   Kind = "override"

	Reinstatement Kind = "reinstatement" // cancels a reversal

	RebateReserve Kind = "rebate_reserve" // between wallet and rebates_reserved, when rewards are booked or cancelled
	RebateRelease Kind = "rebate_release" // from rebates_reserved to wallet, for rejected and expired rebates
	RebatePayout  Kind = "rebate_payout"  // from rebates_reserved to payable, for approved rebates
	Withdrawal    Kind = "withdrawal"     // from wallet to payable
	PayoutPaid    Kind = "payout_paid"    // from payable to paid
	PayoutFailed  Kind = "payout_failed"  // from payable back to the account from which the money came
	Transfer      Kind = "transfer"       // from wallet to wallet in another currency, through the account clearing
	AgentShare    Kind = "agent_share"    // from expense to the agent's wallet, and from the owner's wallet to expense

	Adjustment     Kind = "adjustment"      // from expense to wallet, or back, by a decision of the broker
	ProgressReward Kind = "progress_reward" // from expense to wallet, for a rise to a higher level

	CPA         Kind = "cpa"          // from expense to wallet, for a client who met the conditions of a bundle
	CPAClawback Kind = "cpa_clawback" // from wallet back to expense, when the client's first deposit is reversed
)

// Money is an amount in a currency with its value in USD.
type Money struct {
	Currency string
	Amount   money.Amount
	USD      money.Amount
}

func (m Money) negative() Money { return Money{m.Currency, -m.Amount, -m.USD} }

// Reason is the reason why a posting was created, with the partner to whom the posting
// belongs.
type Reason struct {
	PartnerID id.UUID `db:"partner_id"`
	Kind      Kind    `db:"kind"`
	Cause     string  `db:"cause"` // id of the fact, batch or request that caused the posting
}

// Entry is one line of a posting.
type Entry struct {
	Account       Account      `db:"account"`
	Currency      string       `db:"currency"`
	Amount        money.Amount `db:"amount_e6"`
	AmountUSD     money.Amount `db:"amount_usd_e6"`
	RewardDay     *clock.Day   `db:"reward_day"`          // day of the reward; nil if the entry belongs to no reward
	ClientAccount string       `db:"client_account,null"` // client account of the reward; empty if the entry belongs to no reward
}

// Posting is a set of entries of one partner that sum to zero. A stored posting
// never changes.
type Posting struct {
	Reason

	ID       id.UUID   `db:"posting_id"`
	BookedAt time.Time `db:"booked_at"`
	Entries  []Entry   `db:"-"`
}

// Balance is the sum of a partner's entries in one account and currency.
type Balance struct {
	Account   Account      `db:"account"`
	Currency  string       `db:"currency"`
	Amount    money.Amount `db:"amount_e6"`
	AmountUSD money.Amount `db:"amount_usd_e6"`
}

// These are the errors that Validate returns.
var (
	ErrUnbalanced = errors.New("posting does not sum to zero")
	ErrEmpty      = errors.New("posting has no entries")
)

// Validate returns ErrUnbalanced if the entries do not sum to zero in each
// currency and in USD, and ErrEmpty if there are none.
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
			return fmt.Errorf("%w: the %s amounts sum to %s", ErrUnbalanced, currency, sum)
		}
	}
	if usd != 0 {
		return fmt.Errorf("%w: the USD amounts sum to %s", ErrUnbalanced, usd)
	}
	return nil
}
