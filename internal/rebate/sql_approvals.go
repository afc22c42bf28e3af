package rebate

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/verification"
)

const approvalSelect = `SELECT partner_id, approval_id, digest, requested_at, rebate_ids, row_ids, rows_count, reward_usd_e6, topay_e6, topay_usd_e6 FROM rebate_approvals `

func scanApproval(rows db.Rows) (a Approval, err error) {
	var digest []byte
	var requested int64
	var rebates, numbers string
	err = rows.Scan(&a.PartnerID, &a.ID, &digest, &requested, &rebates, &numbers, &a.Paying,
		(*int64)(&a.Reward.USD), (*int64)(&a.Pay.Amount), (*int64)(&a.Pay.USD))
	if err != nil {
		return a, err
	}
	copy(a.Digest[:], digest)
	a.RequestedAt = db.Instant(requested)
	if err := json.Unmarshal([]byte(rebates), &a.Rebates); err != nil {
		return a, fmt.Errorf("reading approval %s: %w", a.ID, err)
	}
	if err := json.Unmarshal([]byte(numbers), &a.Rows); err != nil {
		return a, fmt.Errorf("reading approval %s: %w", a.ID, err)
	}
	return a, nil
}

// UnfinishedApprovals lists the approvals that are not fully paid out. Plan:
// index rebate_approvals_unfinished, which holds no others.
func (s SQLRunStore) UnfinishedApprovals(ctx context.Context) ([]Approval, error) {
	return db.Collect(ctx, s.db, scanApproval, approvalSelect+`WHERE approved_at IS NOT NULL AND done_at IS NULL ORDER BY partner_id, approved_at`)
}

// ApprovalOf returns the approval under which a rebate is approving. It returns
// false if the rebate is paid without one. Plan: the same index.
func (tx RunTx) ApprovalOf(ctx context.Context, r Ref) (Approval, bool, error) {
	unfinished, err := db.Collect(ctx, tx.q, scanApproval, approvalSelect+`WHERE partner_id = $1 AND approved_at IS NOT NULL AND done_at IS NULL`, r.PartnerID)
	for _, a := range unfinished {
		if slices.Contains(a.Rebates, r.ID) {
			return a, true, err
		}
	}
	return Approval{}, false, err
}

// SaveApproval keeps what was shown. It deletes what the partner was shown
// before a moment and did not approve. Plan of the deletion: the partner's
// approvals.
func (tx RunTx) SaveApproval(ctx context.Context, a *Approval, forget time.Time) error {
	_, err := tx.q.Exec(ctx, `DELETE FROM rebate_approvals WHERE partner_id = $1 AND approved_at IS NULL AND requested_at < $2`, a.PartnerID, db.Micros(forget))
	if err != nil {
		return err
	}
	rebates, err := json.Marshal(notNil(a.Rebates))
	if err != nil {
		return err
	}
	numbers, err := json.Marshal(notNil(a.Rows))
	if err != nil {
		return err
	}
	_, err = tx.q.Exec(ctx, `INSERT INTO rebate_approvals
		(partner_id, approval_id, digest, requested_at, rebate_ids, row_ids, rows_count, reward_usd_e6, topay_e6, topay_usd_e6)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		a.PartnerID, a.ID, a.Digest[:], db.Micros(a.RequestedAt), string(rebates), string(numbers), a.Paying,
		int64(a.Reward.USD), int64(a.Pay.Amount), int64(a.Pay.USD))
	if err != nil {
		return err
	}
	_, err = tx.q.Exec(ctx, `DELETE FROM rebate_approvals WHERE partner_id = $1 AND approved_at IS NULL AND approval_id < (SELECT approval_id FROM rebate_approvals
		WHERE partner_id = $1 AND approved_at IS NULL ORDER BY approval_id DESC LIMIT 1 OFFSET $2)`, a.PartnerID, int64(keptShown-1))
	return err
}

// keptShown is the most that is kept of what a partner was shown.
const keptShown = 100

func notNil(list []int64) []int64 {
	if list == nil {
		return []int64{}
	}
	return list
}

// Approvals returns what was shown with a digest and is not approved, the
// newest first. Plan: index rebate_approvals_digest.
func (tx RunTx) Approvals(ctx context.Context, partnerID id.UUID, digest verification.Digest) ([]Approval, error) {
	return db.Collect(ctx, tx.q, scanApproval, approvalSelect+`WHERE partner_id = $1 AND digest = $2 AND approved_at IS NULL ORDER BY requested_at DESC`,
		partnerID, digest[:])
}

// Approved notes when an approval was given.
func (tx RunTx) Approved(ctx context.Context, a *Approval, at time.Time) error {
	_, err := tx.q.Exec(ctx, `UPDATE rebate_approvals SET approved_at = $3 WHERE partner_id = $1 AND approval_id = $2 AND approved_at IS NULL`,
		a.PartnerID, a.ID, db.Micros(at))
	return err
}

// Done notes when an approval was fully paid out.
func (tx RunTx) Done(ctx context.Context, a *Approval, at time.Time) error {
	_, err := tx.q.Exec(ctx, `UPDATE rebate_approvals SET done_at = $3 WHERE partner_id = $1 AND approval_id = $2`, a.PartnerID, a.ID, db.Micros(at))
	return err
}
