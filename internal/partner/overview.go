package partner

import (
	"time"

	"github.com/tributary-server/tributary/internal/attribution"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/reward"
)

// Days are the days that a summary looks back to, including today.
type Days struct {
	Today  clock.Day
	Month  clock.Day // the first of this month
	Window clock.Day // the first of the days that decide the level
}

// Totals sums up what a partner's clients traded and what the partner earned by
// it.
type Totals struct {
	VolumeLots  money.Lots   `db:"volume_lots_e8"`
	VolumeUSD   money.Volume `db:"volume_usd_e4"`
	RewardUSD   money.Amount `db:"reward_usd_e6"`
	OverrideUSD money.Amount `db:"override_usd_e6"` // earned by the orders of its sub-partners' clients
}

// ClientCounts counts a partner's clients by status.
type ClientCounts struct {
	Active   int64 `db:"clients_active"`
	Inactive int64 `db:"clients_inactive"`
	Changing int64 `db:"clients_changing"`
	Left     int64 `db:"clients_left"`
}

// Total counts them all.
func (c ClientCounts) Total() int64 { return c.Active + c.Inactive + c.Changing + c.Left }

// Overview holds the data of a summary.
type Overview struct {
	Partner     Partner // without its levels and counter
	Level       string  // in force today; empty: the plan's first
	DefaultCode string  // empty: none

	SecurityType string // standard or secure: how it signs in

	Accounts []WalletAccount
	Clients  ClientCounts
	Recent
	AllTime Totals
	Plans   []*reward.Plan // shared: do not change them
}

// Recent is the part of an Overview that changes with the day.
type Recent struct {
	Today         Totals       `db:"today_,inline"`
	Month         Totals       `db:"month_,inline"`
	WindowVolume  money.Volume `db:"window_usd_e4"`  // since Days.Window
	ActiveClients int64        `db:"active_clients"` // clients who traded since Days.Window
}

// WalletAccount is an account of a partner's wallet.
type WalletAccount struct {
	Number      string // partner_account in the API: about 19 digits
	Name        string
	Currency    string
	Kind        string // "reward": the account that rewards are paid to; "regular": any other
	Balance     money.Amount
	BalanceUSD  money.Amount
	Reserved    money.Amount // promised to clients as rebates, not yet paid
	ReservedUSD money.Amount
}

// Affiliation is what a partner may know about a client with a given e-mail.
type Affiliation struct {
	ClientUID id.UUID
	Accounts  []string
}

// ClientRef is a client and its status, as one partner sees them.
type ClientRef struct {
	ClientUID    id.UUID            `db:"client_uid"`
	RegisteredAt time.Time          `db:"registered_at"`
	Status       attribution.Status `db:"status"`
}
