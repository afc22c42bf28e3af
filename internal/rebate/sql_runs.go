package rebate

import (
	"context"
	"time"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/ledger"
	"github.com/tributary-server/tributary/internal/verification"
)

// SQLRunStore implements RunStore.
type SQLRunStore struct{ db db.DB }

// NewSQLRunStore returns a SQLRunStore in db. db must come from db.Joining, so
// that an approval joins the transaction of its request.
func NewSQLRunStore(db db.DB) SQLRunStore { return SQLRunStore{db} }

// Lock implements RunStore.
func (s SQLRunStore) Lock(ctx context.Context, partnerID id.UUID, fn func(context.Context, RunTx) error) error {
	return s.db.Lock(ctx, db.Partners(partnerID), func(ctx context.Context, q db.Querier) error { return fn(ctx, RunTx{q}) })
}

// Read implements RunStore.
func (s SQLRunStore) Read(ctx context.Context, fn func(context.Context, RunTx) error) error {
	return s.db.Read(ctx, func(ctx context.Context, q db.Querier) error { return fn(ctx, RunTx{q}) })
}

// Due implements RunStore. The query uses the index rebates_due once for each
// partner. The queries of Automatic, Unfinished and Lapsed do the same.
func (s SQLRunStore) Due(ctx context.Context, today clock.Day) ([]Ref, error) {
	return db.All[Ref](ctx, s.db, `SELECT r.partner_id, r.rebate_id FROM partners p CROSS JOIN rebates r
		WHERE r.partner_id = p.partner_id AND r.status IN ('open', 'closing') AND r.period_end_day < $1
		ORDER BY r.partner_id, r.period_end_day, r.rebate_id`, int64(today))
}

// Automatic implements RunStore.
func (s SQLRunStore) Automatic(ctx context.Context) ([]Ref, error) {
	return db.All[Ref](ctx, s.db, `SELECT r.partner_id, r.rebate_id FROM partners p CROSS JOIN rebates r
		WHERE r.partner_id = p.partner_id AND r.status = 'pending' AND r.group_type = 'AUTO'
		ORDER BY r.partner_id, r.period_end_day, r.rebate_id`)
}

// Unfinished implements RunStore.
func (s SQLRunStore) Unfinished(ctx context.Context) ([]Waiting, error) {
	return db.All[Waiting](ctx, s.db, `SELECT r.partner_id, r.rebate_id, r.status FROM partners p CROSS JOIN rebates r
		WHERE r.partner_id = p.partner_id AND r.status IN ('approving', 'rejecting', 'expiring')
		ORDER BY r.partner_id, r.period_end_day, r.rebate_id`)
}

// Decided implements RunStore. The query uses the indexes rebates_decided and
// rebate_approvals_unfinished, which contain only these rebates and approvals.
func (s SQLRunStore) Decided(ctx context.Context) (decided bool, err error) {
	var n int
	err = s.db.QueryRow(ctx, `SELECT CASE WHEN EXISTS (SELECT 1 FROM rebates WHERE status IN ('approving', 'rejecting', 'expiring'))
		OR EXISTS (SELECT 1 FROM rebate_approvals WHERE approved_at IS NOT NULL AND done_at IS NULL) THEN 1 ELSE 0 END`).Scan(&n)
	return n == 1, err
}

// Lapsed implements RunStore.
func (s SQLRunStore) Lapsed(ctx context.Context, before time.Time) ([]Ref, error) {
	return db.All[Ref](ctx, s.db, `SELECT r.partner_id, r.rebate_id FROM partners p CROSS JOIN rebates r
		WHERE r.partner_id = p.partner_id AND ((r.status = 'pending' AND r.expires_at <= $1) OR r.status = 'expiring')
		ORDER BY r.partner_id, r.period_end_day, r.rebate_id`, db.Micros(before))
}

// LapsedRows implements RunStore. The query uses the index rebates_failed,
// which contains only rebates with failed rows, and the index
// rebate_rows_account.
func (s SQLRunStore) LapsedRows(ctx context.Context, before time.Time, limit int) (map[id.UUID][]int64, error) {
	type lapsed struct {
		PartnerID id.UUID `db:"partner_id"`
		Row       int64   `db:"row_id"`
	}
	rows, err := db.All[lapsed](ctx, s.db, `SELECT w.partner_id, w.row_id FROM rebates r CROSS JOIN rebate_rows w WHERE r.failed_rows > 0
		AND w.partner_id = r.partner_id AND w.rebate_id = r.rebate_id AND w.status = 'failed' AND w.topay_e6 > 0 AND w.changed_at <= $1 LIMIT $2`, db.Micros(before), int64(limit))
	out := map[id.UUID][]int64{}
	for _, r := range rows {
		out[r.PartnerID] = append(out[r.PartnerID], r.Row)
	}
	return out, err
}

// RunTx is one transaction of a SQLRunStore.
type RunTx struct{ q db.Querier }

// AfterCommit calls fn after the transaction has committed.
func (RunTx) AfterCommit(ctx context.Context, fn func()) { db.AfterCommit(ctx, fn) }

// Partner returns a partner's e-mail address and the currency of its rebates.
func (tx RunTx) Partner(ctx context.Context, partnerID id.UUID) (email, currency string, err error) {
	err = tx.q.QueryRow(ctx, `SELECT email, currency FROM partners WHERE partner_id = $1`, partnerID).Scan(&email, &currency)
	return email, currency, err
}

// BelowZero reports whether any wallet of the partner is below zero.
func (tx RunTx) BelowZero(ctx context.Context, partnerID id.UUID) (bool, error) {
	balances, err := ledger.Balances(ctx, tx.q, partnerID)
	for _, b := range balances {
		if b.Account == ledger.Wallet && b.Amount < 0 {
			return true, err
		}
	}
	return false, err
}

// Post writes a posting and updates its balances.
func (tx RunTx) Post(ctx context.Context, p *ledger.Posting) error { return ledger.Book(ctx, tx.q, p) }

// SpendToken marks a temporary token as used. It returns PermissionDenied if
// the token is not for this digest.
func (tx RunTx) SpendToken(ctx context.Context, partnerID id.UUID, token string, digest verification.Digest, now time.Time) error {
	return verification.SpendToken(ctx, tx.q, partnerID, verification.ApproveRebates, token, digest, now)
}

const rebateSelect = `SELECT partner_id, rebate_id, period_start_day, period_end_day, status, group_type, currency, rows_count,
	reward_e6, reward_usd_e6, topay_e6, topay_usd_e6, closed_at IS NOT NULL AS is_closed, expires_at FROM rebates `

// Rebates returns the rebates with these numbers. It does not set the sums of
// open rebates. The query uses the primary key.
func (tx RunTx) Rebates(ctx context.Context, partnerID id.UUID, rebates []int64) ([]Rebate, error) {
	return db.All[Rebate](ctx, tx.q, rebateSelect+`WHERE partner_id = $1 AND rebate_id @any($2)`, partnerID, rebates)
}

// SetStatus sets the status of a rebate and the time at which it expires. A nil
// time means never. If the partner can see the change, SetStatus records an
// event.
func (tx RunTx) SetStatus(ctx context.Context, r Ref, to Status, expiresAt *time.Time, now time.Time) error {
	return Telling(ctx, tx.q, []Ref{r}, now, func() error {
		_, err := tx.q.Exec(ctx, `UPDATE rebates SET status = $3, expires_at = $4 WHERE partner_id = $1 AND rebate_id = $2`,
			r.PartnerID, r.ID, string(to), db.OptionalMicros(expiresAt))
		return err
	})
}

// Standing returns the status of a rebate that follows from the statuses of its
// paying rows. The statuses have the order pending, approving, approved, failed,
// paid, rejected, expired. The first of them that a row has is the status of the
// rebate.
func (tx RunTx) Standing(ctx context.Context, r Ref) (status Status, err error) {
	err = tx.q.QueryRow(ctx, `SELECT CASE WHEN pending_rows > 0 THEN 'pending' WHEN approving_rows > 0 THEN 'approving' WHEN approved_rows > 0 THEN 'approved'
		WHEN failed_rows > 0 THEN 'failed' WHEN paid_rows > 0 THEN 'paid' WHEN rejected_rows > 0 THEN 'rejected' ELSE 'expired' END
		FROM rebates WHERE partner_id = $1 AND rebate_id = $2`, r.PartnerID, r.ID).Scan((*string)(&status))
	return status, err
}

// countColumn returns the column with the number of a rebate's paying rows that
// have a status.
func countColumn(s Status) string { return string(s) + "_rows" }

// recount updates a rebate's numbers of paying rows after n of these rows have
// moved from one status to another.
func (tx RunTx) recount(ctx context.Context, r Ref, from, to Status, n int64) error {
	_, err := tx.q.Exec(ctx, `UPDATE rebates SET `+countColumn(from)+` = `+countColumn(from)+` - $3, `+countColumn(to)+` = `+countColumn(to)+` + $3
		WHERE partner_id = $1 AND rebate_id = $2`, r.PartnerID, r.ID, n)
	return err
}

func (tx RunTx) recountSet(ctx context.Context, partnerID id.UUID, set Set, step Step, to Status) error {
	if set.RebateID != 0 {
		return tx.recount(ctx, Ref{PartnerID: partnerID, ID: set.RebateID}, set.Status, to, step.Paying)
	}
	type part struct {
		RebateID int64 `db:"rebate_id"`
		Rows     int64 `db:"rows_count"`
	}
	s := selection(partnerID, set, step)
	parts, err := db.All[part](ctx, tx.q, `SELECT w.rebate_id, count(*) AS rows_count FROM rebate_rows w WHERE `+s.where+` GROUP BY w.rebate_id`, s.args...)
	if err != nil {
		return err
	}
	for _, p := range parts {
		if err := tx.recount(ctx, Ref{PartnerID: partnerID, ID: p.RebateID}, set.Status, to, p.Rows); err != nil {
			return err
		}
	}
	return nil
}
