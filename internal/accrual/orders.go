package accrual

import (
	"context"
	"errors"

	"github.com/tributary-server/tributary/internal/attribution"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/ledger"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/partner"
	"github.com/tributary-server/tributary/internal/reward"
)

func (b *books) orderClosed(ctx context.Context, f *feed.Fact, o *feed.Order) (effect, error) {
	if o.CloseTime.After(b.now.Add(futureLimit)) {
		return refuse("in_future", "close_time: more than a day after the programme's clock"), nil
	}
	order := o
	if a := b.accounts.Rows[o.ClientAccount]; a != nil {
		var wrong effect
		if order, wrong = onServer(a, o); order == nil {
			return wrong, nil
		}
	}
	if first := b.firstSource(order); first != nil {
		if first.Agrees(order, b.sameSymbol) {
			return effect{again: true}, nil
		}
		return refuse("conflict", "ticket: another fact reports order %s differently, and the first one applies", first.Key().ID()), nil
	}
	done, err := b.accrue(ctx, f.ID, order)
	if err != nil || done.refuse != nil {
		return done, err
	}
	if !b.redelivered { // an order is counted once, when it arrives, even if it has to wait
		b.countOrder(o, 1)
	}
	return done, nil
}

// countOrder adds an order to the totals of its server's day if sign is 1. It
// subtracts the order if sign is -1.
func (b *books) countOrder(o *feed.Order, sign int64) {
	key := ServerDayKey{feed.NormalServer(o.Server), b.day(o.CloseTime)}
	day := b.counts[key]
	if day == nil {
		day = &ServerOrders{ServerDayKey: key, Name: o.Server}
		b.counts[key] = day
	}
	day.Orders += sign
	day.Lots += money.Lots(sign) * o.Lots
}

// firstSource returns the order as an earlier fact reported it, or nil if there
// is no such fact. If o itself has been waiting, firstSource looks only at
// booked orders, because it would find o itself among the waiting orders.
func (b *books) firstSource(o *feed.Order) *feed.Order {
	if r := b.orders.Rows[refOf(o.Key())]; r != nil {
		return &r.Order
	}
	if b.redelivered {
		return nil
	}
	for _, place := range b.placesOf(o) {
		if first := b.waiting.Rows[place]; first != nil {
			return first
		}
	}
	return nil
}

// accrue books an order's reward with all its effects, or books nothing.
func (b *books) accrue(ctx context.Context, factID string, o *feed.Order) (effect, error) {
	a := b.accounts.Rows[o.ClientAccount].At(o.CloseTime)
	if a == nil {
		return effect{wait: feed.AccountKey(o.ClientAccount)}, nil
	}
	r, overrides, missing, err := b.compute(ctx, factID, a, o)
	if err != nil || missing != (effect{}) {
		return missing, err
	}
	totals, err := b.partnerTotals(ctx, r.PartnerID)
	if err != nil {
		return effect{}, err
	}
	if !totals.Fits(r.Adds()) {
		return refuse("out_of_range", "lots: the sum of the partner's orders would be too large"), nil
	}
	if err := b.book(ctx, a, r, 1, ledger.Reward, b.batchID); err != nil {
		return effect{}, err
	}
	err = b.updateProgress(r, func(p *partner.Partner) error {
		plan, err := b.planOf(&r.Terms)
		if err != nil {
			return err
		}
		return b.levels.Book(ctx, p, plan, r)
	})
	if err != nil {
		return effect{}, err
	}
	b.changes.Rewards = append(b.changes.Rewards, r)
	b.orders.Put(refOf(o.Key()), r)
	for i := range overrides {
		if err := b.bookOverride(ctx, &overrides[i], 1, ledger.Override, b.batchID); err != nil {
			return effect{}, err
		}
	}
	b.changes.Overrides = append(b.changes.Overrides, overrides...)
	return effect{}, b.orderArrived(ctx, r)
}

// compute computes an order's reward and the overrides of the partners above,
// without changing the books. It also checks the agent's share. The caller
// therefore learns of a missing rate or plan before anything is booked.
func (b *books) compute(
	ctx context.Context, factID string, a *attribution.Account, o *feed.Order,
) (*reward.Reward, []reward.Override, effect, error) {
	p := b.partners.Rows[a.PartnerID]
	day, accountType := b.day(o.CloseTime), a.TypeAt(o.CloseTime)
	with, missing, err := b.inForce(ctx, o, day)
	if err != nil || missing != (effect{}) {
		return nil, nil, missing, err
	}
	rate, there, err := b.rateOn(ctx, p.Currency, day)
	if err != nil || !there {
		return nil, nil, effect{wait: feed.RateKey(p.Currency)}, err
	}
	with.AccountRate, with.Currency = rate, p.Currency
	with.Level, with.AccountType = p.LevelAt(day), accountType
	with.Whose = reward.Whose{PartnerID: p.ID, Country: a.Country, LinkCode: a.LinkCode, Currency: a.Currency}
	terms, err := reward.NewTerms(with)
	if none, is := errors.AsType[*reward.NoFormulaError](err); is {
		return nil, nil, hold(string(none.Outcome), none.Error()), nil
	}
	if err != nil {
		return nil, nil, refuse("out_of_range", "%v", err), nil
	}
	result, err := reward.Compute(o, &terms)
	if errors.Is(err, money.ErrTooLarge) {
		return nil, nil, refuse("out_of_range", "%v", err), nil
	}
	if err != nil {
		return nil, nil, effect{}, err
	}
	if p.ID == id.Nil {
		result = result.ForHouse()
	}
	r := &reward.Reward{
		PartnerID: p.ID, Kind: reward.ForOrder, FactID: factID, Order: *o, Account: a.Number, ClientUID: a.ClientUID, AccountType: accountType,
		Platform: a.Platform, Day: day, Terms: terms, Result: result,
	}
	overrides, missing, err := b.computeOverrides(ctx, with.Plan, r)
	if err != nil || missing != (effect{}) {
		return nil, nil, missing, err
	}
	missing, err = b.shareable(ctx, a, r)
	return r, overrides, missing, err
}

// inForce finds the plan, the instrument and the rate of the quote currency
// that are in force when an order closes. An order that is booked again keeps
// its earlier plan, instrument and rate, unless a correction changes them.
func (b *books) inForce(ctx context.Context, o *feed.Order, day clock.Day) (reward.Context, effect, error) {
	with := reward.Context{Day: day, Plan: reward.InForce(b.plans, o.CloseTime)}
	if b.keeping != nil {
		plan, err := b.planOf(b.keeping.terms)
		if err != nil {
			return with, effect{}, err
		}
		with.Plan = plan
	}
	if b.keeping != nil && !b.keeping.instrument {
		with.Instrument = b.keeping.terms.Traded()
	} else {
		instrument, err := b.instrument(ctx, with.Plan, o)
		if err != nil {
			return with, effect{}, err
		}
		if instrument == nil {
			return with, effect{wait: feed.InstrumentKey(feed.NormalSymbol(o.Symbol))}, nil
		}
		with.Instrument = instrument
	}
	rate, known, err := b.rateOn(ctx, with.Instrument.QuoteCurrency, day)
	if err != nil || !known {
		return with, effect{wait: feed.RateKey(with.Instrument.QuoteCurrency)}, err
	}
	with.QuoteRate = rate
	return with, effect{}, nil
}

// computeOverrides computes the overrides that the partners above earn from a
// reward.
func (b *books) computeOverrides(ctx context.Context, plan *reward.Plan, r *reward.Reward) ([]reward.Override, effect, error) {
	var out []reward.Override
	if r.Result.RewardUSD == 0 {
		return nil, effect{}, nil
	}
	above := b.parentAt(b.partners.Rows[r.PartnerID], r.Order.CloseTime)
	amounts, err := reward.OverridesOf(plan, &r.Order, &r.Terms, r.Result.RewardUSD)
	if err != nil {
		return nil, effect{}, err
	}
	for i, usd := range amounts {
		if above == nil {
			break
		}
		rate, known, err := b.rateOn(ctx, above.Currency, r.Day)
		if err != nil || !known {
			return nil, effect{wait: feed.RateKey(above.Currency)}, err
		}
		amount, err := reward.Convert(usd, rate)
		if err != nil {
			return nil, refuse("out_of_range", "override: %v", err), nil
		}
		if usd != 0 {
			out = append(out, reward.Override{
				PartnerID: above.ID, SubPartnerID: r.PartnerID, Key: r.Order.Key(), Kind: r.Kind, Depth: i + 1, Day: r.Day,
				Percent: plan.OverridePercents[i], BaseUSD: r.Result.RewardUSD, AmountUSD: usd, Amount: amount, Currency: above.Currency, AccountRate: rate,
			})
		}
		above = b.parentAt(above, r.Order.CloseTime)
	}
	return out, effect{}, nil
}

// orderArrived releases the reversals that arrived before their order.
func (b *books) orderArrived(ctx context.Context, r *reward.Reward) error {
	b.putTicket(r)
	if b.reversalsWait == nil {
		waiting, err := b.tx.AnyWaiting(ctx, feed.KindOrder+":")
		if err != nil {
			return err
		}
		b.reversalsWait = &waiting
	}
	if *b.reversalsWait {
		for _, name := range b.accounts.Rows[r.Order.ClientAccount].ServerNames() {
			b.releaseWaiting(feed.OrderPlaceKey(feed.OrderKey{Server: name, Ticket: r.Order.Ticket, Part: r.Order.Part}))
		}
	}
	return nil
}

// overridesOf returns the overrides that were booked for an order, with the
// recorded amounts.
func (b *books) overridesOf(ctx context.Context, r *reward.Reward) ([]reward.Override, error) {
	var above []id.UUID
	for _, p := range b.aboveEver(b.partners.Rows[r.PartnerID]) {
		above = append(above, p.ID)
	}
	if len(above) == 0 {
		return nil, nil
	}
	recorded, err := b.tx.Overrides(ctx, above, r.PartnerID, r.Order.Key())
	if err != nil {
		return nil, err
	}
	for _, o := range b.changes.Overrides { // booked in this batch, so not stored yet
		if o.SubPartnerID == r.PartnerID && o.Key == r.Order.Key() {
			recorded = append(recorded, o)
		}
	}
	return recorded, nil
}
