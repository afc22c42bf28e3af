package accrual

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/tributary-server/tributary/internal/attribution"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/ledger"
	"github.com/tributary-server/tributary/internal/reward"
)

// A fact about whose an account is, or of what type, can arrive after orders
// that it decides about. Then the recorded rewards are taken out by correction
// postings on their own days and booked anew, so that the books are the same
// in whatever order the facts came.

// typeChanged changes an account's type from a moment on.
func (b *books) typeChanged(ctx context.Context, f *feed.Fact, in *feed.TypeChange) (effect, error) {
	a := b.accounts.rows[in.ClientAccount]
	if a == nil {
		return effect{wait: waitAccount(in.ClientAccount)}, nil
	}
	b.typeFrom(a, attribution.TypeFrom{At: f.At, FactID: f.ID, Type: in.AccountType})
	// Orders that no formula fitted may have one now.
	b.arrived(refusedPrefix+"no_formula", refusedPrefix+"out_of_range")
	if a.Orders == 0 {
		return effect{}, nil
	}
	if err := b.flush(ctx); err != nil {
		return effect{}, err
	}
	days, err := b.tx.DaysFrom(ctx, a.PartnerID, a.ClientAccount, b.day(f.At))
	if err != nil {
		return effect{}, err
	}
	for _, day := range days { // their type is the one at the day's end
		if _, err := b.accountDay(ctx, a, day.Day); err != nil {
			return effect{}, err
		}
	}
	return effect{}, b.rebook(ctx, f, a, f.At, func(r *reward.Reward) bool {
		return r.AccountType != a.TypeAt(r.Order.CloseTime)
	})
}

// reattribute looks whether accounts opened after a change of partner were
// attributed before the change was known.
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
	for _, stored := range accounts {
		a := b.accounts.rows[stored.ClientAccount]
		b.accounts.put(a.ClientAccount, a)
		if a.TypedCode != "" {
			continue
		}
		owner, code := b.histories.rows[clientUID].At(a.OpenedAt)
		if owner == a.PartnerID {
			if err := b.relink(ctx, f, a, code); err != nil {
				return err
			}
			continue
		}
		if err := b.reassign(ctx, f, a, owner, code); err != nil {
			return fmt.Errorf("account %s: %w", a.ClientAccount, err)
		}
	}
	return nil
}

// relink counts an account under another code of the same partner. Its rewards
// stay as they are, but where one of the codes is a referral agent's.
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
		if _, err := b.accountDay(ctx, a, day.Day); err != nil { // takes the account's code
			return err
		}
	}
	return b.reshare(ctx, a, shared)
}

// reassign gives an account to the partner it was really opened under.
func (b *books) reassign(ctx context.Context, f *feed.Fact, a *attribution.Account, owner id.UUID, code string) error {
	rows, err := b.undo(ctx, f, a, time.Time{}, func(*reward.Reward) bool { return true })
	if err != nil {
		return err
	}
	// Orders that waited for what the old partner lacked may need nothing now.
	b.changes.Woken = append(b.changes.Woken, a.ClientAccount)
	from, p := a.PartnerID, b.partners.rows[owner]
	a.LinkCode, a.FirstTradeDay, a.LastTradeDay = code, nil, nil
	a.PartnerID, a.Number = owner, p.Number()
	b.changes.MovedFrom = append(b.changes.MovedFrom, AccountMove{From: from, Account: a})
	b.dirty.partners[p], b.dirty.accounts[a] = true, true
	b.decide(a, f)
	if err := b.flush(ctx); err != nil {
		return err
	}
	if err := b.redo(ctx, rows); err != nil {
		return err
	}
	if err := b.flush(ctx); err != nil {
		return err
	}
	for _, partnerID := range []id.UUID{from, owner} {
		if err := b.recount(ctx, partnerID, a.ClientUID); err != nil {
			return err
		}
	}
	return b.flush(ctx)
}

// recount derives anew what a client's row takes from its accounts and
// deposits by minimum or maximum, which cannot be taken back one by one.
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
	for _, a := range accounts {
		if a.PartnerID != partnerID {
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

// rebook takes out the account's rewards from a moment on that are wrong, and
// books them anew.
func (b *books) rebook(ctx context.Context, f *feed.Fact, a *attribution.Account, from time.Time, wrong func(*reward.Reward) bool) error {
	rows, err := b.undo(ctx, f, a, from, wrong)
	if err != nil || len(rows) == 0 {
		return err
	}
	if err := b.flush(ctx); err != nil {
		return err
	}
	if err := b.redo(ctx, rows); err != nil {
		return err
	}
	return b.flush(ctx)
}

// undo takes rewards out of the books: orders that are wrong, and their reversals.
func (b *books) undo(ctx context.Context, f *feed.Fact, a *attribution.Account, from time.Time, wrong func(*reward.Reward) bool) ([]*reward.Reward, error) {
	rows, err := b.tx.AccountRewards(ctx, a.PartnerID, a.ClientAccount, from)
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
		if err := b.book(ctx, a, r, -1, ledger.Correction, f.ID); err != nil {
			return nil, err
		}
		if r.Kind == reward.ForOrder {
			if err := b.undoOverrides(ctx, f, r); err != nil {
				return nil, err
			}
		}
		b.changes.Undone = append(b.changes.Undone, Undone{Reward: r, FactID: f.ID})
		undone = append(undone, r)
	}
	return undone, nil
}

func (b *books) undoOverrides(ctx context.Context, f *feed.Fact, r *reward.Reward) error {
	recorded, err := b.overridesOf(ctx, r)
	if err != nil {
		return err
	}
	for i := range recorded {
		if err := b.bookOverride(ctx, &recorded[i], -1, ledger.Correction, f.ID); err != nil {
			return err
		}
	}
	b.changes.UndoneOverrides = append(b.changes.UndoneOverrides, recorded...)
	return nil
}

// redo books undone orders anew, then their reversals, under the terms they
// had but for what the late fact decides.
func (b *books) redo(ctx context.Context, rows []*reward.Reward) error {
	booked := map[feed.OrderKey]*reward.Reward{}
	for _, r := range rows {
		if r.Kind != reward.ForOrder {
			continue
		}
		order := r.Order
		done, err := b.accrue(ctx, r.FactID, &order, &r.Terms)
		if err != nil {
			return err
		}
		if done != (effect{}) {
			b.holdAgain(&feed.Fact{ID: r.FactID, Type: feed.OrderClosed, At: order.CloseTime, Body: &order}, done)
			continue
		}
		booked[order.Key()] = b.orders.rows[order.Key()]
	}
	for _, r := range rows {
		if r.Kind != reward.ForReversal {
			continue
		}
		back := feed.Fact{ID: r.FactID, Type: feed.OrderReversed, At: r.Order.CloseTime}
		if order := booked[r.Order.Key()]; order != nil {
			if err := b.takeBack(ctx, r.FactID, order, &back); err != nil {
				return err
			}
			continue
		}
		reversal := &feed.Reversal{Server: r.Order.Server, Ticket: r.Order.Ticket, Part: r.Order.Part, ClientAccount: r.Order.ClientAccount}
		back.Body = reversal
		b.holdAgain(&back, effect{wait: waitOrder(reversal)})
	}
	return nil
}

// holdAgain sends a booked fact back to the waiting room: what it needs with
// its new partner or type is not known yet, as if it had arrived only now.
func (b *books) holdAgain(f *feed.Fact, missing effect) {
	what := WaitsFor{Key: missing.wait}
	if missing.refuse != nil {
		what = WaitsFor{refusedPrefix + missing.refuse.Code, missing.refuse.Message}
	}
	b.wait(f, what)
	if o, is := f.Body.(*feed.Order); is {
		delete(b.orders.rows, o.Key())
	}
	b.reversalsWait = nil
}
