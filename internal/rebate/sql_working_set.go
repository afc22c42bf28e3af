package rebate

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
)

// TermsOf returns all past and present terms of all groups of these partners.
// The query uses a prefix of the primary key.
func TermsOf(ctx context.Context, q db.Querier, partners []id.UUID) (map[id.UUID][]GroupTerms, error) {
	type owned struct {
		PartnerID id.UUID `db:"partner_id"`
		GroupTerms
	}
	rows, err := db.All[owned](ctx, q, `SELECT `+db.List("", db.ColumnsOf[owned]())+` FROM rebate_group_terms WHERE partner_id @anyid($1)`, partners)
	if err != nil {
		return nil, err
	}
	out := map[id.UUID][]GroupTerms{}
	for _, t := range rows {
		out[t.PartnerID] = append(out[t.PartnerID], t.GroupTerms)
	}
	return out, nil
}

// AccountsWithTerms returns the states of these accounts with their terms. It
// leaves out accounts that have neither a state nor terms. The queries use
// primary keys.
func AccountsWithTerms(ctx context.Context, q db.Querier, keys []AccountKey) ([]*AccountState, error) {
	list := AccountKeys(keys)
	out, err := AccountStates(ctx, q, list)
	if err != nil {
		return nil, err
	}
	found := map[AccountKey]*AccountState{}
	for _, a := range out {
		found[a.AccountKey] = a
	}
	type owned struct {
		AccountKey
		AccountTerms
	}
	terms, err := db.All[owned](ctx, q, `SELECT `+db.List("t", db.ColumnsOf[owned]())+`
		FROM @rows($1) CROSS JOIN rebate_account_terms t WHERE t.partner_id = @uuid(k.value->>0) AND t.client_account = k.value->>1`, list)
	if err != nil {
		return nil, err
	}
	for _, t := range terms {
		a := found[t.AccountKey]
		if a == nil {
			a = &AccountState{AccountKey: t.AccountKey}
			found[t.AccountKey] = a
			out = append(out, a)
		}
		a.Terms = append(a.Terms, t.AccountTerms)
	}
	return out, nil
}

// readOpen returns the open periods of these partners. The query uses the index
// rebates_due.
func readOpen(ctx context.Context, q db.Querier, partners []id.UUID) ([]*period, error) {
	return db.All[*period](ctx, q, `SELECT partner_id, rebate_id, group_id, period_start_day, period_end_day, currency FROM rebates
		WHERE partner_id @anyid($1) AND status = 'open'`, partners)
}

// readAhead finds periods that were closed too early, by a process whose clock
// was ahead. For each partner, it returns the last day of the latest closed
// period that ends on the given day or later. The query uses the index
// rebates_due for each status.
func readAhead(ctx context.Context, q db.Querier, partners []id.UUID, day clock.Day) (map[id.UUID]clock.Day, error) {
	type ended struct {
		PartnerID id.UUID   `db:"partner_id"`
		Last      clock.Day `db:"last"`
	}
	rows, err := db.All[ended](ctx, q, `SELECT partner_id, max(period_end_day) AS last FROM rebates WHERE partner_id @anyid($1)
		AND status IN ('closing', 'pending', 'approving', 'approved', 'paid', 'rejecting', 'rejected', 'failed', 'expiring', 'expired')
		AND period_end_day >= $2 GROUP BY partner_id`, partners, int64(day))
	out := map[id.UUID]clock.Day{}
	for _, r := range rows {
		out[r.PartnerID] = r.Last
	}
	return out, err
}

const countedSelect = `SELECT w.partner_id, w.client_account, w.row_id, w.rebate_id, r.group_id, r.period_end_day, w.client_uid, w.percent_e4,
	w.orders_count, w.reward_e6, w.reward_usd_e6, w.rebate_e6, w.rebate_usd_e6`

// readOpenRows returns these accounts' rows in open periods. The query finds
// the partner's open rebates by the index rebates_due, and the rows by the
// index rebate_rows_account.
func readOpenRows(ctx context.Context, q db.Querier, keys []AccountKey) ([]*countedRow, error) {
	return db.All[*countedRow](ctx, q, countedSelect+` FROM @rows($1) CROSS JOIN rebates r CROSS JOIN rebate_rows w
		WHERE r.partner_id = @uuid(k.value->>0) AND r.status = 'open'
		AND w.partner_id = r.partner_id AND w.rebate_id = r.rebate_id AND w.client_account = k.value->>1`, AccountKeys(keys))
}

// readRows returns the rows with these numbers, in open and closed periods. The
// query uses primary keys.
func readRows(ctx context.Context, q db.Querier, partnerID id.UUID, numbers []int64) ([]*countedRow, error) {
	return db.All[*countedRow](ctx, q, countedSelect+` FROM rebate_rows w JOIN rebates r ON r.partner_id = w.partner_id AND r.rebate_id = w.rebate_id
		WHERE w.partner_id = $1 AND w.row_id @any($2)`, partnerID, numbers)
}

// periodRow is a row of the table rebates with an open period.
type periodRow struct {
	period

	Status    Status `db:"status"`
	GroupType string `db:"group_type"`
	Rows      int64  `db:"rows_count"`
	Reward    Sum    `db:"reward,inline"`
	Pay       Sum    `db:"topay,inline"`
}

type adjustmentRow struct {
	adjustment

	ID id.UUID `db:"adjustment_id"`
}

var (
	periodTable     = db.NewTable[*periodRow]("rebates")
	adjustmentTable = db.NewTable[*adjustmentRow]("rebate_adjustments")
)

func (r *countedRow) toBookedRow() *bookedRow {
	return &bookedRow{
		AccountKey: r.AccountKey, ID: r.ID, RebateID: r.RebateID, ClientUID: r.ClientUID, Percent: r.Percent, Orders: r.Orders,
		Reward: r.Reward, Rebate: r.Rebate, Status: StatusOpen, ChangedAt: r.ChangedAt,
	}
}

// Save writes the changes and then removes them from the set.
func (w *WorkingSet) Save(ctx context.Context) error {
	periods := make([]*periodRow, len(w.newPeriods))
	for i, p := range w.newPeriods {
		periods[i] = &periodRow{period: *p, Status: StatusOpen}
	}
	if err := periodTable.Insert(ctx, w.q, periods...); err != nil {
		return err
	}
	rows := make([]*bookedRow, len(w.newRows))
	for i, r := range w.newRows {
		rows[i] = r.toBookedRow()
	}
	if err := rowTable.Insert(ctx, w.q, rows...); err != nil {
		return err
	}
	var recounted []*bookedRow
	for r := range w.changed {
		recounted = append(recounted, r.toBookedRow())
	}
	counted := db.Replacing("partner_id, row_id", db.Columns(`orders_count, reward_e6, reward_usd_e6, rebate_e6, rebate_usd_e6, changed_at`))
	if err := rowTable.InsertOn(ctx, w.q, counted, recounted...); err != nil {
		return err
	}
	if err := saveStates(ctx, w.q, slices.Collect(maps.Keys(w.touched))); err != nil {
		return err
	}
	noted := make([]*adjustmentRow, len(w.adjustments))
	for i, a := range w.adjustments {
		noted[i] = &adjustmentRow{a, id.New()}
	}
	if err := adjustmentTable.Insert(ctx, w.q, noted...); err != nil {
		return fmt.Errorf("storing adjustments: %w", err)
	}
	w.newPeriods, w.newRows, w.adjustments = nil, nil, nil
	clear(w.isNew)
	clear(w.changed)
	clear(w.touched)
	return nil
}
