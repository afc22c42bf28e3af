package feed

import (
	"time"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
)

// Limits on one fact: anything near them is a mistake of the sender. That sums
// of many stay inside an int64 is checked where they are added.
const (
	// MaxLots of one order.
	MaxLots = money.Lots(1_000_000 * 100_000_000)
	// MaxAmount of money in one fact.
	MaxAmount   = money.Amount(10_000_000_000 * 1_000_000)
	usdForUSD   = money.Rate(1_000_000_000_000)
	maxSpread   = money.Spread(1_000_000_000 * 10_000)
	maxContract = money.Contract(1_000_000_000 * 10_000)
)

// wire is a line as it stands: every field of every type, read in one pass.
type wire struct {
	ID   opt[string]  `json:"id"`
	Type opt[string]  `json:"type"`
	At   opt[instant] `json:"at"`

	PartnerUID  opt[id.UUID] `json:"partner_uid"`
	Email       opt[string]  `json:"email"`
	Country     opt[string]  `json:"country"`
	Program     opt[string]  `json:"program"`
	PartnerCode opt[string]  `json:"partner_code"`
	Currency    opt[string]  `json:"currency"`
	ParentCode  opt[string]  `json:"parent_code"`

	Symbol        opt[string]         `json:"symbol"`
	Group         opt[string]         `json:"group"`
	BaseCurrency  opt[string]         `json:"base_currency"`
	QuoteCurrency opt[string]         `json:"quote_currency"`
	ContractSize  opt[money.Contract] `json:"contract_size"`
	PointSize     opt[money.Price]    `json:"point_size"`
	AvgSpread     opt[money.Spread]   `json:"avg_spread"`
	Formula       opt[string]         `json:"formula"`
	USD           opt[money.Rate]     `json:"usd"`

	ClientUID    opt[id.UUID]  `json:"client_uid"`
	CampaignCode opt[string]   `json:"campaign_code"`
	SubID        opt[string]   `json:"sub_id"`
	ClickID      opt[string]   `json:"click_id"`
	ClickIDs     opt[[]string] `json:"click_ids"`
	Granted      opt[bool]     `json:"granted"`

	ClientAccount opt[digits]       `json:"client_account"`
	Server        opt[string]       `json:"server"`
	Platform      opt[string]       `json:"platform"`
	AccountType   opt[string]       `json:"account_type"`
	BalanceUSD    opt[money.Amount] `json:"balance_usd"`
	EquityUSD     opt[money.Amount] `json:"equity_usd"`
	AmountUSD     opt[money.Amount] `json:"amount_usd"`

	Ticket      opt[int64]        `json:"ticket"`
	Part        opt[int]          `json:"part"`
	Side        opt[string]       `json:"side"`
	Lots        opt[money.Lots]   `json:"lots"`
	OpenTime    opt[instant]      `json:"open_time"`
	CloseTime   opt[instant]      `json:"close_time"`
	OpenPrice   opt[money.Price]  `json:"open_price"`
	ClosePrice  opt[money.Price]  `json:"close_price"`
	OpenSpread  opt[money.Spread] `json:"open_spread"`
	CloseSpread opt[money.Spread] `json:"close_spread"`
	Commission  opt[money.Amount] `json:"commission"`
	Swap        opt[money.Amount] `json:"swap"`
	Profit      opt[money.Amount] `json:"profit"`
	Reason      opt[string]       `json:"reason"`

	Day    opt[string] `json:"day"`
	Orders opt[int64]  `json:"orders"`

	PayoutID opt[string] `json:"payout_id"`
}

// fact checks the line and gives it its type's shape.
func (w *wire) fact() (Fact, error) {
	c := &checker{}
	fact := Fact{ID: c.text("id", w.ID), Type: Type(c.text("type", w.Type)), At: moment(c, "at", w.At)}
	if n := len([]rune(fact.ID)); n > MaxID {
		c.failf("max_length", "id: at most %d characters, this has %d", MaxID, n)
	}
	if c.err != nil {
		return Fact{}, c.err
	}
	read, known := readers[fact.Type]
	if !known {
		return Fact{}, refuse("unknown_type", "type: %q is not a type of fact", fact.Type)
	}
	fact.Body = read(w, c, fact.At)
	if c.err != nil {
		return Fact{}, c.err
	}
	return fact, nil
}

// readers gives each type the fields it takes.
var readers = map[Type]func(w *wire, c *checker, at time.Time) any{
	PartnerRegistered:     readPartner,
	InstrumentSet:         readInstrument,
	RateSet:               readRate,
	ClientRegistered:      readClient,
	ClientVerified:        readClientChange,
	ClientPartnerChanging: readPartnerChange,
	ClientPartnerChanged:  readPartnerChange,
	ClientChangeCancelled: readClientChange,
	ClientLeft:            readClientChange,
	ClientReturned:        readClientChange,
	ContactShared:         readContact,
	AccountOpened:         readAccount,
	AccountTypeChanged:    readTypeChange,
	AccountEquity:         readEquity,
	DepositReceived:       readDeposit,
	DepositFailed:         readDeposit,
	DepositReversed:       readDeposit,
	OrderClosed:           readOrder,
	OrderReversed:         readReversal,
	DayTotals:             readTotals,
	PayoutPaid:            readPayout,
	PayoutFailed:          readPayout,
}

func uid(c *checker, name string, o opt[id.UUID]) id.UUID {
	if !o.Set || o.V == id.Nil {
		c.failf("required", "%s: this field is required", name)
	}
	return o.V
}

func readPartner(w *wire, c *checker, _ time.Time) any {
	return &Partner{
		PartnerUID: uid(c, "partner_uid", w.PartnerUID), Email: c.email(w.Email), Country: c.country(w.Country),
		Program: c.oneOf("program", w.Program, "ib", "affiliate"), PartnerCode: c.code("partner_code", w.PartnerCode),
		Currency: c.currency("currency", w.Currency), ParentCode: c.optional("parent_code", w.ParentCode),
	}
}

// Groups are the instrument groups that plans know.
var Groups = []string{"forex", "metals", "crypto", "energies", "indices", "stocks"}

// Formulas are the formula codes of broker-api, section 4.
var Formulas = []string{
	"formula_classic_v2", "formula_classic", "formula_institutional_avg", "formula_forex", "formula_cfd", "formula_ecn",
}

func readInstrument(w *wire, c *checker, _ time.Time) any {
	in := &Instrument{
		Symbol: NormalSymbol(c.text("symbol", w.Symbol)), Group: c.oneOf("group", w.Group, Groups...),
		BaseCurrency: c.currency("base_currency", w.BaseCurrency), QuoteCurrency: c.currency("quote_currency", w.QuoteCurrency),
		ContractSize: positive(c, "contract_size", w.ContractSize), PointSize: positive(c, "point_size", w.PointSize),
		AvgSpread: spread(c, "avg_spread", w.AvgSpread),
	}
	if in.ContractSize > maxContract {
		c.failf("out_of_range", "contract_size: at most %s", maxContract)
	}
	if c.optional("formula", w.Formula) != "" {
		in.Formula = c.oneOf("formula", w.Formula, Formulas...)
	}
	return in
}

func readRate(w *wire, c *checker, _ time.Time) any {
	r := &Rate{Currency: c.currency("currency", w.Currency), USD: positive(c, "usd", w.USD)}
	if r.Currency == "USD" && r.USD != usdForUSD {
		c.failf("invalid", "usd: one USD is 1 USD")
	}
	return r
}

func readClient(w *wire, c *checker, _ time.Time) any {
	return &Client{
		ClientUID: uid(c, "client_uid", w.ClientUID), Email: c.email(w.Email), Country: c.country(w.Country),
		PartnerCode: c.optional("partner_code", w.PartnerCode), CampaignCode: c.optional("campaign_code", w.CampaignCode),
		SubID: c.optional("sub_id", w.SubID), ClickID: c.optional("click_id", w.ClickID), ClickIDs: c.several("click_ids", w.ClickIDs),
	}
}

func readClientChange(w *wire, c *checker, _ time.Time) any {
	return &ClientChange{ClientUID: uid(c, "client_uid", w.ClientUID)}
}

func readPartnerChange(w *wire, c *checker, _ time.Time) any {
	return &ClientChange{ClientUID: uid(c, "client_uid", w.ClientUID), PartnerCode: c.text("partner_code", w.PartnerCode)}
}

func readContact(w *wire, c *checker, _ time.Time) any {
	if !w.Granted.Set {
		c.failf("required", "granted: this field is required")
	}
	granted := w.Granted.V
	return &ClientChange{ClientUID: uid(c, "client_uid", w.ClientUID), Granted: &granted}
}

func readAccount(w *wire, c *checker, _ time.Time) any {
	return &Account{
		ClientAccount: c.account(w.ClientAccount), ClientUID: uid(c, "client_uid", w.ClientUID),
		Server: c.text("server", w.Server), Platform: c.oneOf("platform", w.Platform, "mt4", "mt5"),
		AccountType: c.text("account_type", w.AccountType), Currency: c.currency("currency", w.Currency),
		PartnerCode: c.optional("partner_code", w.PartnerCode),
	}
}

func readTypeChange(w *wire, c *checker, _ time.Time) any {
	return &TypeChange{ClientAccount: c.account(w.ClientAccount), AccountType: c.text("account_type", w.AccountType)}
}

func readEquity(w *wire, c *checker, _ time.Time) any {
	return &Equity{
		ClientAccount: c.account(w.ClientAccount),
		BalanceUSD:    amount(c, "balance_usd", w.BalanceUSD), EquityUSD: amount(c, "equity_usd", w.EquityUSD),
	}
}

func readDeposit(w *wire, c *checker, _ time.Time) any {
	return &Deposit{ClientAccount: c.account(w.ClientAccount), AmountUSD: amount(c, "amount_usd", w.AmountUSD)}
}

func amount(c *checker, name string, o opt[money.Amount]) money.Amount {
	v := atLeastZero(c, name, o, true)
	if v > MaxAmount {
		c.failf("out_of_range", "%s: at most %s", name, MaxAmount)
	}
	return v
}

func signed(c *checker, name string, o opt[money.Amount]) money.Amount {
	if o.V > MaxAmount || o.V < -MaxAmount {
		c.failf("out_of_range", "%s: at most %s", name, MaxAmount)
	}
	return o.V
}

func readOrder(w *wire, c *checker, _ time.Time) any {
	o := &Order{
		Server: c.text("server", w.Server), Ticket: ticket(c, w.Ticket), Part: part(c, w.Part),
		ClientAccount: c.account(w.ClientAccount), Symbol: c.text("symbol", w.Symbol),
		Side: c.oneOf("side", w.Side, Buy, Sell), Lots: positive(c, "lots", w.Lots),
		OpenTime: moment(c, "open_time", w.OpenTime), CloseTime: moment(c, "close_time", w.CloseTime),
		OpenPrice: positive(c, "open_price", w.OpenPrice), ClosePrice: positive(c, "close_price", w.ClosePrice),
		OpenSpread: optionalSpread(c, "open_spread", w.OpenSpread), CloseSpread: optionalSpread(c, "close_spread", w.CloseSpread),
		Commission: signed(c, "commission", w.Commission), Swap: signed(c, "swap", w.Swap), Profit: signed(c, "profit", w.Profit),
	}
	if c.err == nil && o.CloseTime.Before(o.OpenTime) {
		c.failf("invalid", "close_time: is before open_time")
	}
	if o.Lots > MaxLots {
		c.failf("out_of_range", "lots: at most %s", MaxLots)
	}
	return o
}

func ticket(c *checker, o opt[int64]) int64 {
	if !o.Set {
		c.failf("required", "ticket: this field is required")
	} else if o.V < 0 {
		c.failf("out_of_range", "ticket: must not be negative")
	}
	return o.V
}

// part is 0 for the first part of an order (absent, 0 and 1 all mean it).
func part(c *checker, o opt[int]) int {
	if o.V < 0 || o.V > 1_000_000 {
		c.failf("out_of_range", "part: must be from 2")
	}
	if o.V == 1 {
		return 0
	}
	return o.V
}

func readReversal(w *wire, c *checker, _ time.Time) any {
	r := &Reversal{
		Server: c.text("server", w.Server), Ticket: ticket(c, w.Ticket), Part: part(c, w.Part), Reason: c.optional("reason", w.Reason),
	}
	if w.ClientAccount.Set {
		r.ClientAccount = c.account(w.ClientAccount)
	}
	return r
}

func readTotals(w *wire, c *checker, _ time.Time) any {
	t := &Totals{Server: c.text("server", w.Server), Day: c.text("day", w.Day), Orders: w.Orders.V, Lots: atLeastZero(c, "lots", w.Lots, true)}
	if _, err := clock.ParseDay(t.Day); c.err == nil && err != nil {
		c.failf("invalid", "day: %q is not a YYYY-MM-DD date", t.Day)
	}
	if !w.Orders.Set {
		c.failf("required", "orders: this field is required")
	} else if t.Orders < 0 {
		c.failf("out_of_range", "orders: must not be negative")
	}
	return t
}

func readPayout(w *wire, c *checker, _ time.Time) any {
	return &Payout{PayoutID: c.text("payout_id", w.PayoutID), Reason: c.optional("reason", w.Reason)}
}
