package accrual

import (
	"context"

	"github.com/tributary-server/tributary/internal/attribution"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/ledger"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/partner"
	"github.com/tributary-server/tributary/internal/reward"
)

// wanted is what a batch will touch, read off its facts.
type wanted struct {
	codes, emails, accounts, symbols []string
	clients, histories               []id.UUID
	orders, tickets                  []feed.OrderKey
	serverDays                       []ServerDayKey
	from, to                         clock.Day // of the orders' closes
}

func (b *books) want(facts []feed.Fact) *wanted {
	w := &wanted{}
	for i := range facts {
		switch body := facts[i].Body.(type) {
		case *feed.Partner:
			w.codes = append(w.codes, body.PartnerCode, body.ParentCode)
			w.emails = append(w.emails, body.Email)
		case *feed.Client:
			w.codes = append(w.codes, body.PartnerCode)
			w.histories = append(w.histories, body.ClientUID)
		case *feed.ClientChange:
			w.codes = append(w.codes, body.PartnerCode)
			w.histories = append(w.histories, body.ClientUID)
		case *feed.Account:
			w.codes = append(w.codes, body.PartnerCode)
			w.histories = append(w.histories, body.ClientUID)
			w.accounts = append(w.accounts, body.ClientAccount)
		case *feed.TypeChange:
			w.accounts = append(w.accounts, body.ClientAccount)
		case *feed.Equity:
			w.accounts = append(w.accounts, body.ClientAccount)
		case *feed.Deposit:
			w.accounts = append(w.accounts, body.ClientAccount)
		case *feed.Order:
			w.order(body, b.day(body.CloseTime))
		case *feed.Reversal:
			w.tickets = append(w.tickets, feed.OrderKey{Server: body.Server, Ticket: body.Ticket, Part: body.Part})
		case *feed.Totals:
			if day, err := clock.ParseDay(body.Day); err == nil {
				w.serverDays = append(w.serverDays, ServerDayKey{body.Server, day})
			}
		}
	}
	return w
}

func (w *wanted) order(o *feed.Order, day clock.Day) {
	w.accounts = append(w.accounts, o.ClientAccount)
	w.symbols = append(w.symbols, feed.NormalSymbol(o.Symbol))
	w.serverDays = append(w.serverDays, ServerDayKey{o.Server, day})
	if len(w.orders) == 0 || day < w.from {
		w.from = day
	}
	if len(w.orders) == 0 || day > w.to {
		w.to = day
	}
	w.orders = append(w.orders, o.Key())
}

// prefetch loads what the facts will touch, in a few queries for all of them.
// What it misses is loaded when it is needed.
func (b *books) prefetch(ctx context.Context, facts []feed.Fact) error {
	var err error
	if b.plans == nil {
		if b.plans, err = b.tx.Plans(ctx); err != nil {
			return err
		}
	}
	w := b.want(facts)
	for _, step := range []func(context.Context, *wanted) error{
		b.fetchNames, b.fetchClients, b.fetchOrders, b.fetchConfiguration, b.fetchDays,
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
	if missing := b.emails.ask(w.emails...); len(missing) > 0 {
		found, err := b.tx.Emails(ctx, missing)
		if err != nil {
			return err
		}
		for email, owner := range found {
			b.emails.put(email, owner)
		}
	}
	return b.needAccounts(ctx, w.accounts...)
}

func (b *books) fetchClients(ctx context.Context, w *wanted) error {
	w.clients = append(w.clients, w.histories...)
	for _, number := range w.accounts {
		if a := b.accounts.rows[number]; a != nil {
			w.clients = append(w.clients, a.ClientUID)
		}
	}
	if err := b.needHistories(ctx, w.histories...); err != nil {
		return err
	}
	return b.needClients(ctx, w.clients...)
}

func (b *books) fetchOrders(ctx context.Context, w *wanted) error {
	missing := b.orders.ask(w.orders...)
	if len(missing) > 0 {
		// Each order with its account's partner, which leads the key.
		var keys []feed.OrderKey
		var owners []id.UUID
		for _, key := range missing {
			if a := b.accounts.rows[key.ClientAccount]; a != nil {
				keys, owners = append(keys, key), append(owners, a.PartnerID)
			}
		}
		found, err := b.tx.Orders(ctx, keys, owners)
		if err != nil {
			return err
		}
		for _, r := range found {
			b.orders.put(r.Order.Key(), r)
		}
	}
	if missing = b.waiting.ask(w.orders...); len(missing) > 0 && !b.redelivered {
		facts, err := b.tx.WaitingOrders(ctx, missing)
		if err != nil {
			return err
		}
		for i := range facts {
			if o, is := facts[i].Body.(*feed.Order); is {
				b.waiting.put(o.Key(), o)
			}
		}
	}
	return b.needTickets(ctx, w.tickets...)
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
		for _, version := range b.instruments.rows[name] {
			currencies[version.QuoteCurrency] = true
		}
	}
	for _, p := range b.partners.rows {
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
	for i, key := range w.orders {
		a := b.accounts.rows[key.ClientAccount]
		if a == nil {
			continue
		}
		day := w.serverDays[i].Day
		accountDays = append(accountDays, DayKey{a.PartnerID, day, a.ClientAccount})
		for p := b.partners.rows[a.PartnerID]; p != nil; p = b.parent(p) {
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
	if err := b.needBalances(ctx, owners...); err != nil {
		return err
	}
	return b.needServerDays(ctx, w.serverDays...)
}

func (b *books) needCodes(ctx context.Context, codes ...string) error {
	missing := b.codes.ask(codes...)
	if len(missing) == 0 {
		return nil
	}
	found, err := b.tx.Codes(ctx, missing)
	if err != nil {
		return err
	}
	owners := make([]id.UUID, 0, len(found))
	for code, owner := range found {
		b.codes.put(code, owner)
		owners = append(owners, owner)
	}
	return b.needPartners(ctx, owners...)
}

// needPartners loads partners and everybody above them.
func (b *books) needPartners(ctx context.Context, ids ...id.UUID) error {
	for missing := b.partners.ask(ids...); len(missing) > 0; missing = b.partners.ask(ids...) {
		found, err := b.tx.Partners(ctx, missing)
		if err != nil {
			return err
		}
		ids = ids[:0:0]
		for _, p := range found {
			b.partners.put(p.ID, p)
			if p.ParentID != nil {
				ids = append(ids, *p.ParentID)
			}
		}
	}
	return nil
}

func (b *books) parent(p *partner.Partner) *partner.Partner {
	if p.ParentID == nil {
		return nil
	}
	return b.partners.rows[*p.ParentID]
}

func (b *books) needAccounts(ctx context.Context, numbers ...string) error {
	missing := b.accounts.ask(numbers...)
	if len(missing) == 0 {
		return nil
	}
	found, err := b.tx.Accounts(ctx, missing)
	if err != nil {
		return err
	}
	return b.putAccounts(ctx, found)
}

func (b *books) putAccounts(ctx context.Context, found []*attribution.Account) error {
	owners := make([]id.UUID, 0, len(found))
	for _, a := range found {
		if b.accounts.rows[a.ClientAccount] == nil { // what is in memory is newer
			b.accounts.put(a.ClientAccount, a)
		}
		owners = append(owners, a.PartnerID)
	}
	return b.needPartners(ctx, owners...)
}

func (b *books) needHistories(ctx context.Context, clients ...id.UUID) error {
	missing := b.histories.ask(clients...)
	if len(missing) == 0 {
		return nil
	}
	events, err := b.tx.Events(ctx, missing)
	if err != nil {
		return err
	}
	var owners []id.UUID
	for _, e := range events {
		b.histories.rows[e.ClientUID] = append(b.histories.rows[e.ClientUID], e)
		owners = append(owners, e.PartnerID)
	}
	for _, uid := range missing {
		b.histories.rows[uid].Sort()
	}
	return b.needPartners(ctx, append(owners, id.Nil)...)
}

func (b *books) needClients(ctx context.Context, clients ...id.UUID) error {
	missing := b.clientsOf.ask(clients...)
	if len(missing) == 0 {
		return nil
	}
	found, err := b.tx.Clients(ctx, missing)
	if err != nil {
		return err
	}
	for _, c := range found {
		b.putClient(c)
		b.counted[c] = c.Status()
	}
	return nil
}

func (b *books) putClient(c *attribution.Client) {
	rows := b.clientsOf.rows[c.ClientUID]
	if rows == nil {
		rows = map[id.UUID]*attribution.Client{}
		b.clientsOf.put(c.ClientUID, rows)
	}
	rows[c.PartnerID] = c
}

func (b *books) needTickets(ctx context.Context, keys ...feed.OrderKey) error {
	var missing []feed.OrderKey
	for _, key := range keys {
		if len(b.tickets.ask(ticketKey{key.Server, key.Ticket, key.Part})) > 0 {
			missing = append(missing, key)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	found, err := b.tx.Tickets(ctx, missing)
	if err != nil {
		return err
	}
	var accounts []string
	for _, r := range found {
		b.putTicket(r)
		accounts = append(accounts, r.Order.ClientAccount)
	}
	return b.needAccounts(ctx, accounts...)
}

func (b *books) putTicket(r *reward.Reward) {
	key := ticketKey{r.Order.Server, r.Order.Ticket, r.Order.Part}
	b.tickets.rows[key] = append(b.tickets.rows[key], r)
}

func (b *books) needAccountDays(ctx context.Context, keys ...DayKey) error {
	missing := b.accountDays.ask(keys...)
	if len(missing) == 0 {
		return nil
	}
	found, err := b.tx.AccountDays(ctx, missing)
	for _, row := range found {
		b.accountDays.put(row.DayKey, row)
	}
	return err
}

func (b *books) needPartnerDays(ctx context.Context, keys ...DayKey) error {
	missing := b.partnerDays.ask(keys...)
	if len(missing) == 0 {
		return nil
	}
	found, err := b.tx.PartnerDays(ctx, missing)
	for _, row := range found {
		b.partnerDays.put(row.DayKey, row)
	}
	return err
}

func (b *books) needPartnerTotals(ctx context.Context, owners ...id.UUID) error {
	missing := b.totals.ask(owners...)
	if len(missing) == 0 {
		return nil
	}
	found, err := b.tx.PartnerTotals(ctx, missing)
	for _, row := range found {
		b.totals.put(row.PartnerID, row)
	}
	return err
}

func (b *books) needServerDays(ctx context.Context, keys ...ServerDayKey) error {
	missing := b.serverDays.ask(keys...)
	if len(missing) == 0 {
		return nil
	}
	found, err := b.tx.ServerDays(ctx, missing)
	for _, row := range found {
		b.serverDays.put(row.ServerDayKey, row)
	}
	return err
}

func (b *books) needBalances(ctx context.Context, owners ...id.UUID) error {
	missing := b.balances.ask(owners...)
	if len(missing) == 0 {
		return nil
	}
	found, err := b.tx.Balances(ctx, missing)
	if err != nil {
		return err
	}
	for _, owner := range missing {
		rows := map[balanceKey]*ledger.Balance{}
		for _, balance := range found[owner] {
			rows[balanceKey{balance.Account, balance.Currency}] = &balance
		}
		b.balances.put(owner, rows)
	}
	return nil
}

func (b *books) needInstruments(ctx context.Context, symbols ...string) error {
	missing := b.instruments.ask(symbols...)
	if len(missing) == 0 {
		return nil
	}
	found, err := b.tx.Instruments(ctx, missing)
	for _, version := range found {
		b.instruments.rows[version.Symbol] = append(b.instruments.rows[version.Symbol], version)
	}
	return err
}

// rateSpan is a currency's rates over some days.
type rateSpan struct {
	from, to clock.Day
	versions []RateVersion
}

func (b *books) needRates(ctx context.Context, currency string, from, to clock.Day) error {
	if currency == reward.USD {
		return nil
	}
	span := b.rates[currency]
	if span != nil && span.from <= from && to <= span.to {
		return nil
	}
	if span != nil {
		from, to = min(from, span.from), max(to, span.to)
	}
	versions, err := b.tx.Rates(ctx, []string{currency}, from, to)
	if err != nil {
		return err
	}
	for _, unsaved := range b.changes.Rates {
		if unsaved.Currency == currency {
			versions = append(versions, unsaved)
		}
	}
	b.rates[currency] = &rateSpan{from, to, versions}
	return nil
}

// rateOn returns the rate in force on a day: the newest at or before it.
func (b *books) rateOn(ctx context.Context, currency string, day clock.Day) (money.Rate, bool, error) {
	if currency == reward.USD {
		return reward.RateOfUSD, true, nil
	}
	if err := b.needRates(ctx, currency, day, day); err != nil {
		return 0, false, err
	}
	var best *RateVersion
	for i := range b.rates[currency].versions {
		v := &b.rates[currency].versions[i]
		if v.Day <= day && (best == nil || v.newer(best)) {
			best = v
		}
	}
	if best == nil {
		return 0, false, nil
	}
	return best.USD, true, nil
}

func (v *RateVersion) newer(than *RateVersion) bool {
	switch {
	case v.Day != than.Day:
		return v.Day > than.Day
	case !v.At.Equal(than.At):
		return v.At.After(than.At)
	default:
		return v.FactID > than.FactID
	}
}
