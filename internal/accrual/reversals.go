package accrual

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/ledger"
	"github.com/tributary-server/tributary/internal/partner"
	"github.com/tributary-server/tributary/internal/rebate"
	"github.com/tributary-server/tributary/internal/reward"
)

// A reversal cancels an order's reward on the reversal's own day. A
// reinstatement cancels a reversal, also on its own day. An order can have
// several of both, and they can arrive in any order. All of them are stored,
// and the latest one decides whether the reward counts.
//
// A reversal has an effect only if the reward is not reversed at that time. A
// reinstatement has an effect only if the reward is reversed. Those with an
// effect are booked as separate rewards. A late reversal or reinstatement can
// change which of the later ones have an effect. Corrections then cancel the
// later ones, and they are booked again.

// OrderChange is a reversal or a reinstatement of an order.
type OrderChange struct {
	PartnerID  id.UUID   `db:"partner_id"`
	Order      orderRef  `db:",inline"`
	FactID     string    `db:"fact_id"`
	At         time.Time `db:"at"`
	Reinstates bool      `db:"reinstated"`
	Reason     string    `db:"reason"`
}

// orderRef identifies an order within the programme. It has no server, because
// all orders of an account are on the same server.
type orderRef struct {
	ClientAccount string `db:"client_account"`
	Ticket        int64  `db:"ticket"`
	Part          int    `db:"part"`
}

func refOf(key feed.OrderKey) orderRef { return orderRef{key.ClientAccount, key.Ticket, key.Part} }

// OwnedOrder identifies an order of a partner.
type OwnedOrder struct {
	PartnerID     id.UUID
	ClientAccount string
	Ticket        int64
	Part          int
}

// needOrderChanges loads the changes of these accounts' orders, for all partners of
// the accounts.
func (b *books) needOrderChanges(ctx context.Context, keys ...rebate.AccountKey) error {
	var missing []rebate.AccountKey
	for _, key := range keys {
		if len(b.changed.Ask(key.ClientAccount)) > 0 {
			missing = append(missing, key)
			if a := b.accounts.Rows[key.ClientAccount]; a != nil {
				for _, row := range a.Rows() {
					if row.PartnerID != key.PartnerID {
						missing = append(missing, rebate.AccountKey{PartnerID: row.PartnerID, ClientAccount: key.ClientAccount})
					}
				}
			}
			b.changed.Rows[key.ClientAccount] = map[orderRef][]OrderChange{}
		}
	}
	if len(missing) == 0 {
		return nil
	}
	found, err := b.tx.OrderChanges(ctx, missing)
	for _, c := range found {
		rows := b.changed.Rows[c.Order.ClientAccount]
		rows[c.Order] = append(rows[c.Order], c)
	}
	return err
}

// inEffect returns the changes that have an effect, sorted by time. They
// alternate: a reversal, a reinstatement, a reversal, and so on.
func inEffect(changes []OrderChange) []OrderChange {
	changes = slices.Clone(changes)
	slices.SortFunc(changes, func(x, y OrderChange) int {
		reinstates := func(c OrderChange) int { // at the same time, a reversal comes before a reinstatement
			if c.Reinstates {
				return 1
			}
			return 0
		}
		return cmp.Or(x.At.Compare(y.At), cmp.Compare(reinstates(x), reinstates(y)), cmp.Compare(x.FactID, y.FactID))
	})
	var out []OrderChange
	for _, c := range changes {
		if reversed := len(out)%2 == 1; c.Reinstates == reversed {
			out = append(out, c)
		}
	}
	return out
}

func (b *books) orderReversed(ctx context.Context, f *feed.Fact, in *feed.Reversal) (effect, error) {
	return b.orderChanged(ctx, f, in, false)
}

func (b *books) orderReinstated(ctx context.Context, f *feed.Fact, in *feed.Reversal) (effect, error) {
	return b.orderChanged(ctx, f, in, true)
}

func (b *books) orderChanged(ctx context.Context, f *feed.Fact, in *feed.Reversal, reinstates bool) (effect, error) {
	order, booked, missing, err := b.orderNamed(ctx, in)
	if err != nil || order == nil {
		return missing, err
	}
	ref, a := refOf(order.Order.Key()), b.accounts.Rows[order.Order.ClientAccount].With(order.PartnerID)
	if err := b.needOrderChanges(ctx, rebate.AccountKey{PartnerID: a.PartnerID, ClientAccount: a.ClientAccount}); err != nil {
		return effect{}, err
	}
	changes := b.changed.Rows[a.ClientAccount]
	for _, was := range changes[ref] {
		if was.Reinstates == reinstates && was.At.Equal(f.At) {
			return effect{again: true}, nil
		}
	}
	if reinstates {
		totals, err := b.partnerTotals(ctx, order.PartnerID)
		if err != nil {
			return effect{}, err
		}
		if !totals.Fits(order.Adds()) {
			return refuse("out_of_range", "ticket: the sum of the partner's orders would be too large"), nil
		}
	}
	change := OrderChange{PartnerID: a.PartnerID, Order: ref, FactID: f.ID, At: f.At, Reinstates: reinstates, Reason: in.Reason}
	changes[ref] = append(changes[ref], change)
	b.changes.OrderChanges = append(b.changes.OrderChanges, change)
	return effect{}, b.rebookChanges(ctx, f, order, booked, inEffect(changes[ref]))
}

// orderNamed finds the order that a reversal refers to. It also returns the order's
// booked reversals and reinstatements, the oldest first. If the reversal has to
// wait or is refused, it returns no order, and an effect that says why.
func (b *books) orderNamed(ctx context.Context, in *feed.Reversal) (order *reward.Reward, booked []*reward.Reward, missing effect, err error) {
	key := ticketOf(in)
	if err := b.needTickets(ctx, key); err != nil {
		return nil, nil, effect{}, err
	}
	for _, r := range b.tickets.Rows[key] {
		if in.ClientAccount != "" && in.ClientAccount != r.Order.ClientAccount {
			continue
		}
		if order != nil && order.Order.ClientAccount != r.Order.ClientAccount {
			return nil, nil, refuse("ambiguous", "client_account: two accounts have the ticket %d; name the one that is meant", in.Ticket), nil
		}
		if order == nil || r.Kind == reward.ForOrder {
			order = r
		}
		if r.Kind != reward.ForOrder {
			booked = append(booked, r)
		}
	}
	if order == nil || order.Kind != reward.ForOrder {
		return nil, nil, effect{wait: feed.OrderKeyOf(in)}, nil
	}
	slices.SortFunc(booked, func(x, y *reward.Reward) int { return cmp.Compare(x.Kind, y.Kind) })
	return order, booked, effect{}, nil
}

// rebookChanges makes the booked reversals and reinstatements of an order match the
// wanted list. It keeps those at the start of both lists that are the same, removes
// the other booked ones, and books the rest of the wanted list.
func (b *books) rebookChanges(ctx context.Context, f *feed.Fact, order *reward.Reward, booked []*reward.Reward, want []OrderChange) error {
	same := 0
	for same < len(booked) && same < len(want) && booked[same].FactID == want[same].FactID {
		same++
	}
	if len(booked) > same {
		if err := b.unbook(ctx, f, booked[same:]); err != nil {
			return err
		}
	}
	for i := same; i < len(want); i++ {
		if err := b.bookChange(ctx, order, reward.Kind(i+1), &want[i]); err != nil {
			return err
		}
	}
	return nil
}

// unbook removes booked rows from the books, starting with the last row. It
// first saves this transaction's changes, because only stored rows can be
// removed.
func (b *books) unbook(ctx context.Context, f *feed.Fact, rows []*reward.Reward) error {
	if err := b.flush(ctx); err != nil {
		return err
	}
	for _, r := range slices.Backward(rows) {
		if err := b.undoOne(ctx, f, b.accounts.Rows[r.Order.ClientAccount].With(r.PartnerID), r); err != nil {
			return err
		}
	}
	return b.flush(ctx)
}

// bookChange books a reversal or a reinstatement on its own day, with the
// recorded amounts.
func (b *books) bookChange(ctx context.Context, order *reward.Reward, kind reward.Kind, c *OrderChange) error {
	a := b.accounts.Rows[order.Order.ClientAccount].With(order.PartnerID)
	posting := ledger.Reinstatement
	if kind.Reverses() {
		posting = ledger.Reversal
	}
	row := *order
	row.Kind, row.FactID, row.Day = kind, c.FactID, b.day(c.At)
	row.Order.CloseTime = c.At
	row.Result = order.Result.Changed(kind)
	if err := b.book(ctx, a, &row, 1, posting, b.batchID); err != nil {
		return err
	}
	if err := b.updateProgress(&row, func(p *partner.Partner) error { return b.levels.Change(ctx, p, &row) }); err != nil {
		return err
	}
	b.changes.Rewards = append(b.changes.Rewards, &row)
	b.putTicket(&row)
	return b.changeOverrides(ctx, order, kind, row.Day, posting)
}

// changeOverrides books a reversal or a reinstatement of the overrides that the
// partners above earned from an order.
func (b *books) changeOverrides(ctx context.Context, order *reward.Reward, kind reward.Kind, day clock.Day, posting ledger.Kind) error {
	recorded, err := b.overridesOf(ctx, order)
	if err != nil {
		return err
	}
	for _, o := range recorded {
		if o.Kind != reward.ForOrder {
			continue
		}
		o.Kind, o.Day = kind, day
		o.BaseUSD, o.AmountUSD, o.Amount = kind.Sign()*o.BaseUSD, kind.Sign()*o.AmountUSD, kind.Sign()*o.Amount
		if err := b.bookOverride(ctx, &o, 1, posting, b.batchID); err != nil {
			return err
		}
		b.changes.Overrides = append(b.changes.Overrides, o)
	}
	return nil
}
