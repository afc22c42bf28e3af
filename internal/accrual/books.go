package accrual

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/tributary-server/tributary/internal/agent"
	"github.com/tributary-server/tributary/internal/attribution"
	"github.com/tributary-server/tributary/internal/click"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/cpa"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/ledger"
	"github.com/tributary-server/tributary/internal/level"
	"github.com/tributary-server/tributary/internal/partner"
	"github.com/tributary-server/tributary/internal/payout"
	"github.com/tributary-server/tributary/internal/rebate"
	"github.com/tributary-server/tributary/internal/reward"
	"github.com/tributary-server/tributary/internal/settings"
)

// books is the working set of one transaction. It holds the rows that were
// loaded, their changes, and the postings to write. A row must be loaded before
// it is changed.
type books struct {
	tx          *applyTx
	now         time.Time
	zone        *time.Location
	requestID   string
	settings    settings.Values
	redelivered bool // whether the facts have waited before, so that their orders are already counted

	plans       []*reward.Plan
	instruments db.Known[string, []InstrumentVersion]
	rates       map[string]*rateSpan
	codes       db.Known[string, []OwnedCode] // link codes by linkcode.Fold of their text
	emails      db.Known[string, id.UUID]
	partners    db.Known[id.UUID, *partner.Partner]
	histories   db.Known[id.UUID, attribution.History]
	clientsOf   db.Known[id.UUID, map[id.UUID]*attribution.Client] // rows by client, then by partner
	accounts    db.Known[string, *attribution.Account]
	orders      db.Known[orderRef, *reward.Reward]
	waiting     db.Known[feed.OrderKey, *feed.Order]         // orders by the key that placeOf returns
	changed     db.Known[string, map[orderRef][]OrderChange] // changes by client account
	// kept holds the terms of removed rewards until redo books the rewards
	// again.
	kept map[orderRef]*keptTerms
	// keeping holds the terms of the order that is being booked again. It is nil
	// if all terms have to be looked up.
	keeping     *keptTerms
	named       map[ServerName]bool // server names that this transaction has already recorded
	tickets     db.Known[ticketKey, []*reward.Reward]
	accountDays db.Known[DayKey, *AccountDay]
	partnerDays db.Known[DayKey, *PartnerDay]
	totals      db.Known[id.UUID, *PartnerTotals]
	serverDays  db.Known[ServerDayKey, *ServerDay]
	counts      map[ServerDayKey]*ServerOrders
	subPartners map[SubPartnerKey]*SubPartnerTotals

	counted       map[*attribution.Client]attribution.Status // status under which the partner's totals count each client
	accountsWait  *bool                                      // whether any fact waits for an account; nil until first read
	reversalsWait *bool                                      // whether any reversal waits for its order; nil until first read

	ledger  *ledger.WorkingSet
	rebates *rebate.WorkingSet
	agents  *agent.WorkingSet
	payouts *payout.WorkingSet
	levels  *level.WorkingSet
	cpa     *cpa.WorkingSet
	told    eventBooks
	clicks  *click.WorkingSet

	changes *Changes
	dirty   dirty
	batchID string
}

type dirty struct {
	partners    map[*partner.Partner]bool
	clients     map[*attribution.Client]bool
	accounts    map[*attribution.Account]bool
	accountDays map[*AccountDay]bool
	partnerDays map[*PartnerDay]bool
	totals      map[*PartnerTotals]bool
	serverDays  map[*ServerDay]bool
}

func newBooks(tx *applyTx, now time.Time, zone *time.Location, requestID string) *books {
	b := &books{
		tx: tx, now: now, zone: zone, requestID: requestID, batchID: id.New().String(),
		instruments: db.NewKnown[string, []InstrumentVersion](), rates: map[string]*rateSpan{},
		codes: db.NewKnown[string, []OwnedCode](), emails: db.NewKnown[string, id.UUID](),
		partners: db.NewKnown[id.UUID, *partner.Partner](), histories: db.NewKnown[id.UUID, attribution.History](),
		clientsOf: db.NewKnown[id.UUID, map[id.UUID]*attribution.Client](), accounts: db.NewKnown[string, *attribution.Account](),
		orders: db.NewKnown[orderRef, *reward.Reward](), changed: db.NewKnown[string, map[orderRef][]OrderChange](), named: map[ServerName]bool{},
		kept:    map[orderRef]*keptTerms{},
		waiting: db.NewKnown[feed.OrderKey, *feed.Order](),
		tickets: db.NewKnown[ticketKey, []*reward.Reward](), accountDays: db.NewKnown[DayKey, *AccountDay](),
		partnerDays: db.NewKnown[DayKey, *PartnerDay](), totals: db.NewKnown[id.UUID, *PartnerTotals](),
		counted: map[*attribution.Client]attribution.Status{}, serverDays: db.NewKnown[ServerDayKey, *ServerDay](),
		ledger: ledger.NewWorkingSet(tx.q, now), told: eventBooks{},
	}
	b.rebates = rebate.NewWorkingSet(tx.q, b.ledger, now, b.day(now))
	b.payouts = payout.NewWorkingSet(tx.q, b.ledger, now, b.batchID, settlers)
	b.agents = agent.NewWorkingSet(tx.q, b.ledger, b.agentBooks())
	b.levels = level.NewWorkingSet(tx.q, b.ledger)
	b.cpa = cpa.NewWorkingSet(tx.q, b.ledger, now, zone)
	b.reset()
	return b
}

func (b *books) reset() {
	b.changes = &Changes{Now: b.now, Moved: map[string]WaitsFor{}, Routes: map[string]routeRow{}}
	b.counts = map[ServerDayKey]*ServerOrders{}
	b.subPartners = map[SubPartnerKey]*SubPartnerTotals{}
	b.dirty = dirty{
		partners: map[*partner.Partner]bool{}, clients: map[*attribution.Client]bool{}, accounts: map[*attribution.Account]bool{},
		accountDays: map[*AccountDay]bool{}, partnerDays: map[*PartnerDay]bool{}, totals: map[*PartnerTotals]bool{}, serverDays: map[*ServerDay]bool{},
	}
}

func (b *books) flush(ctx context.Context) error {
	b.settleClients()
	c := b.changes
	if len(c.Facts) > 0 && !b.settings.IsFixed(settings.TimeZone.Name) {
		c.FixedZone = b.zone
	}
	for p := range b.dirty.partners {
		c.Partners = append(c.Partners, p)
	}
	for row := range b.dirty.clients {
		c.Clients = append(c.Clients, row)
		if err := b.recountStatus(ctx, row); err != nil {
			return err
		}
	}
	for row := range b.dirty.accounts {
		c.Accounts = append(c.Accounts, row)
	}
	months := map[ClientMonthKey]*ClientMonth{}
	for row := range b.dirty.accountDays {
		switch {
		case row.Rows != 0 && row.stored:
			c.AccountDays = append(c.AccountDays, row)
			continue
		case row.Rows != 0:
			countMonth(months, row, 1)
			c.NewAccountDays = append(c.NewAccountDays, row.Stored())
			continue
		}
		if row.stored {
			countMonth(months, row, -1)
		}
		c.EmptyAccountDays = append(c.EmptyAccountDays, row.DayKey)
		delete(b.accountDays.Rows, row.DayKey)
		day, err := b.partnerDay(ctx, row.PartnerID, row.Day)
		if err != nil {
			return err
		}
		day.AccountDays--
	}
	c.ClientMonths = slices.Collect(maps.Values(months))
	for row := range b.dirty.partnerDays {
		c.PartnerDays = append(c.PartnerDays, row)
	}
	for row := range b.dirty.totals {
		row.Revision++
		c.PartnerTotals = append(c.PartnerTotals, row)
	}
	for _, row := range b.counts {
		c.ServerOrders = append(c.ServerOrders, row)
	}
	for _, row := range b.subPartners {
		c.SubPartnerTotals = append(c.SubPartnerTotals, row)
	}
	for row := range b.dirty.serverDays {
		c.ServerDays = append(c.ServerDays, row)
	}
	b.tell()
	b.noteCPA()
	if err := b.save(ctx); err != nil {
		return err
	}
	b.tickets = db.NewKnown[ticketKey, []*reward.Reward]()
	b.reset()
	return nil
}

// save writes the changes in an order that satisfies their dependencies. It
// deletes rows before it inserts others, so that a reward can be booked again
// with the same key. Events about a change come before events about its effects
// on the wallet.
func (b *books) save(ctx context.Context) error {
	b.tx.did.count(b.changes)
	b.tx.did.answer(b.payouts.Answered())
	ours := func(steps ...func(context.Context, *Changes) error) func(context.Context) error {
		return func(ctx context.Context) error {
			for _, step := range steps {
				if err := step(ctx, b.changes); err != nil {
					return err
				}
			}
			return nil
		}
	}
	tx := b.tx
	b.ledger.Tell(b.changes.Told...)
	for _, save := range []func(context.Context) error{
		ours(tx.saveInbox, tx.saveZone, tx.saveConfiguration, tx.savePartners, tx.saveUndone, tx.saveClients, tx.saveAttribution, tx.saveRewards),
		b.rebates.Save, b.agents.Save, b.levels.Save, b.saveCPA, b.payouts.Save, ours(tx.saveRebated), b.clicks.Save,
		b.ledger.Save, ours(tx.saveWaiting, tx.saveCounts),
	} {
		if err := save(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (b *books) wait(f *feed.Fact, what WaitsFor) {
	if strings.HasPrefix(what.Key, feed.KindOrder+":") {
		b.reversalsWait = new(true)
	}
	w := Waiting{Fact: *f, For: what, RequestID: b.requestID}
	if o, is := f.Body.(*feed.Order); is {
		orderKey := placeOf(o)
		w.OrderKey = &orderKey
		b.waiting.Put(orderKey, o)
	}
	b.changes.Waiting = append(b.changes.Waiting, w)
}

// releaseWaiting releases the facts that wait for any of these keys.
func (b *books) releaseWaiting(keys ...string) {
	b.changes.Released = append(b.changes.Released, keys...)
}

func (b *books) day(t time.Time) clock.Day { return clock.DayOf(t, b.zone) }

func (b *books) accountDay(ctx context.Context, a *attribution.Account, day clock.Day) (*AccountDay, error) {
	key := DayKey{a.PartnerID, day, a.ClientAccount}
	if err := b.needAccountDays(ctx, key); err != nil {
		return nil, err
	}
	row, found := b.accountDays.Rows[key]
	if !found {
		p := b.partners.Rows[a.PartnerID]
		b.dirty.partners[p] = true
		row = &AccountDay{DayKey: key, Number: p.Number(), ClientUID: a.ClientUID, Country: a.Country}
		b.accountDays.Put(key, row)
		partnerDay, err := b.partnerDay(ctx, a.PartnerID, day)
		if err != nil {
			return nil, err
		}
		partnerDay.AccountDays++
	}
	row.LinkCode = a.LinkCode
	row.AccountType = a.TypeAt((day + 1).Start(b.zone).Add(-time.Microsecond))
	b.dirty.accountDays[row] = true
	return row, nil
}

// countMonth adds account-days to the month of a client.
func countMonth(months map[ClientMonthKey]*ClientMonth, d *AccountDay, accountDays int64) {
	key := ClientMonthKey{d.PartnerID, d.Day.FirstOfMonth(), d.ClientUID}
	if months[key] == nil {
		months[key] = &ClientMonth{ClientMonthKey: key}
	}
	months[key].AccountDays += accountDays
}

func (b *books) partnerDay(ctx context.Context, partnerID id.UUID, day clock.Day) (*PartnerDay, error) {
	key := DayKey{PartnerID: partnerID, Day: day}
	if err := b.needPartnerDays(ctx, key); err != nil {
		return nil, err
	}
	row, found := b.partnerDays.Rows[key]
	if !found {
		row = &PartnerDay{DayKey: key}
		b.partnerDays.Put(key, row)
	}
	b.dirty.partnerDays[row] = true
	return row, nil
}

func (b *books) partnerTotals(ctx context.Context, partnerID id.UUID) (*PartnerTotals, error) {
	if err := b.needPartnerTotals(ctx, partnerID); err != nil {
		return nil, err
	}
	row, found := b.totals.Rows[partnerID]
	if !found {
		row = &PartnerTotals{PartnerID: partnerID, Clients: map[attribution.Status]int64{}}
		b.totals.Put(partnerID, row)
	}
	b.dirty.totals[row] = true
	return row, nil
}

// recountStatus updates the partner's totals, which count clients by status,
// after a change of a client's status.
func (b *books) recountStatus(ctx context.Context, c *attribution.Client) error {
	was, is := b.counted[c], c.Status()
	if was == is {
		return nil
	}
	totals, err := b.partnerTotals(ctx, c.PartnerID)
	if err != nil {
		return err
	}
	if was != "" {
		totals.Clients[was]--
	}
	totals.Clients[is]++
	b.counted[c] = is
	return nil
}

func (b *books) client(ctx context.Context, partnerID, clientUID id.UUID) (*attribution.Client, error) {
	if err := b.needClients(ctx, clientUID); err != nil {
		return nil, err
	}
	return b.clientsOf.Rows[clientUID][partnerID], nil
}
