package wallet

import (
	"time"

	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/page"
)

// Owner holds the data of a partner that this package needs.
type Owner struct {
	Email    string
	Status   string
	Verified bool
}

// Totals holds the totals of a list.
type Totals struct {
	Count     int64
	AmountUSD money.Amount
}

// Transfer is a transfer of money between two accounts of one partner.
type Transfer struct {
	PartnerID    id.UUID       `db:"partner_id"`
	ID           int64         `db:"transfer_id"`
	PostingID    id.UUID       `db:"posting_id"`
	From         string        `db:"from_account"` // number of the account
	To           string        `db:"to_account"`
	FromCurrency string        `db:"from_currency"`
	ToCurrency   string        `db:"to_currency"`
	FromAmount   money.Amount  `db:"from_amount_e6"`
	ToAmount     money.Amount  `db:"to_amount_e6"`
	AmountUSD    money.Amount  `db:"amount_usd_e6"` // value in USD at the day's rate
	FromRate     money.Rate    `db:"from_rate_e12"`
	ToRate       money.Rate    `db:"to_rate_e12"`
	Spread       money.Percent `db:"spread_percent_e4"` // percentage by which ToAmount is less than the amount at the day's rates
	CreatedAt    time.Time     `db:"created_at"`
}

// Withdrawal is a withdrawal of money from a wallet.
type Withdrawal struct {
	PartnerID   id.UUID      `db:"partner_id"`
	ID          int64        `db:"withdrawal_id"`
	Account     string       `db:"partner_account"`
	Method      string       `db:"method"`
	Destination string       `db:"destination"`
	Currency    string       `db:"currency"`
	Amount      money.Amount `db:"amount_e6"`
	AmountUSD   money.Amount `db:"amount_usd_e6"` // value in USD at the rate of the day of the withdrawal
	Status      string       `db:"status"`        // status of the payout: pending, paid or failed
	PayoutID    int64        `db:"payout_id"`
	PostingID   id.UUID      `db:"-"`      // posting that made the amount payable; not set when the withdrawal is read from the store
	Reason      string       `db:"reason"` // reason why the payout failed
	CreatedAt   time.Time    `db:"created_at"`
	AnsweredAt  *time.Time   `db:"answered_at"`
}

// WithdrawalFilter selects withdrawals. An empty list of values matches all.
type WithdrawalFilter struct {
	Statuses []string
	Methods  []string
	Accounts []string
	Page     page.Page
}
