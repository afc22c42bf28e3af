package accrual

import (
	"context"

	"github.com/tributary-server/tributary/internal/agent"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/rebate"
	"github.com/tributary-server/tributary/internal/reward"
)

// wanted holds the keys of the rows that a batch of facts needs.
type wanted struct {
	codes, emails, accounts, symbols []string
	clients, histories               []id.UUID
	orders                           []*feed.Order
	days                             []clock.Day // days on which the orders closed
	tickets                          []ticketKey
	payouts                          []string
	serverDays                       []ServerDayKey
	from, to                         clock.Day // first and last of these days
}

func (b *books) want(facts []feed.Fact) *wanted {
	w := &wanted{}
	for i := range facts {
		if rule := ruleOf(&facts[i]); rule != nil && rule.want != nil {
			rule.want(b, w, &facts[i])
		}
	}
	return w
}

func (w *wanted) order(o *feed.Order, day clock.Day) {
	w.accounts = append(w.accounts, o.ClientAccount)
	w.symbols = append(w.symbols, feed.NormalSymbol(o.Symbol))
	w.days = append(w.days, day)
	if len(w.orders) == 0 || day < w.from {
		w.from = day
	}
	if len(w.orders) == 0 || day > w.to {
		w.to = day
	}
	w.orders = append(w.orders, o)
}

// prefetch loads the rows that the facts need, with a few queries for all facts
// together. A row that prefetch does not foresee is loaded later.
func (b *books) prefetch(ctx context.Context, facts []feed.Fact) error {
	var err error
	if b.plans == nil {
		if b.plans, err = b.tx.Plans(ctx); err != nil {
			return err
		}
	}
	w := b.want(facts)
	for _, step := range []func(context.Context, *wanted) error{
		b.fetchNames, b.fetchClients, b.fetchOrders, b.fetchConfiguration, b.fetchDays, b.fetchRebates, b.fetchAgents, b.fetchPayouts,
	} {
		if err := step(ctx, w); err != nil {
			return err
		}
	}
	return nil
}

func (b *books) fetchNames(ctx context.Context, w *wanted) error {
	if err := b.needCodes(ctx, w.codes...); err != nil {
		return err
	}
	if err := b.needEmails(ctx, w.emails...); err != nil {
		return err
	}
	return b.needAccounts(ctx, w.accounts...)
}

func (b *books) fetchClients(ctx context.Context, w *wanted) error {
	w.clients = append(w.clients, w.histories...)
	for _, number := range w.accounts {
		if a := b.accounts.Rows[number]; a != nil {
			w.clients = append(w.clients, a.ClientUID)
		}
	}
	if err := b.needHistories(ctx, w.histories...); err != nil {
		return err
	}
	return b.needClients(ctx, w.clients...)
}

func (b *books) fetchOrders(ctx context.Context, w *wanted) error {
	if err := b.needOrders(ctx, w.orders); err != nil {
		return err
	}
	if !b.redelivered {
		if err := b.needWaiting(ctx, w.orders); err != nil {
			return err
		}
	}
	return b.needTickets(ctx, w.tickets...)
}

func (b *books) needWaiting(ctx context.Context, orders []*feed.Order) error {
	var places []feed.OrderKey
	for _, o := range orders {
		places = append(places, b.placesOf(o)...)
	}
	missing := b.waiting.Ask(places...)
	if len(missing) == 0 {
		return nil
	}
	facts, none, err := b.tx.WaitingOrders(ctx, missing)
	if none && b.reversalsWait == nil {
		b.reversalsWait = new(bool)
	}
	for i := range facts {
		if o, is := facts[i].Body.(*feed.Order); is {
			b.waiting.Put(placeOf(o), o)
		}
	}
	return err
}

// needOrders finds out which of the orders are booked. It looks for an order
// only under the partners of its account, because the primary key starts with
// the partner. It tries each name of the account's server.
func (b *books) needOrders(ctx context.Context, orders []*feed.Order) error {
	var keys []feed.OrderKey
	var owners []id.UUID
	for _, o := range orders {
		a := b.accounts.Rows[o.ClientAccount]
		if len(b.orders.Ask(refOf(o.Key()))) == 0 || a == nil {
			continue
		}
		key := o.Key()
		for _, spelling := range a.ServerSpellings() {
			key.Server = spelling
			for _, row := range a.Rows() {
				keys, owners = append(keys, key), append(owners, row.PartnerID)
			}
		}
	}
	found, err := b.tx.Orders(ctx, keys, owners)
	if err != nil {
		return err
	}
	for _, r := range found {
		b.orders.Put(refOf(r.Order.Key()), r)
	}
	return nil
}

func (b *books) fetchConfiguration(ctx context.Context, w *wanted) error {
	if len(w.orders) == 0 {
		return nil
	}
	var names []string
	seen := map[string]bool{}
	for _, symbol := range w.symbols {
		if !seen[symbol] {
			seen[symbol] = true
			for _, plan := range b.plans {
				names = append(names, plan.Symbols(symbol)...)
			}
		}
	}
	if err := b.needInstruments(ctx, names...); err != nil {
		return err
	}
	currencies := map[string]bool{}
	for _, name := range names {
		for _, version := range b.instruments.Rows[name] {
			currencies[version.QuoteCurrency] = true
		}
	}
	for _, p := range b.partners.Rows {
		currencies[p.Currency] = true
	}
	for currency := range currencies {
		if err := b.needRates(ctx, currency, w.from, w.to); err != nil {
			return err
		}
	}
	return nil
}

func (b *books) fetchDays(ctx context.Context, w *wanted) error {
	var accountDays, partnerDays []DayKey
	var owners []id.UUID
	for i, o := range w.orders {
		a := b.accounts.Rows[o.ClientAccount].At(o.CloseTime)
		if a == nil {
			continue
		}
		day := w.days[i]
		accountDays = append(accountDays, DayKey{a.PartnerID, day, a.ClientAccount})
		for p := b.partners.Rows[a.PartnerID]; p != nil; p = b.parentAt(p, o.CloseTime) {
			partnerDays = append(partnerDays, DayKey{PartnerID: p.ID, Day: day})
			owners = append(owners, p.ID)
		}
	}
	if err := b.needAccountDays(ctx, accountDays...); err != nil {
		return err
	}
	if err := b.needPartnerDays(ctx, partnerDays...); err != nil {
		return err
	}
	if err := b.needPartnerTotals(ctx, owners...); err != nil {
		return err
	}
	return b.needServerDays(ctx, w.serverDays...)
}

func (b *books) fetchRebates(ctx context.Context, w *wanted) error {
	var accounts []rebate.AccountKey
	for _, o := range w.orders {
		if a := b.accounts.Rows[o.ClientAccount].At(o.CloseTime); a != nil {
			accounts = append(accounts, rebate.AccountKey{PartnerID: a.PartnerID, ClientAccount: a.ClientAccount})
		}
	}
	var booked []*reward.Reward
	for _, o := range w.tickets {
		booked = append(booked, b.tickets.Rows[o]...)
	}
	return b.rebates.Need(ctx, accounts, booked)
}

// fetchAgents loads the agents' links through which the accounts of orders and
// reversals came. It also loads the links of agents who become partners in this
// batch.
func (b *books) fetchAgents(ctx context.Context, w *wanted) error {
	var keys []agent.LinkKey
	for _, o := range w.orders {
		if a := b.accounts.Rows[o.ClientAccount].At(o.CloseTime); a != nil {
			keys = append(keys, agent.LinkKey{OwnerID: a.PartnerID, Code: a.LinkCode})
		}
	}
	for _, o := range w.tickets {
		for _, r := range b.tickets.Rows[o] {
			if a := b.accounts.Rows[r.Order.ClientAccount].With(r.PartnerID); a != nil {
				keys = append(keys, agent.LinkKey{OwnerID: a.PartnerID, Code: a.LinkCode})
			}
		}
	}
	if err := b.agents.Need(ctx, keys...); err != nil {
		return err
	}
	if len(w.orders) > 0 {
		for _, p := range b.agents.Agents() {
			if err := b.needRates(ctx, p.Currency, w.from, w.to); err != nil {
				return err
			}
		}
	}
	return b.agents.NeedRoutes(ctx, w.emails...)
}

func (b *books) fetchPayouts(ctx context.Context, w *wanted) error {
	return b.payouts.Need(ctx, w.payouts...)
}
