package sqldb

import (
	"context"

	"github.com/tributary-server/tributary/internal/accrual"
	"github.com/tributary-server/tributary/internal/id"
)

// insertPayouts begins every statement that makes payouts, inside a Lock: what
// they sum up to is posted to payable in the same transaction, and
// releasePayouts follows.
const insertPayouts = `INSERT INTO payouts (partner_id, payout_id, kind, subject_id, client_account, destination, currency, amount_e6, amount_usd_e6,
	status, reason, posting_id, created_at) `

// releasePayouts lets the answers go on that waited for the partner's payouts
// first to last, which are there now. released: there were any, and accrual's
// Drain has work to do. Plan: index facts_waiting_for, nothing more when no
// answer of this partner waits.
func releasePayouts(ctx context.Context, q Querier, partnerID id.UUID, first, last int64) (released bool, err error) {
	prefix := "payout:" + partnerID.Hex() + "-"
	some, err := booksTx{q}.AnyWaiting(ctx, prefix)
	if err != nil || !some {
		return false, err
	}
	n, err := q.Exec(ctx, `UPDATE facts_waiting SET waits_for = '' WHERE waits_for IN (
		SELECT CAST($1 AS text) || CAST(payout_id AS text) FROM payouts WHERE partner_id = $2 AND payout_id BETWEEN $3 AND $4)`, prefix, partnerID, first, last)
	return n > 0, err
}

var _ accrual.PayoutTx = booksTx{}
