package partner

import (
	"time"

	"github.com/tributary-server/tributary/internal/attribution"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/reward"
)

// Days holds the first day of each period that a summary covers. Every period
// ends today.
type Days struct {
	Today  clock.Day
	Month  clock.Day // first day of this month
	Window clock.Day // first day of a period of reward.LevelDays days that ends today
}

// Totals holds the volume that a partner's clients traded, and the partner's
// earnings.
type Totals struct {
	VolumeLots  money.Lots   `db:"volume_lots_e8"`
	VolumeUSD   money.Volume `db:"volume_usd_e4"`
	RewardUSD   money.Amount `db:"reward_usd_e6"`
	OverrideUSD money.Amount `db:"override_usd_e6"` // earned from the orders of sub-partners' clients
}

// ClientCounts holds the numbers of a partner's clients by status.
type ClientCounts struct {
	Active   int64 `db:"clients_active"`
	Inactive int64 `db:"clients_inactive"`
	Changing int64 `db:"clients_changing"`
	Left     int64 `db:"clients_left"`
}

// Total returns the number of all clients.
func (c ClientCounts) Total() int64 { return c.Active + c.Inactive + c.Changing + c.Left }

// Overview holds the data from which a Summary is computed.
type Overview struct {
	Partner Partner // only ID, Email, Country, Programme and Status are set
	Level   string  // level in force today; empty means the plan's first level
	LevelAhead
	DefaultCode string // empty if there is no default link

	SecurityType string // standard or secure

	Accounts []WalletAccount
	Clients  ClientCounts
	Recent
	AllTime Totals
	Plans   []*reward.Plan // shared by all callers, who must not change the plans
}

// LevelAhead is what is already known about a partner's level after today.
type LevelAhead struct {
	ChangesTo string    `db:"changes_to,null"` // level that takes effect after today; empty means none
	ChangesOn clock.Day `db:"changes_on,null"`
	FallsTo   string    `db:"falls_to,null"` // level to which the partner falls, as the last review announced; empty means none
}

// Recent is the part of an Overview that depends on the current day.
type Recent struct {
	Today         Totals       `db:"today_,inline"`
	Month         Totals       `db:"month_,inline"`
	WindowVolume  money.Volume `db:"window_usd_e4"`  // volume since Days.Window
	ActiveClients int64        `db:"active_clients"` // number of clients who traded since Days.Window
}

// WalletAccount is an account in a partner's wallet.
type WalletAccount struct {
	Number      string // partner_account in the API, with about 19 digits
	Name        string
	Currency    string
	Kind        string // "reward" for the account that receives rewards, otherwise "regular"
	Balance     money.Amount
	BalanceUSD  money.Amount
	Reserved    money.Amount // rebates that are promised to clients but not paid yet
	ReservedUSD money.Amount
}

// Affiliation is the data about a client that a partner gets for an e-mail or
// an account.
type Affiliation struct {
	ClientUID id.UUID
	Accounts  []string
}

// ClientRef is a client with the status that one partner sees.
type ClientRef struct {
	ClientUID    id.UUID            `db:"client_uid"`
	RegisteredAt time.Time          `db:"registered_at"`
	Status       attribution.Status `db:"status"`
}
