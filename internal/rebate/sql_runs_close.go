package rebate

import (
	"context"
	"slices"
	"time"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
)

// BeginClosing sets the status of an open rebate to closing, and stores the
// current type of its group.
func (tx RunTx) BeginClosing(ctx context.Context, r Ref) error {
	_, err := tx.q.Exec(ctx, `UPDATE rebates SET status = 'closing', group_type = coalesce((SELECT g.group_type FROM rebate_groups g
		WHERE g.partner_id = rebates.partner_id AND g.group_id = rebates.group_id), 'MANUAL')
		WHERE partner_id = $1 AND rebate_id = $2 AND status = 'open'`, r.PartnerID, r.ID)
	return err
}

// OpenRows reads the next rows after a place, up to the given limit, and returns
// those that are open, in order. It also returns the place of the last row that it
// read, and whether more rows follow. The first query uses the index
// rebate_rows_account, and the second finds the accounts by their primary key. With
// a join instead of two queries, a planner without statistics might compare each
// row with each account.
func (tx RunTx) OpenRows(ctx context.Context, r Ref, after Place, limit int) (rows []*ClosingRow, last Place, more bool, err error) {
	last, more, err = tx.placeAfter(ctx, r, after, limit)
	if err != nil {
		return nil, last, false, err
	}
	args := []any{r.PartnerID, r.ID, after.ClientAccount, int64(after.Percent)}
	until := ""
	if more {
		args = append(args, last.ClientAccount, int64(last.Percent))
		until = ` AND (client_account, percent_e4) <= ($5, $6)`
	}
	rows, err = db.All[*ClosingRow](ctx, tx.q, `SELECT row_id, client_account, percent_e4, client_uid, orders_count, reward_e6, reward_usd_e6, rebate_e6, rebate_usd_e6 FROM rebate_rows
		WHERE partner_id = $1 AND rebate_id = $2 AND status = 'open' AND (client_account, percent_e4) > ($3, $4)`+until+` ORDER BY client_account, percent_e4`, args...)
	if err != nil {
		return nil, last, false, err
	}
	accounts := make([]AccountKey, len(rows))
	for i, w := range rows {
		accounts[i] = AccountKey{PartnerID: r.PartnerID, ClientAccount: w.ClientAccount}
	}
	found, err := AccountStates(ctx, tx.q, AccountKeys(slices.Compact(accounts)))
	states := map[string]*State{}
	for _, a := range found {
		states[a.ClientAccount] = &a.State
	}
	for _, w := range rows {
		if w.State = states[w.ClientAccount]; w.State == nil {
			w.State = &State{}
			states[w.ClientAccount] = w.State
		}
	}
	return rows, last, more, err
}

// SaveClosed writes rows and the states of their accounts, and adds the rows to
// the totals of their rebate. If complete is true, no more rows follow.
func (tx RunTx) SaveClosed(ctx context.Context, r Ref, rows []*ClosingRow, sum Totals, complete bool, now time.Time) error {
	closed := make([]*bookedRow, len(rows))
	for i, w := range rows {
		closed[i] = &bookedRow{
			AccountKey: AccountKey{PartnerID: r.PartnerID, ClientAccount: w.ClientAccount}, ID: w.ID, RebateID: r.ID, ClientUID: w.ClientUID, Percent: w.Percent,
			Orders: w.Orders, Reward: w.Reward, Rebate: w.Rebate, Pay: w.Pay, Status: w.Status, ChangedAt: now,
		}
	}
	onlyPay := db.Replacing("partner_id, row_id", []string{"topay_e6", "topay_usd_e6", "status", "changed_at"})
	if err := rowTable.InsertOn(ctx, tx.q, onlyPay, closed...); err != nil {
		return err
	}
	accounts := make([]*AccountState, 0, len(rows))
	for i, w := range rows { // the rows are sorted, so those of one account are adjacent
		if i > 0 && rows[i-1].ClientAccount == w.ClientAccount {
			continue
		}
		accounts = append(accounts, &AccountState{AccountKey: AccountKey{PartnerID: r.PartnerID, ClientAccount: w.ClientAccount}, State: *w.State})
	}
	if err := saveStates(ctx, tx.q, accounts); err != nil {
		return err
	}
	var closedAt *int64
	if complete {
		closedAt = db.OptionalMicros(&now)
	}
	_, err := tx.q.Exec(ctx, `UPDATE rebates SET rows_count = rows_count + $3, pending_rows = pending_rows + $3, reward_e6 = reward_e6 + $4, reward_usd_e6 = reward_usd_e6 + $5,
		topay_e6 = topay_e6 + $6, topay_usd_e6 = topay_usd_e6 + $7, closed_at = $8 WHERE partner_id = $1 AND rebate_id = $2`,
		r.PartnerID, r.ID, sum.Paying, int64(sum.Reward.Amount), int64(sum.Reward.USD), int64(sum.Pay.Amount), int64(sum.Pay.USD), closedAt)
	return err
}

// Closed returns a partner's rebates that still have the status closing
// although all their rows are closed. The query uses the index rebates_due.
func (tx RunTx) Closed(ctx context.Context, partnerID id.UUID) ([]Rebate, error) {
	return db.All[Rebate](ctx, tx.q, rebateSelect+`WHERE partner_id = $1 AND status = 'closing' AND closed_at IS NOT NULL
		ORDER BY period_end_day, rebate_id`, partnerID)
}
