package wallet

import (
	"context"
	"time"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/ledger"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/page"
	"github.com/tributary-server/tributary/internal/partner"
	"github.com/tributary-server/tributary/internal/verification"
)

// Store keeps wallets. Nothing of another partner is ever found.
type Store interface {
	// Lock runs fn in one transaction while nobody else moves balances, in any
	// process. fn may run again from the start after a conflict.
	Lock(ctx context.Context, fn func(ctx context.Context, tx Tx) error) error
	// Read runs fn on one snapshot.
	Read(ctx context.Context, fn func(ctx context.Context, r Reader) error) error

	// Transfers and Withdrawals list newest first; the totals are over all that
	// the filter lets through.
	Transfers(ctx context.Context, partnerID id.UUID, p page.Page) ([]Transfer, Totals, error)
	Withdrawals(ctx context.Context, partnerID id.UUID, f WithdrawalFilter) ([]Withdrawal, Totals, error)
}

// Reader is what can be looked at, inside a transaction or on a snapshot.
type Reader interface {
	// Owner returns the partner; NotFound: there is none.
	Owner(ctx context.Context, partnerID id.UUID) (*Owner, error)
	// Accounts returns the partner's accounts with their balances, the oldest first.
	Accounts(ctx context.Context, partnerID id.UUID) ([]partner.WalletAccount, error)
	// Rates returns the rates in force on a day, by currency; what is unknown is left out.
	Rates(ctx context.Context, currencies []string, day clock.Day) (map[string]money.Rate, error)
	// Withdrawn sums up, in USD, what the partner withdrew by a method since a
	// moment, without what failed.
	Withdrawn(ctx context.Context, partnerID id.UUID, method string, since time.Time) (money.Amount, error)
	// Transferred sums up, in USD, what the partner transferred since a moment.
	Transferred(ctx context.Context, partnerID id.UUID, since time.Time) (money.Amount, error)
}

// Tx is the inside of a Lock.
type Tx interface {
	Reader

	// AddAccount adds an account of the partner's. added = false: it has one in
	// this currency.
	AddAccount(ctx context.Context, partnerID id.UUID, a *partner.WalletAccount, at time.Time) (added bool, err error)
	RenameAccount(ctx context.Context, partnerID id.UUID, number, name string) error
	// Numbers hands out n of the partner's int ids and returns the first.
	Numbers(ctx context.Context, partnerID id.UUID, n int64) (first int64, err error)
	// Post writes a posting and moves the balances.
	Post(ctx context.Context, p *ledger.Posting) error
	AddTransfer(ctx context.Context, t *Transfer) error
	// AddWithdrawal adds a withdrawal and its payout. released: an answer to
	// the payout waited for it, and can be applied.
	AddWithdrawal(ctx context.Context, w *Withdrawal) (released bool, err error)
	// SpendToken uses a verification token up. PermissionDenied: it is not for
	// this operation of this partner, or not any more.
	SpendToken(ctx context.Context, partnerID id.UUID, t verification.Type, token string, digest verification.Digest, now time.Time) error
}

// Owner is a partner as far as its wallet goes.
type Owner struct {
	Email    string
	Status   string
	Verified bool
}

// Totals is what a list adds up to.
type Totals struct {
	Count     int64
	AmountUSD money.Amount
}

// Transfer moved money between two accounts of one partner.
type Transfer struct {
	PartnerID    id.UUID
	ID           int64
	PostingID    id.UUID
	From, To     string // account numbers
	FromCurrency string
	ToCurrency   string
	FromAmount   money.Amount
	ToAmount     money.Amount
	AmountUSD    money.Amount // at the day's rate
	FromRate     money.Rate
	ToRate       money.Rate
	Spread       money.Percent // what ToAmount is less than the rates say
	CreatedAt    time.Time
}

// Withdrawal is money on its way out of a wallet.
type Withdrawal struct {
	PartnerID   id.UUID
	ID          int64
	Account     string
	Method      string
	Destination string
	Currency    string
	Amount      money.Amount
	AmountUSD   money.Amount // at the rate of the day it was made on
	Status      string       // pending, paid, failed: its payout's
	PayoutID    int64
	PostingID   id.UUID // that made it payable; not read back
	Reason      string  // why it failed
	CreatedAt   time.Time
	AnsweredAt  *time.Time
}

// WithdrawalFilter says which withdrawals to list; an empty list lets all through.
type WithdrawalFilter struct {
	Statuses []string
	Methods  []string
	Accounts []string
	Page     page.Page
}
