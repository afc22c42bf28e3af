package wallet

import (
	"context"
	"time"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/payout"
)

// SettleWithdrawals is a payout.Settler. It copies the status of each payout,
// paid or failed, to its withdrawal.
func SettleWithdrawals(ctx context.Context, q db.Querier, answered []*payout.Settlement, _ time.Time) error {
	_, err := q.Exec(ctx, `UPDATE withdrawals SET status = k.value->>2, reason = k.value->>3, answered_at = CAST(k.value->>4 AS bigint) FROM @rows($1)
		WHERE withdrawals.partner_id = @uuid(k.value->>0) AND withdrawals.withdrawal_id = CAST(k.value->>1 AS bigint)`,
		db.JSONRows(answered, func(p *payout.Settlement) []any {
			return []any{p.PartnerID.Hex(), p.Subject, string(p.Status), p.Reason, db.Micros(p.AnsweredAt)}
		}))
	return err
}
