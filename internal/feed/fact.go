// Package feed defines the facts that a broker sends: their types, and how
// their lines are parsed and checked. Package accrual applies the facts.
// docs/feed.md describes the format.
package feed

import (
	"time"

	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
)

// Type is a kind of fact.
type Type string

// These are the types of facts.
const (
	PartnerRegistered     Type = "partner.registered"
	PartnerChanged        Type = "partner.changed"
	InstrumentSet         Type = "instrument.set"
	RateSet               Type = "rate.set"
	ClientRegistered      Type = "client.registered"
	ClientVerified        Type = "client.verified"
	ClientPartnerChanging Type = "client.partner_changing"
	ClientPartnerChanged  Type = "client.partner_changed"
	ClientMoved           Type = "client.moved"
	ClientChangeCancelled Type = "client.partner_change_cancelled"
	ClientLeft            Type = "client.left"
	ClientReturned        Type = "client.returned"
	ContactShared         Type = "contact.shared"
	AccountOpened         Type = "account.opened"
	AccountTypeChanged    Type = "account.type_changed"
	AccountServerChanged  Type = "account.server_changed"
	AccountEquity         Type = "account.equity"
	DepositReceived       Type = "deposit.received"
	DepositFailed         Type = "deposit.failed"
	DepositReversed       Type = "deposit.reversed"
	OrderClosed           Type = "order.closed"
	OrderReversed         Type = "order.reversed"
	OrderReinstated       Type = "order.reinstated"
	DayTotals             Type = "day.totals"
	PayoutPaid            Type = "payout.paid"
	PayoutFailed          Type = "payout.failed"
)

// Fact is something that happened at the broker. A fact never changes. The
// sender chooses the id, and must not use it again for another fact.
type Fact struct {
	ID   string
	Type Type
	At   time.Time // in UTC, to the microsecond
	Body any       // pointer to one of the structs below

	digest Digest // zero until Digest computes it
}

// Partner is the body of partner.registered.
type Partner struct {
	PartnerUID  id.UUID `json:"partner_uid"`
	Email       string  `json:"email"`
	Country     string  `json:"country"`
	Program     string  `json:"program"` // ib or affiliate
	PartnerCode string  `json:"partner_code"`
	Currency    string  `json:"currency"`
	ParentCode  string  `json:"parent_code,omitempty"`
}

// PartnerChange is the body of partner.changed. A field that is empty or false does
// not change.
type PartnerChange struct {
	PartnerCode string `json:"partner_code"`
	ParentCode  string `json:"parent_code,omitempty"`
	NoParent    *bool  `json:"no_parent,omitempty"`
	Country     string `json:"country,omitempty"`
	Reason      string `json:"reason"`
}

// LosesParent reports whether the partner has no parent from then on.
func (c *PartnerChange) LosesParent() bool { return c.NoParent != nil && *c.NoParent }

// Instrument is the body of instrument.set. It is in force from the fact's time
// (At) onwards.
type Instrument struct {
	Symbol        string         `json:"symbol" db:"symbol"` // in upper case
	Group         string         `json:"group" db:"instrument_group"`
	BaseCurrency  string         `json:"base_currency" db:"base_currency"`
	QuoteCurrency string         `json:"quote_currency" db:"quote_currency"`
	ContractSize  money.Contract `json:"contract_size" db:"contract_size_e4"`
	PointSize     money.Price    `json:"point_size" db:"point_size_e10"`
	AvgSpread     money.Spread   `json:"avg_spread" db:"avg_spread_e4"`    // in points
	Formula       string         `json:"formula,omitempty" db:"formula"`   // formula to use in place of the one that the plan selects; empty if there is none
	Corrects      string         `json:"corrects,omitempty" db:"corrects"` // id of the wrong fact; empty unless this fact is a correction
	Reason        string         `json:"reason,omitempty" db:"-"`          // required with Corrects
}

// Rate is the body of rate.set. It is in force from the day of the fact's time
// (At) onwards.
type Rate struct {
	Currency string     `json:"currency" db:"currency"`
	USD      money.Rate `json:"usd" db:"usd_e12"`                 // value of one unit of Currency
	Corrects string     `json:"corrects,omitempty" db:"corrects"` // id of the wrong fact; empty unless this fact is a correction
	Reason   string     `json:"reason,omitempty" db:"-"`          // required with Corrects
}

// Client is the body of client.registered.
type Client struct {
	ClientUID    id.UUID `json:"client_uid"`
	Email        string  `json:"email"`
	Country      string  `json:"country"`
	PartnerCode  string  `json:"partner_code,omitempty"` // link code, or a link that contains the code, as it was sent
	CampaignCode string  `json:"campaign_code,omitempty"`
	SubID        string  `json:"sub_id,omitempty"`
	ClickID      string  `json:"click_id,omitempty"`
	// ClickIDs are the ids of the clicks that the visitor's browser has stored,
	// sorted and without duplicates. The plan decides which click applies.
	ClickIDs []string `json:"click_ids,omitempty"`
}

// ClientChange is the body of contact.shared and of all client.* facts except
// client.registered. Only client.partner_changing, client.partner_changed and
// client.moved set PartnerCode, only client.moved sets Reason, and only
// contact.shared sets Granted.
type ClientChange struct {
	ClientUID   id.UUID `json:"client_uid"`
	PartnerCode string  `json:"partner_code,omitempty"`
	Reason      string  `json:"reason,omitempty"`
	Granted     *bool   `json:"granted,omitempty"`
}

// Account is the body of account.opened.
type Account struct {
	ClientAccount string  `json:"client_account"` // only digits
	ClientUID     id.UUID `json:"client_uid"`
	Server        string  `json:"server"`
	Platform      string  `json:"platform"` // mt4 or mt5
	AccountType   string  `json:"account_type"`
	Currency      string  `json:"currency"`
	PartnerCode   string  `json:"partner_code,omitempty"` // code that the client typed; it decides to which partner the account belongs
}

// TypeChange is the body of account.type_changed.
type TypeChange struct {
	ClientAccount string `json:"client_account"`
	AccountType   string `json:"account_type"`
}

// ServerChange is the body of account.server_changed.
type ServerChange struct {
	ClientAccount string `json:"client_account"`
	Server        string `json:"server"`
}

// Equity is the body of account.equity.
type Equity struct {
	ClientAccount string       `json:"client_account"`
	BalanceUSD    money.Amount `json:"balance_usd"`
	EquityUSD     money.Amount `json:"equity_usd"`
}

// Deposit is the body of the deposit.* facts.
type Deposit struct {
	ClientAccount string       `json:"client_account"`
	AmountUSD     money.Amount `json:"amount_usd"`
}

// These are the sides of an order.
const (
	Buy  = "buy"
	Sell = "sell"
)

// Order is the body of order.closed.
type Order struct {
	Server        string        `json:"server" db:"server"`
	Ticket        int64         `json:"ticket" db:"ticket"`
	Part          int           `json:"part,omitempty" db:"part"` // 0 for the first part, 2 or more for later parts
	ClientAccount string        `json:"client_account" db:"client_account"`
	Symbol        string        `json:"symbol" db:"symbol"` // symbol as it was sent
	Side          string        `json:"side" db:"side"`     // Buy or Sell
	Lots          money.Lots    `json:"lots" db:"lots_e8"`
	OpenTime      time.Time     `json:"open_time" db:"open_at"`
	CloseTime     time.Time     `json:"close_time" db:"close_at"`
	OpenPrice     money.Price   `json:"open_price" db:"open_price_e10"`
	ClosePrice    money.Price   `json:"close_price" db:"close_price_e10"`
	OpenSpread    *money.Spread `json:"open_spread,omitempty" db:"open_spread_e4"` // in points
	CloseSpread   *money.Spread `json:"close_spread,omitempty" db:"close_spread_e4"`
	Commission    money.Amount  `json:"commission,omitempty" db:"commission_e6"`
	Swap          money.Amount  `json:"swap,omitempty" db:"swap_e6"`
	Profit        money.Amount  `json:"profit,omitempty" db:"profit_e6"`
}

// Reversal is the body of order.reversed and order.reinstated.
type Reversal struct {
	Server        string `json:"server"`
	Ticket        int64  `json:"ticket"`
	Part          int    `json:"part,omitempty"`
	ClientAccount string `json:"client_account,omitempty"` // needed only if the server has the same ticket in several accounts
	Reason        string `json:"reason"`
}

// Totals is the body of day.totals. It says how many orders and lots a trading
// server closed on a day.
type Totals struct {
	Server string     `json:"server"`
	Day    string     `json:"day"` // YYYY-MM-DD, in the programme's time zone
	Orders int64      `json:"orders"`
	Lots   money.Lots `json:"lots"`
}

// Payout is the body of payout.paid and payout.failed.
type Payout struct {
	PayoutID string `json:"payout_id"`
	Reason   string `json:"reason,omitempty"`
}
