// Package accrual applies batches of facts to the books. A batch takes effect
// in one transaction: attribution, reward, posting and rollups. Each fact takes
// effect exactly once, in whatever order the facts arrive.
//
// The package loads what a batch touches, applies the facts to it in memory,
// and saves what changed. Rebates, agents' shares, payouts, clicks and the
// ledger have working sets in their own packages, which it calls. Only one
// applier works at a time (docs/adr/0004), so the rows cannot change between
// loading and saving.
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

// InstrumentVersion is an instrument in force from a moment on.
type InstrumentVersion struct {
	feed.Instrument
	From        time.Time `db:"from_at"`
	FactID      string    `db:"fact_id"`
	CorrectedBy string    `db:"corrected_by"` // the fact that corrects this version; empty: it counts
}

// RateVersion is a rate in force from a day on. If two are for one day, the one
// with the later At counts.
type RateVersion struct {
	feed.Rate
	Day         clock.Day `db:"from_day"`
	At          time.Time `db:"at"`
	FactID      string    `db:"fact_id"`
	CorrectedBy string    `db:"corrected_by"` // the fact that corrects this version; empty: it counts
}

// DayKey names a day of an account or, if the account is empty, of a partner.
type DayKey struct {
	PartnerID     id.UUID   `db:"partner_id"`
	Day           clock.Day `db:"reward_day"`
	ClientAccount string    `db:"client_account"`
}

// AccountDay is the rollup of one account on one day: a row of the rewards report.
type AccountDay struct {
	DayKey
	Number      int64   `db:"number"`
	ClientUID   id.UUID `db:"client_uid"`
	AccountType string  `db:"account_type"` // in force at the day's end
	Country     string  `db:"country"`
	LinkCode    string  `db:"link_code"`
	Rows        int64   `db:"reward_rows"` // rewards, reversals included
	attribution.Totals

	stored bool // the store has a row for it
}

// Stored marks a row as read from the store.
func (d *AccountDay) Stored() *AccountDay {
	d.stored = true
	return d
}

// PartnerDay is the rollup of one partner on one day.
type PartnerDay struct {
	DayKey
	AccountDays int64 `db:"account_days"`
	Rows        int64 `db:"reward_rows"`
	attribution.Totals
	OverrideUSD money.Amount `db:"override_usd_e6"`
}

// PartnerTotals holds a partner's sums. Thanks to them its summary costs the
// same with ten clients as with a hundred thousand.
type PartnerTotals struct {
	PartnerID id.UUID `db:"partner_id"`
	// Revision counts the changes. A value derived from the partner's books at
	// one revision is right until the revision changes.
	Revision int64                        `db:"revision"`
	Clients  map[attribution.Status]int64 `db:"-"`
	attribution.Totals
	OverrideUSD money.Amount `db:"override_usd_e6"`
}

// ServerDayKey names a trading server's day.
type ServerDayKey struct {
	Server string    `db:"server"` // the normalised name
	Day    clock.Day `db:"day"`
}

// ServerDay compares the orders that arrived with what the server says it
// closed.
type ServerDay struct {
	ServerDayKey
	Name           string      `db:"name"` // as the first fact spelled it
	Orders         int64       `db:"orders"`
	Lots           money.Lots  `db:"lots_e8"`
	ExpectedOrders *int64      `db:"expected_orders"`
	ExpectedLots   *money.Lots `db:"expected_lots_e8"`
	ExpectedAt     *time.Time  `db:"expected_at"`
}

// WaitsFor names the thing that a fact waits for.
type WaitsFor struct {
	Key     string // the kind and the name of what is missing, or why the fact is refused
	Message string // for a refused fact: what is wrong, and with which field
}

// Waiting is a fact that cannot take effect yet.
type Waiting struct {
	Fact      feed.Fact
	For       WaitsFor
	OrderKey  *feed.OrderKey // for orders: the key from placeOf, to find a second source of the same order
	RequestID string
}

// Changes holds everything that one transaction writes.
type Changes struct {
	Now       time.Time
	FixedZone *time.Location // the programme's time zone, if these are its first facts

	Facts    []NewFact           // to the inbox
	Waiting  []Waiting           // new in the waiting room
	Moved    map[string]WaitsFor // fact id -> what it waits for now
	Done     []string            // fact ids that leave the waiting room
	Again    []string            // fact ids that leave it because another fact said the same
	Released []string            // keys whose waiters are ready
	Woken    []string            // client accounts whose waiting orders are to be tried again
	// ReleasedOrders holds prefixes of keys whose waiters are to be tried
	// again.
	ReleasedOrders []string

	Dismissed []Dismissal // waiting facts that leave without an effect
	Restored  []string    // dismissed fact ids that wait again

	Instruments []InstrumentVersion
	Rates       []RateVersion
	Corrected   []Corrected // versions that no longer count
	Corrections []Correction

	NewPartners []*partner.Partner
	NewLinks    []partner.Link
	Partners    []*partner.Partner // those whose counters changed
	Events      []attribution.Event
	Clients     []*attribution.Client
	Accounts    []*attribution.Account
	MovedFrom   []AccountMove
	Types       []AccountType
	Servers     []AccountServer
	ServerNames []ServerName // including some that are stored already
	Decisions   []attribution.Decision
	Deposits    []attribution.Deposit

	OrderChanges     []OrderChange
	DroppedChanges   []OwnedOrder // orders whose changes are deleted here, and perhaps written again
	Rewards          []*reward.Reward
	Undone           []Undone
	Overrides        []reward.Override
	UndoneOverrides  []reward.Override
	NewAccountDays   []*AccountDay
	AccountDays      []*AccountDay // existing rows
	EmptyAccountDays []DayKey
	PartnerDays      []*PartnerDay
	PartnerTotals    []*PartnerTotals
	ServerDays       []*ServerDay

	Told    []event.Event // the events for partners
	Rebated []Rebated     // what was paid to clients that this batch does not write otherwise

	SelfReferrals []SelfReferral
}

// NewFact is a fact with what the inbox keeps about it.
type NewFact struct {
	feed.Fact
	Digest feed.Digest
	Again  bool // another fact said the same before; this one is kept so that its id stays taken
}

// AccountMove takes an account away from a partner, because a late fact showed
// that it was opened under another one.
type AccountMove struct {
	From    id.UUID
	Account *attribution.Account // as it is now
}

// AccountType is one line of an account's type history.
type AccountType struct {
	PartnerID     id.UUID `db:"partner_id"`
	ClientAccount string  `db:"client_account"`
	attribution.TypeFrom
}

// Undone is a reward that was taken out of the books to be booked again, and
// the fact that caused it.
type Undone struct {
	Reward *reward.Reward
	FactID string
}
