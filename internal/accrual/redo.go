package accrual

import (
	"context"

	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/rebate"
	"github.com/tributary-server/tributary/internal/reward"
)

// dropChanges deletes the reversals and reinstatements of removed orders from
// the store. They stay in memory, so that redo can insert them again.
func (b *books) dropChanges(ctx context.Context, undone []*reward.Reward) error {
	for _, r := range undone {
		if r.Kind != reward.ForOrder {
			continue
		}
		if err := b.needOrderChanges(ctx, rebate.AccountKey{PartnerID: r.PartnerID, ClientAccount: r.Order.ClientAccount}); err != nil {
			return err
		}
		if ref := refOf(r.Order.Key()); len(b.changed.Rows[ref.ClientAccount][ref]) > 0 {
			b.changes.DroppedChanges = append(b.changes.DroppedChanges, OwnedOrder{r.PartnerID, ref.ClientAccount, ref.Ticket, ref.Part})
		}
	}
	return nil
}

// redo books removed orders again, followed by their reversals and
// reinstatements. The orders keep their former terms, except for terms that the
// late fact changes.
func (b *books) redo(ctx context.Context, rows []*reward.Reward, what revisedTerms) error {
	for _, r := range rows {
		if r.Kind != reward.ForOrder {
			continue
		}
		order, ref := r.Order, refOf(r.Order.Key())
		done, err := b.accrueAgain(ctx, r.FactID, &order, what)
		if err != nil {
			return err
		}
		changes := b.changed.Rows[ref.ClientAccount][ref]
		if done != (effect{}) {
			b.holdAgain(&feed.Fact{ID: r.FactID, Type: feed.OrderClosed, At: order.CloseTime, Body: &order}, done)
			b.holdChanges(&order, changes)
			continue
		}
		booked := b.orders.Rows[ref]
		for i := range changes {
			changes[i].PartnerID = booked.PartnerID
		}
		b.changes.OrderChanges = append(b.changes.OrderChanges, changes...)
		for i, c := range inEffect(changes) {
			if err := b.bookChange(ctx, booked, reward.Kind(i+1), &c); err != nil {
				return err
			}
		}
	}
	return nil
}

// accrueAgain is like accrue, for an order that was removed.
func (b *books) accrueAgain(ctx context.Context, factID string, o *feed.Order, what revisedTerms) (effect, error) {
	ref := refOf(o.Key())
	b.keeping = b.kept[ref]
	delete(b.kept, ref)
	delete(b.keeping.rates, what.currency)
	b.keeping.instrument = what.instrument
	defer func() { b.keeping = nil }()
	return b.accrue(ctx, factID, o)
}

// holdChanges makes the reversals and reinstatements of an order wait, because
// the order itself waits again.
func (b *books) holdChanges(o *feed.Order, changes []OrderChange) {
	for _, c := range changes {
		back := feed.Fact{ID: c.FactID, Type: feed.OrderReversed, At: c.At}
		if c.Reinstates {
			back.Type = feed.OrderReinstated
		}
		in := &feed.Reversal{Server: o.Server, Ticket: o.Ticket, Part: o.Part, ClientAccount: o.ClientAccount, Reason: c.Reason}
		back.Body = in
		b.holdAgain(&back, effect{wait: feed.OrderKeyOf(in)})
	}
	ref := refOf(o.Key())
	delete(b.changed.Rows[ref.ClientAccount], ref)
}

// holdAgain makes a booked fact wait, as if it had just arrived. It is called
// if the account has a new partner or type, for which the fact needs another
// fact that is missing.
func (b *books) holdAgain(f *feed.Fact, missing effect) {
	b.wait(f, missing.waitsFor())
	if o, is := f.Body.(*feed.Order); is {
		delete(b.orders.Rows, refOf(o.Key()))
	}
	b.reversalsWait = nil
}
