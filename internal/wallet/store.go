package wallet

import (
	"time"

	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/page"
)

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
