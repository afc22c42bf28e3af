package accrual

import (
	"context"
	"maps"
	"slices"

	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/ledger"
	"github.com/tributary-server/tributary/internal/partner"
	"github.com/tributary-server/tributary/internal/reward"
)

// A partner.changed gives a partner another parent from its date on. All partners
// below move along. The rewards of their orders stay the same, but others earn the
// overrides of the orders that close from this date on.

func wantPartnerChange(_ *books, w *wanted, c *feed.PartnerChange) {
	w.codes = append(w.codes, c.PartnerCode, c.ParentCode)
}

func (b *books) partnerChanged(ctx context.Context, f *feed.Fact, in *feed.PartnerChange) (effect, error) {
	partnerID, _, known := b.code(in.PartnerCode)
	if !known {
		return effect{wait: feed.CodeKey(in.PartnerCode)}, nil
	}
	change := partner.Change{PartnerID: partnerID, From: f.At, FactID: f.ID, SetsParent: in.ParentCode != "" || in.LosesParent(), Country: in.Country}
	if in.ParentCode != "" {
		parentID, _, known := b.code(in.ParentCode)
		if !known {
			return effect{wait: feed.CodeKey(in.ParentCode)}, nil
		}
		if parentID == partnerID {
			return refuse("invalid", "parent_code: a partner cannot be its own parent"), nil
		}
		change.ParentID = &parentID
	}
	if err := b.flush(ctx); err != nil {
		return effect{}, err
	}
	changed, err := partner.Changed(ctx, b.tx.q)
	if err != nil {
		return effect{}, err
	}
	if err := b.needPartners(ctx, append(changed, partnerID)...); err != nil {
		return effect{}, err
	}
	if change.ParentID != nil {
		if err := b.needPartners(ctx, *change.ParentID); err != nil {
			return effect{}, err
		}
	}
	before := make(map[id.UUID]*partner.Partner, len(b.partners.Rows))
	for partnerID, p := range b.partners.Rows {
		if p != nil {
			was := *p
			before[partnerID] = &was
		}
	}
	b.partners.Rows[partnerID].AddChange(change)
	partner.Settle(b.partners.Rows)
	for _, p := range b.partners.Rows {
		if p != nil && !partner.SameChanges(before[p.ID], p) {
			b.changes.ChangedPartners = append(b.changes.ChangedPartners, p)
		}
	}
	if err := b.flush(ctx); err != nil {
		return effect{}, err
	}
	return effect{}, b.rechain(ctx, f, before)
}

// overrideDepth returns the number of partners above an order's partner who can earn
// from the order.
func (b *books) overrideDepth() int { return reward.OverrideDepth(b.plans) }

// rechain books the overrides again that other partners earn than before. before has
// the partners as they were.
func (b *books) rechain(ctx context.Context, f *feed.Fact, before map[id.UUID]*partner.Partner) error {
	below, err := b.below(ctx, before)
	if err != nil {
		return err
	}
	if len(below) > 0 { // an override of the former parent may have been too large for an order
		b.releaseWaiting(refusedPrefix + "out_of_range")
	}
	for _, partnerID := range below {
		for _, above := range b.aboveEver(b.partners.Rows[partnerID]) {
			b.releaseWaiting(feed.RateKey(above.Currency))
		}
		for _, s := range partner.ChainChanges(before, b.partners.Rows, b.partners.Rows[partnerID], b.overrideDepth()) {
			if err := b.reoverride(ctx, f, partnerID, s); err != nil {
				return err
			}
		}
	}
	return nil
}

// below returns the partners for whom a change of parents can matter: those whose
// parents have changed, and those who are below them at any time, as far down as
// overrides reach.
func (b *books) below(ctx context.Context, before map[id.UUID]*partner.Partner) ([]id.UUID, error) {
	var moved []id.UUID
	for partnerID, was := range before {
		if !partner.SameParents(was, b.partners.Rows[partnerID]) {
			moved = append(moved, partnerID)
		}
	}
	list, err := partner.Below(ctx, b.tx.q, moved, b.overrideDepth()-1)
	if err != nil {
		return nil, err
	}
	return list, b.needPartners(ctx, list...)
}

// aboveEver returns everyone who is above a partner at some time.
func (b *books) aboveEver(p *partner.Partner) []*partner.Partner {
	return partner.AboveEver(b.partners.Rows, p)
}

// reoverridePart is the maximum number of orders whose overrides are booked again
// between two saves.
const reoverridePart = 500

// reoverride books the overrides of a partner's orders of a time again.
func (b *books) reoverride(ctx context.Context, f *feed.Fact, partnerID id.UUID, s partner.Span) error {
	if b.overrideDepth() == 0 {
		return nil
	}
	var after *reward.Reward
	for {
		rows, err := b.tx.PartnerRewards(ctx, partnerID, s, after, reoverridePart)
		if err != nil || len(rows) == 0 {
			return err
		}
		orders := 0
		for _, r := range rows {
			if r.Kind == reward.ForOrder {
				after, orders = r, orders+1
			}
		}
		if err := b.reoverrideOrders(ctx, f, partnerID, rows); err != nil {
			return err
		}
		if orders < reoverridePart {
			return nil
		}
	}
}

// reoverrideOrders books the overrides of orders again. rows has the rewards of the
// orders, with their reversals and reinstatements.
func (b *books) reoverrideOrders(ctx context.Context, f *feed.Fact, partnerID id.UUID, rows []*reward.Reward) error {
	recorded, err := b.tx.overridesOf(ctx, b.aboveEver(b.partners.Rows[partnerID]), partnerID, rows)
	if err != nil {
		return err
	}
	var again []reward.Override
	changed, held := map[orderRef]*reward.Reward{}, map[orderRef]bool{}
	for _, r := range rows {
		if r.Kind != reward.ForOrder {
			continue
		}
		ref := refOf(r.Order.Key())
		was := recorded[ref]
		is, missing, err := b.overridesAgain(ctx, r, was)
		switch {
		case err != nil:
			return err
		case missing != (effect{}):
			held[ref] = true
		case !sameOverrides(was, is):
			changed[ref] = r
			again = append(again, is...)
			for i := range was {
				if err := b.bookOverride(ctx, &was[i], -1, ledger.Correction, f.ID); err != nil {
					return err
				}
			}
			b.changes.UndoneOverrides = append(b.changes.UndoneOverrides, was...)
		}
	}
	if err := b.flush(ctx); err != nil {
		return err
	}
	for i := range again {
		if err := b.bookOverride(ctx, &again[i], 1, ledger.Override, b.batchID); err != nil {
			return err
		}
	}
	b.changes.Overrides = append(b.changes.Overrides, again...)
	for _, r := range rows {
		order := changed[refOf(r.Order.Key())]
		if r.Kind == reward.ForOrder || order == nil {
			continue
		}
		posting := ledger.Reinstatement
		if r.Kind.Reverses() {
			posting = ledger.Reversal
		}
		if err := b.changeOverrides(ctx, order, r.Kind, r.Day, posting); err != nil {
			return err
		}
	}
	return b.holdOrders(ctx, f, rows, held)
}

// overridesAgain computes the overrides of a booked order with the partners who are
// above now. Apart from that, the order keeps its terms and rates. recorded has the
// overrides as they are booked.
func (b *books) overridesAgain(ctx context.Context, r *reward.Reward, recorded []reward.Override) ([]reward.Override, effect, error) {
	plan, err := b.planOf(&r.Terms)
	if err != nil {
		return nil, effect{}, err
	}
	ref := refOf(r.Order.Key())
	b.keep(r, recorded)
	b.keeping = b.kept[ref]
	delete(b.kept, ref)
	defer func() { b.keeping = nil }()
	return b.computeOverrides(ctx, plan, r)
}

// sameOverrides reports whether the overrides of an order are those of another list,
// which has none of reversals and reinstatements.
func sameOverrides(recorded, is []reward.Override) bool {
	booked := slices.DeleteFunc(slices.Clone(recorded), func(o reward.Override) bool { return o.Kind != reward.ForOrder })
	slices.SortFunc(booked, func(x, y reward.Override) int { return x.Depth - y.Depth })
	return slices.EqualFunc(booked, is, func(x, y reward.Override) bool {
		return x.PartnerID == y.PartnerID && x.Depth == y.Depth && x.Amount == y.Amount
	})
}

// holdOrders removes orders from the books that have to wait again, because the rate
// of a new parent's currency is missing.
func (b *books) holdOrders(ctx context.Context, f *feed.Fact, rows []*reward.Reward, held map[orderRef]bool) error {
	var undone []*reward.Reward
	for _, r := range rows {
		if held[refOf(r.Order.Key())] {
			undone = append(undone, r)
		}
	}
	if len(undone) == 0 {
		return b.flush(ctx)
	}
	touched := map[string]bool{}
	for _, r := range undone {
		if err := b.needAccounts(ctx, r.Order.ClientAccount); err != nil {
			return err
		}
		touched[r.Order.ClientAccount] = true
		if err := b.undoOne(ctx, f, b.accounts.Rows[r.Order.ClientAccount].With(r.PartnerID), r); err != nil {
			return err
		}
	}
	if err := b.dropChanges(ctx, undone); err != nil {
		return err
	}
	if err := b.flush(ctx); err != nil {
		return err
	}
	if err := b.redo(ctx, undone, revisedTerms{}); err != nil {
		return err
	}
	for _, number := range slices.Sorted(maps.Keys(touched)) {
		if err := b.rebooked(ctx, b.accounts.Rows[number].With(undone[0].PartnerID)); err != nil {
			return err
		}
	}
	return nil
}
