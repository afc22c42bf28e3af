package attribution

import (
	"slices"
	"time"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
)

// Totals holds the sums of an account, a client or a day.
type Totals struct {
	Orders     int64        `db:"orders_count"`
	VolumeLots money.Lots   `db:"volume_lots_e8"`
	VolumeUSD  money.Volume `db:"volume_usd_e4"`
	Reward     money.Amount `db:"reward_e6"` // in the currency of the partner's wallet account
	RewardUSD  money.Amount `db:"reward_usd_e6"`
}

// Add adds the totals in other if sign is 1, and subtracts them if sign is -1.
func (t *Totals) Add(other Totals, sign int64) {
	t.Orders += sign * other.Orders
	t.VolumeLots += money.Lots(sign) * other.VolumeLots
	t.VolumeUSD += money.Volume(sign) * other.VolumeUSD
	t.Reward += money.Amount(sign) * other.Reward
	t.RewardUSD += money.Amount(sign) * other.RewardUSD
}

// sumLimit is the maximum value of a stored sum. It is far below the maximum of
// an int64, because several additions can happen between two checks, and the
// sum must not overflow before the second check.
const sumLimit = 4_000_000_000_000_000_000

// Fits reports whether the sums stay within sumLimit when the totals in other
// are added. Only a partner's totals need this check, because the sums of the
// partner's clients and accounts are smaller.
func (t *Totals) Fits(other Totals) bool {
	return fits(int64(t.VolumeLots), int64(other.VolumeLots)) && fits(int64(t.VolumeUSD), int64(other.VolumeUSD)) &&
		fits(int64(t.Reward), int64(other.Reward)) && fits(int64(t.RewardUSD), int64(other.RewardUSD))
}

func fits(sum, more int64) bool { return sum <= sumLimit && more <= sumLimit-max(sum, 0) }

// FitsDeposit reports whether the sum of the client's deposits stays within
// sumLimit when the amount is added.
func (c *Client) FitsDeposit(amount money.Amount) bool {
	return fits(int64(c.DepositsUSD), int64(amount)) && c.DepositsUSD > -sumLimit
}

// FitsEquity reports whether the client's balance and equity stay within
// sumLimit when they change by these amounts.
func (c *Client) FitsEquity(balance, equity money.Amount) bool {
	return fits(int64(c.BalanceUSD), int64(balance)) && fits(int64(c.EquityUSD), int64(equity))
}

// Client is the record of a client under one partner. A client who changes partners
// has a row for each of them.
type Client struct {
	PartnerID    id.UUID   `db:"partner_id"`
	ClientUID    id.UUID   `db:"client_uid"`
	Number       int64     `db:"number"`
	Email        string    `db:"email"`
	Country      string    `db:"country"`
	CampaignCode string    `db:"campaign_code"`
	SubID        string    `db:"sub_id"`
	ClickID      string    `db:"click_id"`
	RegisteredAt time.Time `db:"registered_at"`
	RegDay       clock.Day `db:"reg_day"`
	Standing

	FirstDepositAt   *time.Time   `db:"first_deposit_at"`
	FirstDepositFact string       `db:"first_deposit_fact"`
	FirstDepositUSD  money.Amount `db:"first_deposit_usd_e6"`
	DepositsUSD      money.Amount `db:"deposits_usd_e6"` // sum of all deposits except reversed ones
	BalanceUSD       money.Amount `db:"balance_usd_e6"`  // sum of the balances of all accounts
	EquityUSD        money.Amount `db:"equity_usd_e6"`
	FirstTradeDay    *clock.Day   `db:"first_trade_day"`
	LastTradeDay     *clock.Day   `db:"last_trade_day"`
	RebateUSD        money.Amount `db:"rebate_usd_e6"` // sum of the rebates paid to the client so far
	Totals                        // sums over all accounts; Reward is in the currency of the partner's wallet account
}

// Status is a client's state as partners see it in the field client_status.
type Status string

// These are the statuses. A client is ACTIVE if it is verified, has made a
// deposit and has traded.
const (
	StatusActive   Status = "ACTIVE"
	StatusInactive Status = "INACTIVE"
	StatusChanging Status = "CHANGING"
	StatusLeft     Status = "LEFT"
)

// Status derives the client's status from the other fields.
func (c *Client) Status() Status {
	switch {
	case c.Relation == Left:
		return StatusLeft
	case c.Relation == Changing:
		return StatusChanging
	case c.VerifiedAt != nil && c.FirstDepositAt != nil && c.FirstTradeDay != nil:
		return StatusActive
	default:
		return StatusInactive
	}
}

// Account is the record of a client account under one partner. An account that was
// moved has a row for each of its partners, with the sums of the orders that closed
// while it belonged to this partner. Only the row with the present partner has
// Stays, Others and the account's equity.
type Account struct {
	PartnerID     id.UUID      `db:"partner_id"`
	ClientAccount string       `db:"client_account"`
	Number        int64        `db:"number"`
	ClientUID     id.UUID      `db:"client_uid"`
	Country       string       `db:"country"`
	Server        string       `db:"server"`
	Platform      string       `db:"platform"`
	AccountType   string       `db:"account_type"` // account type in force now
	Currency      string       `db:"currency"`
	LinkCode      string       `db:"link_code"`  // link code to which the account belongs
	TypedCode     string       `db:"typed_code"` // code that the client typed when opening the account; empty if none
	FactID        string       `db:"fact_id"`
	OpenedAt      time.Time    `db:"opened_at"`
	OpenedDay     clock.Day    `db:"opened_day"`
	BalanceUSD    money.Amount `db:"balance_usd_e6"`
	EquityUSD     money.Amount `db:"equity_usd_e6"`
	EquityAt      *time.Time   `db:"equity_at"`
	EquityFact    string       `db:"equity_fact"`
	FirstTradeDay *clock.Day   `db:"first_trade_day"`
	LastTradeDay  *clock.Day   `db:"last_trade_day"`
	Moves         int64        `db:"moves"` // number of moves from one partner to another
	Totals

	Stays  []Stay     `db:"-"` // stays of an account that was moved, oldest first; empty if it was never moved
	Others []*Account `db:"-"` // rows of an account that was moved with its other partners

	Types   []TypeFrom   `db:"-"` // account types, oldest first; the first starts when the account was opened
	Servers []ServerFrom `db:"-"` // additional names of the server, oldest first
}

// ServerFrom is another name that an account's server has from a given time
// onwards.
type ServerFrom struct {
	At     time.Time `db:"from_at"`
	FactID string    `db:"fact_id"`
	Server string    `db:"server"`
}

// ServerNames returns the normalised names of the account's server. The name
// with which the account was opened comes first.
func (a *Account) ServerNames() []string {
	names := []string{feed.NormalServer(a.Server)}
	for _, from := range a.Servers {
		if name := feed.NormalServer(from.Server); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// ServerSpellings returns the names of the account's server as the feed spells
// them.
func (a *Account) ServerSpellings() []string {
	spellings := []string{a.Server}
	for _, from := range a.Servers {
		if !slices.Contains(spellings, from.Server) {
			spellings = append(spellings, from.Server)
		}
	}
	return spellings
}

// ServerNamed finds a name of the account's server and returns the account's
// spelling of it. It returns false if the server never had this name.
func (a *Account) ServerNamed(name string) (spelling string, is bool) {
	name = feed.NormalServer(name)
	if feed.NormalServer(a.Server) == name {
		return a.Server, true
	}
	for _, from := range a.Servers {
		if feed.NormalServer(from.Server) == name {
			return from.Server, true
		}
	}
	return "", false
}

// ServerNow returns the newest name of the account's server.
func (a *Account) ServerNow() string {
	if n := len(a.Servers); n > 0 {
		return a.Servers[n-1].Server
	}
	return a.Server
}

// TypeFrom is the type that an account has from a given time onwards.
type TypeFrom struct {
	At     time.Time `db:"from_at"`
	FactID string    `db:"fact_id"`
	Type   string    `db:"account_type"`
}

// TypeAt returns the account's type at t. Before the first change, this is the
// type with which the account was opened.
func (a *Account) TypeAt(t time.Time) string {
	kind := ""
	for _, from := range a.Types {
		if from.FactID == a.FactID && kind == "" || !from.At.After(t) {
			kind = from.Type
		}
	}
	return kind
}

// Traded moves the first or the last trading day, if necessary, so that the
// period from first to last includes the given day. If both are nil, it sets
// both to this day.
func Traded(first, last **clock.Day, day clock.Day) {
	if *first == nil || day < **first {
		d := day
		*first = &d
	}
	if *last == nil || day > **last {
		d := day
		*last = &d
	}
}

// Deposit is a deposit that was received, failed or was reversed.
type Deposit struct {
	PartnerID     id.UUID      `db:"partner_id"`
	ClientAccount string       `db:"client_account"`
	FactID        string       `db:"fact_id"`
	ClientUID     id.UUID      `db:"client_uid"`
	Kind          string       `db:"kind"`
	At            time.Time    `db:"at"`
	AmountUSD     money.Amount `db:"amount_usd_e6"`
}

// These are the kinds of deposits.
const (
	DepositReceived = "received"
	DepositFailed   = "failed"
	DepositReversed = "reversed"
)

// Decision is one entry of an account's attribution history. Entries are never
// changed or deleted.
type Decision struct {
	PartnerID     id.UUID   `db:"partner_id"`
	ClientAccount string    `db:"client_account"`
	FactID        string    `db:"fact_id"`
	ClientUID     id.UUID   `db:"client_uid"`
	LinkCode      string    `db:"link_code"`
	FromAt        time.Time `db:"from_at"`
}

// Deposited adds a deposit to the client's sums. The client's first deposit is
// the received deposit with the earliest time, even if its fact arrives late.
func (c *Client) Deposited(d Deposit) {
	switch d.Kind {
	case DepositReceived:
		c.DepositsUSD += d.AmountUSD
		if c.FirstDepositAt == nil || d.At.Before(*c.FirstDepositAt) || (d.At.Equal(*c.FirstDepositAt) && d.FactID < c.FirstDepositFact) {
			at := d.At
			c.FirstDepositAt, c.FirstDepositFact, c.FirstDepositUSD = &at, d.FactID, d.AmountUSD
		}
	case DepositReversed:
		c.DepositsUSD -= d.AmountUSD
	}
}
