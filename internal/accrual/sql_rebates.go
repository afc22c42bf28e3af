package accrual

import (
	"context"
	"fmt"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/rebate"
)

// RebateGroups returns all terms of all groups that these partners ever had.
// Plan: the primary key's prefix.
func (tx SQLTx) RebateGroups(ctx context.Context, partners []id.UUID) (map[id.UUID][]rebate.GroupTerms, error) {
	type owned struct {
		partnerID id.UUID
		rebate.GroupTerms
	}
	rows, err := db.Collect(ctx, tx.q, func(rows db.Rows) (t owned, err error) {
		var from int64
		err = rows.Scan(&t.partnerID, &t.GroupID, &from, (*int64)(&t.Percent), (*string)(&t.Period), &t.Value, &t.IsDefault, &t.LinkCode, &t.Deleted)
		t.From = db.Instant(from)
		return t, err
	}, `SELECT partner_id, group_id, from_at, percent_e4, period, period_value, is_default, link_code, is_deleted
		FROM rebate_group_terms WHERE partner_id @anyid($1)`, partners)
	if err != nil {
		return nil, err
	}
	out := map[id.UUID][]rebate.GroupTerms{}
	for _, t := range rows {
		out[t.partnerID] = append(out[t.partnerID], t.GroupTerms)
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
	terms, err := db.Collect(ctx, tx.q, func(rows db.Rows) (t owned, err error) {
		var from int64
		var percent *int64
		err = rows.Scan(&t.PartnerID, &t.ClientAccount, &from, &t.GroupID, &percent)
		t.From, t.Percent = db.Instant(from), (*money.Percent)(percent)
		return t, err
	}, `SELECT t.partner_id, t.client_account, t.from_at, t.group_id, t.percent_e4
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
	return db.Collect(ctx, tx.q, func(rows db.Rows) (*Rebate, error) {
		r := &Rebate{}
		err := rows.Scan(&r.PartnerID, &r.ID, &r.GroupID, (*int32)(&r.First), (*int32)(&r.Last), &r.Currency)
		return r, err
	}, `SELECT partner_id, rebate_id, group_id, period_start_day, period_end_day, currency FROM rebates
		WHERE partner_id @anyid($1) AND status = 'open'`, partners)
}

// ClosedAhead returns, by partner, the last day of the latest closed period
// that ends on a day or later. A clock ahead of ours closed such a period.
// Plan: index rebates_due, status by status.
func (tx SQLTx) ClosedAhead(ctx context.Context, partners []id.UUID, day clock.Day) (map[id.UUID]clock.Day, error) {
	out := map[id.UUID]clock.Day{}
	rows, err := tx.q.Query(ctx, `SELECT partner_id, max(period_end_day) FROM rebates WHERE partner_id @anyid($1)
		AND status IN ('closing', 'pending', 'approving', 'approved', 'paid', 'rejecting', 'rejected', 'failed', 'expiring', 'expired')
		AND period_end_day >= $2 GROUP BY partner_id`, partners, int64(day))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var owner id.UUID
		var last int64
		if err := rows.Scan(&owner, &last); err != nil {
			return nil, err
		}
		out[owner] = clock.Day(last)
	}
	return out, rows.Err()
}

const rebateRowSelect = `SELECT w.partner_id, w.client_account, w.row_id, w.rebate_id, r.group_id, r.period_end_day, w.client_uid, w.percent_e4,
	w.orders_count, w.reward_e6, w.reward_usd_e6, w.rebate_e6, w.rebate_usd_e6`

func scanRebateRow(rows db.Rows) (*RebateRow, error) {
	r := &RebateRow{}
	err := rows.Scan(&r.PartnerID, &r.ClientAccount, &r.ID, &r.RebateID, &r.GroupID, (*int32)(&r.Last), &r.ClientUID, (*int64)(&r.Percent),
		&r.Orders, (*int64)(&r.Reward.Amount), (*int64)(&r.Reward.USD), (*int64)(&r.Rebate.Amount), (*int64)(&r.Rebate.USD))
	return r, err
}

// OpenRebateRows returns these accounts' rows in open rebates. Plan: for each
// account, the partner's open rebates by index rebates_due, then its rows by
// index rebate_rows_account.
func (tx SQLTx) OpenRebateRows(ctx context.Context, keys []rebate.AccountKey) ([]*RebateRow, error) {
	return db.Collect(ctx, tx.q, scanRebateRow, rebateRowSelect+` FROM @rows($1) CROSS JOIN rebates r CROSS JOIN rebate_rows w
		WHERE r.partner_id = @uuid(k.value->>0) AND r.status = 'open'
		AND w.partner_id = r.partner_id AND w.rebate_id = r.rebate_id AND w.client_account = k.value->>1`, rebate.AccountKeys(keys))
}

// RebateRows returns rows by their numbers, open or not. Plan: primary keys.
func (tx SQLTx) RebateRows(ctx context.Context, partnerID id.UUID, numbers []int64) ([]*RebateRow, error) {
	return db.Collect(ctx, tx.q, scanRebateRow, rebateRowSelect+` FROM rebate_rows w JOIN rebates r ON r.partner_id = w.partner_id AND r.rebate_id = w.rebate_id
		WHERE w.partner_id = $1 AND w.row_id @any($2)`, partnerID, numbers)
}

var rebateColumns = db.Columns(`partner_id, rebate_id, group_id, period_start_day, period_end_day, status, group_type, rows_count,
	reward_e6, reward_usd_e6, topay_e6, topay_usd_e6, currency`)

var rebateRowFixed = db.Columns(`rebate_id, client_account, client_uid, percent_e4, topay_e6, topay_usd_e6, status, reason`)

// saveRebates writes accrual's changes to rebates.
func (tx SQLTx) saveRebates(ctx context.Context, c *Changes) error {
	err := db.Insert(ctx, tx.q, "rebates", rebateColumns, "", c.Rebates.Rebates, func(r *Rebate, dst []any) {
		copy(dst, []any{
			r.PartnerID, r.ID, r.GroupID, int64(r.First), int64(r.Last), "open", "", int64(0), int64(0), int64(0), int64(0), int64(0), r.Currency,
		})
	})
	if err != nil {
		return err
	}
	values := func(r *RebateRow, dst []any) {
		copy(dst, []any{
			r.PartnerID, r.ID, r.RebateID, r.ClientAccount, r.ClientUID, int64(r.Percent), r.Orders, int64(r.Reward.Amount), int64(r.Reward.USD),
			int64(r.Rebate.Amount), int64(r.Rebate.USD), int64(0), int64(0), "open", "", db.Micros(r.ChangedAt),
		})
	}
	if err := db.Insert(ctx, tx.q, "rebate_rows", rebate.RowColumns, "", c.Rebates.NewRows, values); err != nil {
		return err
	}
	conflict := db.Replacing("partner_id, row_id", rebate.RowColumns, rebateRowFixed...)
	if err := db.Insert(ctx, tx.q, "rebate_rows", rebate.RowColumns, conflict, c.Rebates.Rows, values); err != nil {
		return err
	}
	conflict = db.Replacing("partner_id, client_account", rebate.AccountColumns, rebate.AccountFixed...)
	err = db.Insert(ctx, tx.q, "rebate_accounts", rebate.AccountColumns, conflict, c.Rebates.Accounts, rebate.AccountValues)
	if err != nil {
		return err
	}
	names := db.Columns(`partner_id, adjustment_id, from_row, to_row, fact_id, reward_e6, reward_usd_e6, orders_count, booked_at`)
	err = db.Insert(ctx, tx.q, "rebate_adjustments", names, "", c.Rebates.Adjustments, func(a RebateAdjustment, dst []any) {
		copy(dst, []any{a.PartnerID, id.New(), a.From, a.To, a.FactID, int64(a.Reward.Amount), int64(a.Reward.USD), a.Orders, db.Micros(a.At)})
	})
	if err != nil {
		return fmt.Errorf("noting adjustments: %w", err)
	}
	return nil
}
