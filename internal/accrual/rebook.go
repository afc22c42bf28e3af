package accrual

import (
	"context"
	"math"
	"time"

	"github.com/tributary-server/tributary/internal/attribution"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/ledger"
	"github.com/tributary-server/tributary/internal/partner"
	"github.com/tributary-server/tributary/internal/rebate"
	"github.com/tributary-server/tributary/internal/reward"
)

// A fact about an account's owner or type can arrive after orders that depend
// on it. Correction postings then cancel the recorded rewards on their own
// days, and the orders are booked again. The resulting books are the same in
// whichever order the facts arrive.

func (b *books) typeChanged(ctx context.Context, f *feed.Fact, in *feed.TypeChange) (effect, error) {
	a := b.accounts.Rows[in.ClientAccount]
	if a == nil {
		return effect{wait: feed.AccountKey(in.ClientAccount)}, nil
	}
	b.typeFrom(a, attribution.TypeFrom{At: f.At, FactID: f.ID, Type: in.AccountType})
	// There may now be a formula for orders that wait because they had none.
	b.releaseWaiting(noFormula...)
	for _, row := range a.Rows() {
		if err := b.retype(ctx, f, row); err != nil {
			return effect{}, err
		}
	}
	return effect{}, nil
}

// retype is called after a late fact has changed the types of an account. It removes
// the orders for which this type is now another, and books them again.
func (b *books) retype(ctx context.Context, f *feed.Fact, a *attribution.Account) error {
	if a.Orders == 0 {
		return nil
	}
	if err := b.flush(ctx); err != nil {
		return err
	}
	days, err := b.tx.DaysFrom(ctx, a.PartnerID, a.ClientAccount, b.day(f.At))
	if err != nil {
		return err
	}
	for _, day := range days { // each account-day has the type in force at its end
		if _, err := b.accountDay(ctx, a, day.Day); err != nil {
			return err
		}
	}
	return b.rebook(ctx, f, a, f.At, func(r *reward.Reward) bool {
		return r.AccountType != a.TypeAt(r.Order.CloseTime)
	})
}

// reattribute moves the client's accounts to the partners to whom they belong. It
// is called after the client's history has changed.
func (b *books) reattribute(ctx context.Context, f *feed.Fact, clientUID id.UUID) error {
	if err := b.flush(ctx); err != nil {
		return err
	}
	accounts, err := b.tx.AccountsOf(ctx, []id.UUID{clientUID})
	if err != nil {
		return err
	}
	if err := b.putAccounts(ctx, accounts); err != nil {
		return err
	}
	for i, stored := range accounts {
		accounts[i] = b.accounts.Rows[stored.ClientAccount] // this row may have unsaved changes
	}
	return b.follow(ctx, f, clientUID, accounts...)
}

// relink changes the code of an account to another code of the same partner.
// The rewards do not change, unless one of the codes belongs to a referral
// agent or is named in a plan.
func (b *books) relink(ctx context.Context, f *feed.Fact, a *attribution.Account, code string) error {
	if code == a.LinkCode {
		return nil
	}
	shared, err := b.unshare(ctx, f, a, code)
	if err != nil {
		return err
	}
	a.LinkCode = code
	b.dirty.accounts[a] = true
	b.decide(a, f)
	days, err := b.tx.DaysFrom(ctx, a.PartnerID, a.ClientAccount, math.MinInt32)
	if err != nil {
		return err
	}
	for _, day := range days {
		if _, err := b.accountDay(ctx, a, day.Day); err != nil { // accountDay also sets the day's link code
			return err
		}
	}
	return b.reshare(ctx, a, shared)
}

// reassign moves an account to the partner to whom it really belongs. The caller then
// computes the client's sums again.
func (b *books) reassign(ctx context.Context, f *feed.Fact, a *attribution.Account, owner id.UUID, code string) error {
	rows, err := b.undo(ctx, f, a, time.Time{}, time.Time{}, func(*reward.Reward) bool { return true })
	if err != nil {
		return err
	}
	// Orders that waited because of the old partner may be able to take effect
	// now.
	b.changes.Woken = append(b.changes.Woken, a.ClientAccount)
	before, p := *a, b.partners.Rows[owner]
	a.LinkCode, a.FirstTradeDay, a.LastTradeDay = code, nil, nil
	a.PartnerID, a.Number = owner, p.Number()
	b.changes.MovedFrom = append(b.changes.MovedFrom, AccountMove{Before: &before, Account: a})
	b.dirty.partners[p], b.dirty.accounts[a] = true, true
	b.decide(a, f)
	if err := b.flush(ctx); err != nil {
		return err
	}
	return b.redo(ctx, rows, revisedTerms{})
}

// recount computes the client's sums, first days and last days again from its
// accounts and deposits. It would not be enough to subtract the moved account
// from the sums, because the first and last days cannot be found by
// subtraction.
func (b *books) recount(ctx context.Context, partnerID, clientUID id.UUID) error {
	c, err := b.client(ctx, partnerID, clientUID)
	if err != nil || c == nil {
		return err
	}
	accounts, err := b.tx.AccountsOf(ctx, []id.UUID{clientUID})
	if err != nil {
		return err
	}
	deposits, err := b.tx.Deposits(ctx, partnerID, clientUID)
	if err != nil {
		return err
	}
	c.FirstTradeDay, c.LastTradeDay, c.BalanceUSD, c.EquityUSD = nil, nil, 0, 0
	c.FirstDepositAt, c.FirstDepositFact, c.FirstDepositUSD, c.DepositsUSD = nil, "", 0, 0
	for _, present := range accounts {
		a := present.With(partnerID)
		if a == nil {
			continue
		}
		c.BalanceUSD += a.BalanceUSD
		c.EquityUSD += a.EquityUSD
		if a.FirstTradeDay != nil {
			attribution.Traded(&c.FirstTradeDay, &c.LastTradeDay, *a.FirstTradeDay)
			attribution.Traded(&c.FirstTradeDay, &c.LastTradeDay, *a.LastTradeDay)
		}
	}
	for _, d := range deposits {
		c.Deposited(d)
	}
	b.dirty.clients[c] = true
	return nil
}

// rebook removes an account's wrong rewards from a given time onwards, and
// books their orders again.
func (b *books) rebook(ctx context.Context, f *feed.Fact, a *attribution.Account, from time.Time, wrong func(*reward.Reward) bool) error {
	rows, err := b.undo(ctx, f, a, from, time.Time{}, wrong)
	if err != nil || len(rows) == 0 {
		return err
	}
	if err := b.flush(ctx); err != nil {
		return err
	}
	if err := b.redo(ctx, rows, revisedTerms{}); err != nil {
		return err
	}
	return b.flush(ctx)
}

// undo removes an account's wrong orders in a period from the books, with their
// reversals and reinstatements. It returns the removed rewards. If until is the zero
// time, the period has no end.
func (b *books) undo(
	ctx context.Context, f *feed.Fact, a *attribution.Account, from, until time.Time, wrong func(*reward.Reward) bool,
) ([]*reward.Reward, error) {
	rows, err := b.tx.AccountRewards(ctx, a, from, until)
	if err != nil {
		return nil, err
	}
	chosen := map[feed.OrderKey]bool{}
	for _, r := range rows {
		if r.Kind == reward.ForOrder && wrong(r) {
			chosen[r.Order.Key()] = true
		}
	}
	var undone []*reward.Reward
	for _, r := range rows {
		if !chosen[r.Order.Key()] {
			continue
		}
		if err := b.undoOne(ctx, f, a, r); err != nil {
			return nil, err
		}
		undone = append(undone, r)
	}
	return undone, b.dropChanges(ctx, undone)
}

// undoOne removes one reward, and the overrides of the partners above.
func (b *books) undoOne(ctx context.Context, f *feed.Fact, a *attribution.Account, r *reward.Reward) error {
	recorded, err := b.overridesOf(ctx, r)
	if err != nil {
		return err
	}
	b.keep(r, recorded)
	if err := b.book(ctx, a, r, -1, ledger.Correction, f.ID); err != nil {
		return err
	}
	if err := b.updateProgress(r, func(p *partner.Partner) error { return b.levels.Undo(ctx, p, r) }); err != nil {
		return err
	}
	b.changes.Undone = append(b.changes.Undone, Undone{Reward: r, FactID: f.ID})
	for _, o := range recorded {
		if o.Kind != r.Kind {
			continue
		}
		if err := b.bookOverride(ctx, &o, -1, ledger.Correction, f.ID); err != nil {
			return err
		}
		b.changes.UndoneOverrides = append(b.changes.UndoneOverrides, o)
	}
	return nil
}

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
