package level

import (
	"context"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/ledger"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/partner"
	"github.com/tributary-server/tributary/internal/reward"
)

// WorkingSet updates progress rewards when rewards are booked or removed after a
// review. The progress reward for an order therefore does not depend on whether the
// order arrived before or after the review. The decision of the review does not
// change. A WorkingSet belongs to one transaction, which must hold a Lock.
//
// It reads nothing for an order if the partner's level has not changed since the
// order closed.
type WorkingSet struct {
	q      db.Querier
	ledger *ledger.WorkingSet

	rises db.Known[id.UUID, []*Review]
	rows  db.Known[rowKey, map[reward.Kind]*Row]

	added, removed []*Row
	sums           map[*Review]*Sums // what to add to the stored sums
}

// rowKey identifies the rows of an order.
type rowKey struct {
	partnerID     id.UUID
	clientAccount string
	ticket        int64
	part          int
}

func keyOf(r *reward.Reward) rowKey {
	return rowKey{r.PartnerID, r.Order.ClientAccount, r.Order.Ticket, r.Order.Part}
}

// NewWorkingSet returns an empty WorkingSet for one transaction. It adds its ledger
// entries to the given working set of the ledger.
func NewWorkingSet(q db.Querier, entries *ledger.WorkingSet) *WorkingSet {
	return &WorkingSet{
		q: q, ledger: entries, rises: db.NewKnown[id.UUID, []*Review](), rows: db.NewKnown[rowKey, map[reward.Kind]*Row](), sums: map[*Review]*Sums{},
	}
}

// Book adds the reward of an order to the progress reward of its month, if there is
// one. The caller passes the plan of the reward.
func (w *WorkingSet) Book(ctx context.Context, p *partner.Partner, plan *reward.Plan, r *reward.Reward) error {
	if !p.LevelChangesAfter(r.Day) {
		return nil
	}
	review, err := w.rise(ctx, p.ID, func(v *Review) bool { return v.PeriodStart <= r.Day && r.Day <= *v.PaidThrough })
	if err != nil || review == nil {
		return err
	}
	row, err := review.rowOf(plan, r)
	if err != nil || row == nil {
		return err
	}
	if _, err := w.recordedRows(ctx, keyOf(r)); err != nil {
		return err
	}
	w.add(p, review, row)
	return nil
}

// Change adds the row of a reversal or a reinstatement to the progress reward of its
// order, if there is one. The caller passes the booked reversal or reinstatement.
func (w *WorkingSet) Change(ctx context.Context, p *partner.Partner, change *reward.Reward) error {
	row, review, err := w.find(ctx, p, change, reward.ForOrder)
	if err != nil || row == nil {
		return err
	}
	w.add(p, review, row.forChange(change.Kind, change.Order.CloseTime))
	return nil
}

// Undo removes the row of a removed reward from its progress reward, if there is one.
func (w *WorkingSet) Undo(ctx context.Context, p *partner.Partner, r *reward.Reward) error {
	row, review, err := w.find(ctx, p, r, r.Kind)
	if err != nil || row == nil {
		return err
	}
	delete(w.rows.Rows[keyOf(r)], r.Kind)
	w.removed = append(w.removed, row)
	w.post(review, row, -1)
	return nil
}

// find returns the row of the given kind for a reward's order, and the review to
// which the row belongs. It returns nil if there is no such row.
func (w *WorkingSet) find(ctx context.Context, p *partner.Partner, r *reward.Reward, kind reward.Kind) (*Row, *Review, error) {
	if len(p.Levels) == 0 {
		return nil, nil, nil
	}
	recorded, err := w.recordedRows(ctx, keyOf(r))
	row := recorded[kind]
	if err != nil || row == nil {
		return nil, nil, err
	}
	review, err := w.rise(ctx, p.ID, func(v *Review) bool { return v.ProgressID == row.ProgressID })
	return row, review, err
}

func (w *WorkingSet) add(p *partner.Partner, review *Review, row *Row) {
	row.ID = p.Number()
	w.rows.Rows[row.key()][row.Kind] = row
	w.added = append(w.added, row)
	w.post(review, row, 1)
}

func (w *WorkingSet) post(review *Review, row *Row, sign int64) {
	sums := w.sums[review]
	if sums == nil {
		sums = &Sums{}
		w.sums[review] = sums
	}
	sums.add(row, sign)
	w.ledger.Add(ledger.Reason{PartnerID: review.PartnerID, Kind: ledger.ProgressReward, Cause: review.cause()}, ledger.Entry{
		Account: ledger.Wallet, Currency: review.Currency, Amount: money.Amount(sign) * row.Amount, AmountUSD: money.Amount(sign) * row.AmountUSD,
	})
}

// rise returns the partner's first review that raised the level and that fits accepts.
// It returns nil if there is none.
func (w *WorkingSet) rise(ctx context.Context, partnerID id.UUID, fits func(*Review) bool) (*Review, error) {
	if len(w.rises.Ask(partnerID)) > 0 {
		found, err := reviewsOf(ctx, w.q, partnerID, clock.Day(0))
		if err != nil {
			return nil, err
		}
		w.rises.Put(partnerID, found)
	}
	for _, v := range w.rises.Rows[partnerID] {
		if v.PaidThrough != nil && fits(v) {
			return v, nil
		}
	}
	return nil, nil //nolint:nilnil // most orders are in no progress reward
}

func (w *WorkingSet) recordedRows(ctx context.Context, key rowKey) (map[reward.Kind]*Row, error) {
	if len(w.rows.Ask(key)) > 0 {
		found, err := rowsOf(ctx, w.q, key)
		if err != nil {
			return nil, err
		}
		byKind := map[reward.Kind]*Row{}
		for _, row := range found {
			byKind[row.Kind] = row
		}
		w.rows.Put(key, byKind)
	}
	return w.rows.Rows[key], nil
}

// Save writes the collected rows and sums. The ledger's working set writes the
// postings. The caller must also save the partners, because the new rows took their
// ids from them.
func (w *WorkingSet) Save(ctx context.Context) error {
	for _, row := range w.removed {
		if err := deleteRow(ctx, w.q, row); err != nil {
			return err
		}
	}
	if err := rows.Insert(ctx, w.q, w.added...); err != nil {
		return err
	}
	for review, sums := range w.sums {
		if err := addSums(ctx, w.q, review, *sums, nil); err != nil {
			return err
		}
	}
	w.added, w.removed = nil, nil
	clear(w.sums)
	return nil
}
