package rebate

import (
	"context"
	"time"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/payout"
)

// SettleRows is a payout.Settler. It sets the status of the rows to which the
// payouts belong. It adds the paid amounts to the accounts' sums, updates the
// numbers of rows in the rebates, and sets the final status of rebates that
// have nothing left to pay.
func SettleRows(ctx context.Context, q db.Querier, answered []*payout.Settlement, now time.Time) error {
	_, err := q.Exec(ctx, `UPDATE rebate_rows SET status = k.value->>2, reason = k.value->>3, changed_at = $2 FROM @rows($1)
		WHERE rebate_rows.partner_id = @uuid(k.value->>0) AND rebate_rows.row_id = CAST(k.value->>1 AS bigint)`,
		db.JSONRows(answered, func(p *payout.Settlement) []any {
			return []any{p.PartnerID.Hex(), p.Subject, string(p.Status), p.Reason}
		}), db.Micros(now))
	if err != nil {
		return err
	}
	if err := addPaid(ctx, q, answered); err != nil {
		return err
	}
	type counts struct {
		Ref

		paid, failed int64
	}
	var touched []*counts
	var refs []Ref
	by := map[Ref]*counts{}
	for _, p := range answered {
		key := Ref{PartnerID: p.PartnerID, ID: p.RebateID}
		if by[key] == nil {
			by[key] = &counts{Ref: key}
			touched, refs = append(touched, by[key]), append(refs, key)
		}
		if p.Status == payout.Failed {
			by[key].failed++
		} else {
			by[key].paid++
		}
	}
	return Telling(ctx, q, refs, now, func() error {
		_, err := q.Exec(ctx, `UPDATE rebates SET approved_rows = approved_rows - CAST(k.value->>2 AS bigint) - CAST(k.value->>3 AS bigint),
		paid_rows = paid_rows + CAST(k.value->>2 AS bigint), failed_rows = failed_rows + CAST(k.value->>3 AS bigint),
		status = CASE WHEN status NOT IN ('pending', 'approving', 'approved', 'failed')
				OR pending_rows + approving_rows + approved_rows > CAST(k.value->>2 AS bigint) + CAST(k.value->>3 AS bigint) THEN status
			WHEN failed_rows + CAST(k.value->>3 AS bigint) > 0 THEN 'failed' ELSE 'paid' END
		FROM @rows($1) WHERE rebates.partner_id = @uuid(k.value->>0) AND rebates.rebate_id = CAST(k.value->>1 AS bigint)`,
			db.JSONRows(touched, func(c *counts) []any { return []any{c.PartnerID.Hex(), c.ID, c.paid, c.failed} }))
		return err
	})
}

func addPaid(ctx context.Context, q db.Querier, answered []*payout.Settlement) error {
	type sum struct {
		AccountKey
		amount, usd money.Amount
	}
	var paid []*sum
	by := map[AccountKey]*sum{}
	for _, p := range answered {
		if p.Status != payout.Paid {
			continue
		}
		key := AccountKey{PartnerID: p.PartnerID, ClientAccount: p.ClientAccount}
		if by[key] == nil {
			by[key] = &sum{AccountKey: key}
			paid = append(paid, by[key])
		}
		by[key].amount += p.Amount
		by[key].usd += p.AmountUSD
	}
	if len(paid) == 0 {
		return nil
	}
	_, err := q.Exec(ctx, `UPDATE rebate_accounts SET paid_e6 = paid_e6 + CAST(k.value->>2 AS bigint), paid_usd_e6 = paid_usd_e6 + CAST(k.value->>3 AS bigint)
		FROM @rows($1) WHERE rebate_accounts.partner_id = @uuid(k.value->>0) AND rebate_accounts.client_account = k.value->>1`,
		db.JSONRows(paid, func(s *sum) []any { return []any{s.PartnerID.Hex(), s.ClientAccount, int64(s.amount), int64(s.usd)} }))
	return err
}
