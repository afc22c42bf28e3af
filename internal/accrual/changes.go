// Package accrual applies batches of facts to the books, in groups. A group
// changes attribution, rewards, postings and rollups in one transaction. Each
// fact takes effect exactly once, and the order in which facts arrive does not
// matter.
//
// The package loads the rows that a group needs, changes them in memory, and
// saves the changes. For rebates, agents' shares, progress rewards, CPA, payouts,
// clicks and the ledger, it calls the working sets of other packages. A group locks the
// partners that it concerns (docs/adr/0027), so their rows cannot change
// between loading and saving.
package accrual

import (
	"time"

	"github.com/tributary-server/tributary/internal/attribution"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/linkcode"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/outbox/event"
	"github.com/tributary-server/tributary/internal/partner"
	"github.com/tributary-server/tributary/internal/reward"
)

// OwnedCode is a link code and its owner.
type OwnedCode struct {
	linkcode.Code

	PartnerID id.UUID
}

// InstrumentVersion is a version of an instrument, in force from a given time
// onwards.
type InstrumentVersion struct {
	feed.Instrument
	From        time.Time `db:"from_at"`
	FactID      string    `db:"fact_id"`
	CorrectedBy string    `db:"corrected_by"` // id of the fact that corrects this version; empty if none does
}

// RateVersion is a rate in force from a given day onwards. If there are two
// versions for one day, the version with the later At applies.
type RateVersion struct {
	feed.Rate
	Day         clock.Day `db:"from_day"`
	At          time.Time `db:"at"`
	FactID      string    `db:"fact_id"`
	CorrectedBy string    `db:"corrected_by"` // id of the fact that corrects this version; empty if none does
}

// DayKey identifies a day of an account, or of the whole partner if the account
// is empty.
type DayKey struct {
	PartnerID     id.UUID   `db:"partner_id"`
	Day           clock.Day `db:"reward_day"`
	ClientAccount string    `db:"client_account"`
}

// AccountDay holds the sums of one account on one day. It is a row of the
// rewards report.
type AccountDay struct {
	DayKey
	Number      int64   `db:"number"`
	ClientUID   id.UUID `db:"client_uid"`
	AccountType string  `db:"account_type"` // account type in force at the end of the day
	Country     string  `db:"country"`
	LinkCode    string  `db:"link_code"`
	Rows        int64   `db:"reward_rows"` // number of rewards, including reversals
	attribution.Totals

	stored bool // whether the store already has this row
}

// Stored marks a row as read from the store.
func (d *AccountDay) Stored() *AccountDay {
	d.stored = true
	return d
}

// PartnerDay holds the sums of one partner on one day.
type PartnerDay struct {
	DayKey
	AccountDays int64 `db:"account_days"`
	Rows        int64 `db:"reward_rows"`
	attribution.Totals
	OverrideUSD money.Amount `db:"override_usd_e6"`
}

// ClientMonthKey identifies a month of one client.
type ClientMonthKey struct {
	PartnerID id.UUID   `db:"partner_id"`
	Month     clock.Day `db:"month_day"` // first day of the month
	ClientUID id.UUID   `db:"client_uid"`
}

// ClientMonth counts the account-days of one client in one month. The store adds
// the number to the stored row, and deletes the row if the sum is 0.
type ClientMonth struct {
	ClientMonthKey
	AccountDays int64 `db:"account_days"`
}

// PartnerTotals holds a partner's sums over all time. A partner's summary reads
// this row, so that its cost does not depend on the number of clients.
type PartnerTotals struct {
	PartnerID id.UUID `db:"partner_id"`
	// Revision increases with every change of the partner's books. A value that
	// was derived from the books is valid until the revision changes.
	Revision int64                        `db:"revision"`
	Clients  map[attribution.Status]int64 `db:"-"`
	attribution.Totals
	OverrideUSD money.Amount `db:"override_usd_e6"`
}

// SubPartnerKey identifies a partner and one of the partners below it.
type SubPartnerKey struct {
	PartnerID    id.UUID `db:"partner_id"`
	SubPartnerID id.UUID `db:"sub_partner_id"`
}

// SubPartnerTotals holds the amount that a partner earned from the orders of one
// sub-partner's clients. The store adds the amount to the stored row, so accrual does
// not need to read the row.
type SubPartnerTotals struct {
	SubPartnerKey
	OverrideUSD money.Amount `db:"override_usd_e6"`
}

// ServerDayKey identifies a day of a trading server.
type ServerDayKey struct {
	Server string    `db:"server"` // normalised name of the server
	Day    clock.Day `db:"day"`
}

// ServerDay compares the orders that arrived with the totals that the trading
// server reported for the day.
type ServerDay struct {
	ServerDayKey
	Name           string      `db:"name"`   // server name as the first fact spelled it
	Orders         int64       `db:"orders"` // changed only by ServerOrders
	Lots           money.Lots  `db:"lots_e8"`
	ExpectedOrders *int64      `db:"expected_orders"`
	ExpectedLots   *money.Lots `db:"expected_lots_e8"`
	ExpectedAt     *time.Time  `db:"expected_at"`
}

// ServerOrders counts orders that arrived for a day of a trading server. The
// store adds these numbers to the day's row instead of replacing it, because
// other transactions may count orders of the same day at the same time.
type ServerOrders struct {
	ServerDayKey
	Name   string     `db:"name"`
	Orders int64      `db:"orders"`
	Lots   money.Lots `db:"lots_e8"`
}

// WaitsFor says what a fact waits for.
type WaitsFor struct {
	Key     string // kind and name of the missing fact; or refusedPrefix and the code of the refusal
	Message string // reason why the fact was refused; empty if it was not refused
}

// Waiting is a fact that cannot take effect yet.
type Waiting struct {
	Fact      feed.Fact
	For       WaitsFor
	OrderKey  *feed.OrderKey // for an order, the key that placeOf returns; nil for other facts. Two sources that report the same order give it the same key
	RequestID string
}

// Changes holds everything that one transaction writes.
type Changes struct {
	Now       time.Time
	FixedZone *time.Location // time zone to set permanently; nil if one is set already

	Facts    []NewFact
	Waiting  []Waiting           // facts that start to wait
	Moved    map[string]WaitsFor // facts that still wait, but now for another key, by fact id
	Done     []string            // ids of waiting facts that took effect
	Again    []string            // ids of waiting facts that turned out to repeat another fact
	Released []string            // keys whose waiting facts can be tried again
	Woken    []string            // client accounts whose waiting orders can be tried again
	// ReleasedOrders holds prefixes of keys. Facts that wait for a key with such a
	// prefix can be tried again.
	ReleasedOrders []string

	Dismissed []Dismissal // waiting facts that the broker dismissed
	Restored  []string    // ids of dismissed facts that wait again

	Instruments []InstrumentVersion
	Rates       []RateVersion
	Corrected   []Corrected // versions that are no longer valid, because a correction replaces them
	Corrections []Correction

	NewPartners []*partner.Partner
	NewLinks    []partner.Link
	Partners    []*partner.Partner // existing partners whose counters changed
	// ChangedPartners are partners with another history of parents or countries.
	ChangedPartners []*partner.Partner
	Events          []attribution.Event
	Clients         []*attribution.Client
	Accounts        []*attribution.Account
	MovedFrom       []AccountMove
	Moves           []Move
	Routes          map[string]routeRow // present partner of accounts, by client account
	Types           []AccountType
	Servers         []AccountServer
	ServerNames     []ServerName // may include names that are already stored
	Decisions       []attribution.Decision
	Deposits        []attribution.Deposit

	OrderChanges     []OrderChange
	DroppedChanges   []OwnedOrder // orders whose stored reversals and reinstatements are deleted before OrderChanges are inserted
	Rewards          []*reward.Reward
	Undone           []Undone
	Overrides        []reward.Override
	UndoneOverrides  []reward.Override
	NewAccountDays   []*AccountDay
	AccountDays      []*AccountDay // rows that the store already has
	EmptyAccountDays []DayKey
	ClientMonths     []*ClientMonth
	PartnerDays      []*PartnerDay
	PartnerTotals    []*PartnerTotals
	SubPartnerTotals []*SubPartnerTotals
	ServerDays       []*ServerDay
	ServerOrders     []*ServerOrders

	Told    []event.Event // events for partners
	Rebated []Rebated     // amounts paid to clients that are not in Clients

	SelfReferrals []SelfReferral
}

// stampRewards sets the time at which the new rewards are booked. It leaves the
// time out if the reward's fact arrives in the same transaction, because the
// fact's row has the same time. This saves space.
func (c *Changes) stampRewards() {
	arrived := make(map[string]bool, len(c.Facts))
	for i := range c.Facts {
		arrived[c.Facts[i].ID] = true
	}
	for _, r := range c.Rewards {
		if r.BookedAt = (time.Time{}); !arrived[r.FactID] {
			r.BookedAt = c.Now
		}
	}
}

// NewFact is a fact as the inbox stores it.
type NewFact struct {
	feed.Fact
	Digest feed.Digest
	Again  bool // whether another fact has the same content, so that only the id is stored
}

// AccountMove describes the move of an account to another partner, because a late fact
// has shown that the account belongs to that partner.
type AccountMove struct {
	Before  *attribution.Account // the account with its former partner
	Account *attribution.Account // the account with its new partner
}

// AccountType is one entry of an account's history of types.
type AccountType struct {
	PartnerID     id.UUID `db:"partner_id"`
	ClientAccount string  `db:"client_account"`
	attribution.TypeFrom
}

// Undone is a reward that was removed from the books so that it can be booked
// again, together with the fact that caused the removal.
type Undone struct {
	Reward *reward.Reward
	FactID string
}
