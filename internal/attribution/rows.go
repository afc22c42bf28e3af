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
	Orders     int64
	VolumeLots money.Lots
	VolumeUSD  money.Volume
	Reward     money.Amount // in the partner account's currency
	RewardUSD  money.Amount
}

// Add adds other, times sign (1 or -1).
func (t *Totals) Add(other Totals, sign int64) {
	t.Orders += sign * other.Orders
	t.VolumeLots += money.Lots(sign) * other.VolumeLots
	t.VolumeUSD += money.Volume(sign) * other.VolumeUSD
	t.Reward += money.Amount(sign) * other.Reward
	t.RewardUSD += money.Amount(sign) * other.RewardUSD
}

// sumLimit bounds sums so that they still fit an int64 with what is added
// before the next check.
const sumLimit = 4_000_000_000_000_000_000

// Fits reports whether other can be added. Checking a partner's totals is
// enough, since they bound everything below the partner.
func (t *Totals) Fits(other Totals) bool {
	return fits(int64(t.VolumeLots), int64(other.VolumeLots)) && fits(int64(t.VolumeUSD), int64(other.VolumeUSD)) &&
		fits(int64(t.Reward), int64(other.Reward)) && fits(int64(t.RewardUSD), int64(other.RewardUSD))
}

func fits(sum, more int64) bool { return sum <= sumLimit && more <= sumLimit-max(sum, 0) }

// FitsDeposit reports whether the client's deposits can take one more.
func (c *Client) FitsDeposit(amount money.Amount) bool {
	return fits(int64(c.DepositsUSD), int64(amount)) && c.DepositsUSD > -sumLimit
}

// FitsEquity reports whether the client's balance and equity can change by
// these amounts.
func (c *Client) FitsEquity(balance, equity money.Amount) bool {
	return fits(int64(c.BalanceUSD), int64(balance)) && fits(int64(c.EquityUSD), int64(equity))
}

// Client is a client as one partner sees it. A client that changes its partner
// has a row with each of them.
type Client struct {
	PartnerID    id.UUID
	ClientUID    id.UUID
	Number       int64
	Email        string
	Country      string
	CampaignCode string
	SubID        string
	ClickID      string
	RegisteredAt time.Time
	RegDay       clock.Day
	Standing

	FirstDepositAt   *time.Time
	FirstDepositFact string
	FirstDepositUSD  money.Amount
	DepositsUSD      money.Amount // without the reversed ones
	BalanceUSD       money.Amount // the sum over its accounts
	EquityUSD        money.Amount
	FirstTradeDay    *clock.Day
	LastTradeDay     *clock.Day
	RebateUSD        money.Amount // paid to the client so far
	Totals                        // over its accounts; without Reward, which is in the partner's currency
}

// Status is a client's state as a partner reads it: client_status.
type Status string

// The states. ACTIVE: verified, with a first deposit and a first trade.
const (
	StatusActive   Status = "ACTIVE"
	StatusInactive Status = "INACTIVE"
	StatusChanging Status = "CHANGING"
	StatusLeft     Status = "LEFT"
)

// Status derives the client's status from its relation and from what it has
// done.
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

// Account is a client account. It stays with the partner it was opened under.
type Account struct {
	PartnerID     id.UUID
	ClientAccount string
	Number        int64
	ClientUID     id.UUID
	Country       string
	Server        string
	Platform      string
	AccountType   string // the one in force now
	Currency      string
	LinkCode      string // the code it counts under
	TypedCode     string // the code typed by hand when it was opened, if any
	FactID        string
	OpenedAt      time.Time
	OpenedDay     clock.Day
	BalanceUSD    money.Amount
	EquityUSD     money.Amount
	EquityAt      *time.Time
	EquityFact    string
	FirstTradeDay *clock.Day
	LastTradeDay  *clock.Day
	Totals

	Types   []TypeFrom   // oldest first; the first one starts with the opening
	Servers []ServerFrom // further names of Server, oldest first
}

// ServerFrom is a further name of an account's server and the moment it starts.
type ServerFrom struct {
	At     time.Time
	FactID string
	Server string
}

// ServerNames returns the names of the account's server, normalised for
// comparing. The name it was opened under comes first.
func (a *Account) ServerNames() []string {
	names := []string{feed.NormalServer(a.Server)}
	for _, from := range a.Servers {
		if name := feed.NormalServer(from.Server); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// ServerSpellings returns the names of the account's server as the feed spelled
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

// ServerNamed returns how the account spells a name of its server. It returns
// false if the server never had this name.
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

// TypeFrom is an account type and the moment it starts.
type TypeFrom struct {
	At     time.Time
	FactID string
	Type   string
}

// TypeAt returns the account's type at t. Before any change, that is the type
// it was opened with.
func (a *Account) TypeAt(t time.Time) string {
	kind := ""
	for _, from := range a.Types {
		if from.FactID == a.FactID && kind == "" || !from.At.After(t) {
			kind = from.Type
		}
	}
	return kind
}

// Traded widens first and last to include a trade on a day.
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

// Deposit is money that was received, failed to arrive or was taken back.
type Deposit struct {
	PartnerID     id.UUID
	ClientAccount string
	FactID        string
	ClientUID     id.UUID
	Kind          string // DepositReceived, DepositFailed, DepositReversed
	At            time.Time
	AmountUSD     money.Amount
}

// The kinds of deposits.
const (
	DepositReceived = "received"
	DepositFailed   = "failed"
	DepositReversed = "reversed"
)

// Decision is one line of an account's attribution history. Lines are only
// appended.
type Decision struct {
	PartnerID     id.UUID
	ClientAccount string
	FactID        string // the fact that decided it
	ClientUID     id.UUID
	LinkCode      string
	FromAt        time.Time
}

// Deposited counts a deposit. The first deposit is the oldest one received,
// whenever its fact arrives.
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
