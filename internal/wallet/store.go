package wallet

import (
	"time"

	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/page"
)

// Owner holds what a wallet needs to know about its partner.
type Owner struct {
	Email    string
	Status   string
	Verified bool
}

// Totals holds the sums of a list.
type Totals struct {
	Count     int64
	AmountUSD money.Amount
}

// Transfer is a transfer of money between two accounts of one partner.
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
	Spread       money.Percent // how much less ToAmount is than the rates give
	CreatedAt    time.Time
}

// Withdrawal is a withdrawal of money from a wallet.
type Withdrawal struct {
	PartnerID   id.UUID
	ID          int64
	Account     string
	Method      string
	Destination string
	Currency    string
	Amount      money.Amount
	AmountUSD   money.Amount // at the rate of the day of the withdrawal
	Status      string       // the payout's: pending, paid or failed
	PayoutID    int64
	PostingID   id.UUID // the posting that made it payable; not set when read from the store
	Reason      string  // why it failed
	CreatedAt   time.Time
	AnsweredAt  *time.Time
}

// WithdrawalFilter selects which withdrawals to list. An empty list matches
// all.
type WithdrawalFilter struct {
	Statuses []string
	Methods  []string
	Accounts []string
	Page     page.Page
}
