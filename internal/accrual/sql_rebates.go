package accrual

import (
	"context"
	"fmt"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/rebate"
)

// RebateGroups returns all terms of all groups that these partners ever had.
// Plan: the primary key's prefix.
func (tx SQLTx) RebateGroups(ctx context.Context, partners []id.UUID) (map[id.UUID][]rebate.GroupTerms, error) {
	type owned struct {
		PartnerID id.UUID `db:"partner_id"`
		rebate.GroupTerms
	}
	rows, err := db.All[owned](ctx, tx.q, `SELECT `+db.List("", db.ColumnsOf[owned]())+` FROM rebate_group_terms WHERE partner_id @anyid($1)`, partners)
	if err != nil {
		return nil, err
	}
	out := map[id.UUID][]rebate.GroupTerms{}
	for _, t := range rows {
		out[t.PartnerID] = append(out[t.PartnerID], t.GroupTerms)
	}
	return out, nil
}

// RebateAccounts returns the state of these accounts' rebates, terms included.
// Plan: both tables by their primary keys.
func (tx SQLTx) RebateAccounts(ctx context.Context, keys []rebate.AccountKey) ([]*rebate.AccountState, error) {
	list := rebate.AccountKeys(keys)
	out, err := rebate.AccountStates(ctx, tx.q, list)
	if err != nil {
		return nil, err
	}
	found := map[rebate.AccountKey]*rebate.AccountState{}
	for _, a := range out {
		found[a.AccountKey] = a
	}
	type owned struct {
		rebate.AccountKey
		rebate.AccountTerms
	}
	terms, err := db.All[owned](ctx, tx.q, `SELECT `+db.List("t", db.ColumnsOf[owned]())+`
		FROM @rows($1) CROSS JOIN rebate_account_terms t WHERE t.partner_id = @uuid(k.value->>0) AND t.client_account = k.value->>1`, list)
	if err != nil {
		return nil, err
	}
	for _, t := range terms {
		a := found[t.AccountKey]
		if a == nil {
			a = &rebate.AccountState{AccountKey: t.AccountKey}
			found[t.AccountKey] = a
			out = append(out, a)
		}
		a.Terms = append(a.Terms, t.AccountTerms)
	}
	return out, nil
}

// OpenRebates returns the open rebates of these partners. Plan: index
// rebates_due.
func (tx SQLTx) OpenRebates(ctx context.Context, partners []id.UUID) ([]*Rebate, error) {
	return db.All[*Rebate](ctx, tx.q, `SELECT partner_id, rebate_id, group_id, period_start_day, period_end_day, currency FROM rebates
		WHERE partner_id @anyid($1) AND status = 'open'`, partners)
}

// ClosedAhead returns, by partner, the last day of the latest closed period
// that ends on a day or later. A clock ahead of ours closed such a period.
// Plan: index rebates_due, status by status.
func (tx SQLTx) ClosedAhead(ctx context.Context, partners []id.UUID, day clock.Day) (map[id.UUID]clock.Day, error) {
	type ended struct {
		PartnerID id.UUID   `db:"partner_id"`
		Last      clock.Day `db:"last"`
	}
	rows, err := db.All[ended](ctx, tx.q, `SELECT partner_id, max(period_end_day) AS last FROM rebates WHERE partner_id @anyid($1)
		AND status IN ('closing', 'pending', 'approving', 'approved', 'paid', 'rejecting', 'rejected', 'failed', 'expiring', 'expired')
		AND period_end_day >= $2 GROUP BY partner_id`, partners, int64(day))
	out := map[id.UUID]clock.Day{}
	for _, r := range rows {
		out[r.PartnerID] = r.Last
	}
	return out, err
}

const rebateRowSelect = `SELECT w.partner_id, w.client_account, w.row_id, w.rebate_id, r.group_id, r.period_end_day, w.client_uid, w.percent_e4,
	w.orders_count, w.reward_e6, w.reward_usd_e6, w.rebate_e6, w.rebate_usd_e6`

// OpenRebateRows returns these accounts' rows in open rebates. Plan: for each
// account, the partner's open rebates by index rebates_due, then its rows by
// index rebate_rows_account.
func (tx SQLTx) OpenRebateRows(ctx context.Context, keys []rebate.AccountKey) ([]*RebateRow, error) {
	return db.All[*RebateRow](ctx, tx.q, rebateRowSelect+` FROM @rows($1) CROSS JOIN rebates r CROSS JOIN rebate_rows w
		WHERE r.partner_id = @uuid(k.value->>0) AND r.status = 'open'
		AND w.partner_id = r.partner_id AND w.rebate_id = r.rebate_id AND w.client_account = k.value->>1`, rebate.AccountKeys(keys))
}

// RebateRows returns rows by their numbers, open or not. Plan: primary keys.
func (tx SQLTx) RebateRows(ctx context.Context, partnerID id.UUID, numbers []int64) ([]*RebateRow, error) {
	return db.All[*RebateRow](ctx, tx.q, rebateRowSelect+` FROM rebate_rows w JOIN rebates r ON r.partner_id = w.partner_id AND r.rebate_id = w.rebate_id
		WHERE w.partner_id = $1 AND w.row_id @any($2)`, partnerID, numbers)
}

// rebateRow is a row of rebates while its period is open.
type rebateRow struct {
	Rebate

	Status    rebate.Status `db:"status"`
	GroupType string        `db:"group_type"`
	Rows      int64         `db:"rows_count"`
	Reward    rebate.Sum    `db:"reward,inline"`
	Pay       rebate.Sum    `db:"topay,inline"`
}

// adjustmentRow is a row of rebate_adjustments.
type adjustmentRow struct {
	RebateAdjustment

	ID id.UUID `db:"adjustment_id"`
}

// The tables of rebates that only accrual fills.
var (
	rebates     = db.NewTable[*rebateRow]("rebates")
	adjustments = db.NewTable[*adjustmentRow]("rebate_adjustments")
)

// booked returns the row as it is stored.
func (r *RebateRow) booked() *rebate.BookedRow {
	return &rebate.BookedRow{
		AccountKey: r.AccountKey, ID: r.ID, RebateID: r.RebateID, ClientUID: r.ClientUID, Percent: r.Percent, Orders: r.Orders,
		Reward: r.Reward, Rebate: r.Rebate, Status: rebate.StatusOpen, ChangedAt: r.ChangedAt,
	}
}

// saveRebates writes accrual's changes to rebates.
func (tx SQLTx) saveRebates(ctx context.Context, c *Changes) error {
	periods := make([]*rebateRow, len(c.Rebates.Rebates))
	for i, r := range c.Rebates.Rebates {
		periods[i] = &rebateRow{Rebate: *r, Status: rebate.StatusOpen}
	}
	if err := rebates.Insert(ctx, tx.q, periods...); err != nil {
		return err
	}
	rows := make([]*rebate.BookedRow, len(c.Rebates.NewRows))
	for i, r := range c.Rebates.NewRows {
		rows[i] = r.booked()
	}
	if err := rebate.Booked.Insert(ctx, tx.q, rows...); err != nil {
		return err
	}
	rows = make([]*rebate.BookedRow, len(c.Rebates.Rows))
	for i, r := range c.Rebates.Rows {
		rows[i] = r.booked()
	}
	counted := db.Replacing("partner_id, row_id", db.Columns(`orders_count, reward_e6, reward_usd_e6, rebate_e6, rebate_usd_e6, changed_at`))
	if err := rebate.Booked.InsertOn(ctx, tx.q, counted, rows...); err != nil {
		return err
	}
	if err := rebate.SaveStates(ctx, tx.q, c.Rebates.Accounts); err != nil {
		return err
	}
	noted := make([]*adjustmentRow, len(c.Rebates.Adjustments))
	for i, a := range c.Rebates.Adjustments {
		noted[i] = &adjustmentRow{a, id.New()}
	}
	if err := adjustments.Insert(ctx, tx.q, noted...); err != nil {
		return fmt.Errorf("noting adjustments: %w", err)
	}
	return nil
}
