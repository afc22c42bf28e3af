package rebate

import (
	"context"
	"slices"
	"time"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/verification"
)

var (
	approvals      = db.NewTable[Approval]("rebate_approvals", "reward_e6")
	approvalSelect = `SELECT ` + approvals.Of("") + ` FROM rebate_approvals `
)

// UnfinishedApprovals implements RunStore. The query uses the index
// rebate_approvals_unfinished, which contains only these approvals.
func (s SQLRunStore) UnfinishedApprovals(ctx context.Context) ([]Approval, error) {
	return db.All[Approval](ctx, s.db, approvalSelect+`WHERE approved_at IS NOT NULL AND done_at IS NULL ORDER BY partner_id, approved_at`)
}

// ApprovalOf returns the approval of a rebate that has the status approving. It
// returns false if the rebate needed no approval. The query uses the index
// rebate_approvals_unfinished.
func (tx RunTx) ApprovalOf(ctx context.Context, r Ref) (Approval, bool, error) {
	unfinished, err := db.All[Approval](ctx, tx.q, approvalSelect+`WHERE partner_id = $1 AND approved_at IS NOT NULL AND done_at IS NULL`, r.PartnerID)
	for _, a := range unfinished {
		if slices.Contains(a.Rebates, r.ID) {
			return a, true, err
		}
	}
	return Approval{}, false, err
}

// SaveApproval stores a selection that was shown. It also deletes the partner's
// unapproved selections that were shown before cutoff.
func (tx RunTx) SaveApproval(ctx context.Context, a *Approval, cutoff time.Time) error {
	_, err := tx.q.Exec(ctx, `DELETE FROM rebate_approvals WHERE partner_id = $1 AND approved_at IS NULL AND requested_at < $2`, a.PartnerID, db.Micros(cutoff))
	if err != nil {
		return err
	}
	if err := approvals.Insert(ctx, tx.q, *a); err != nil {
		return err
	}
	_, err = tx.q.Exec(ctx, `DELETE FROM rebate_approvals WHERE partner_id = $1 AND approved_at IS NULL AND approval_id < (SELECT approval_id FROM rebate_approvals
		WHERE partner_id = $1 AND approved_at IS NULL ORDER BY approval_id DESC LIMIT 1 OFFSET $2)`, a.PartnerID, int64(maxShown-1))
	return err
}

// maxShown is the maximum number of unapproved selections that are stored for a
// partner.
const maxShown = 100

// Approvals returns the unapproved selections that were shown with a digest,
// the newest first. The query uses the index rebate_approvals_digest.
func (tx RunTx) Approvals(ctx context.Context, partnerID id.UUID, digest verification.Digest) ([]Approval, error) {
	return db.All[Approval](ctx, tx.q, approvalSelect+`WHERE partner_id = $1 AND digest = $2 AND approved_at IS NULL ORDER BY requested_at DESC`,
		partnerID, digest[:])
}

// Approved stores the time at which a selection was approved.
func (tx RunTx) Approved(ctx context.Context, a *Approval, at time.Time) error {
	_, err := tx.q.Exec(ctx, `UPDATE rebate_approvals SET approved_at = $3 WHERE partner_id = $1 AND approval_id = $2 AND approved_at IS NULL`,
		a.PartnerID, a.ID, db.Micros(at))
	return err
}

// Done stores the time at which all payouts of an approval had been created.
func (tx RunTx) Done(ctx context.Context, a *Approval, at time.Time) error {
	_, err := tx.q.Exec(ctx, `UPDATE rebate_approvals SET done_at = $3 WHERE partner_id = $1 AND approval_id = $2`, a.PartnerID, a.ID, db.Micros(at))
	return err
}
