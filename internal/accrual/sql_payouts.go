package accrual

import (
	"context"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/payout"
	"github.com/tributary-server/tributary/internal/rebate"
)

// Payouts returns the payouts with these keys. Plan: primary keys.
func (tx SQLTx) Payouts(ctx context.Context, keys []payout.Key) ([]*Payout, error) {
	return db.All[*Payout](ctx, tx.q, `SELECT p.partner_id, p.payout_id, p.kind, p.subject_id, p.client_account, p.currency, p.amount_e6, p.amount_usd_e6,
		p.status, p.reason, coalesce(w.rebate_id, 0) AS rebate_id, w.client_uid
		FROM @rows($1) CROSS JOIN payouts p LEFT JOIN rebate_rows w ON p.kind = 'rebate' AND w.partner_id = p.partner_id AND w.row_id = p.subject_id
		WHERE p.partner_id = @uuid(k.value->>0) AND p.payout_id = CAST(k.value->>1 AS bigint)`, payout.Keys(keys))
}

// savePayouts writes the answers to payouts, and their effects. It uses one
// statement for each table, however many payouts there are.
func (tx SQLTx) savePayouts(ctx context.Context, c *Changes) error {
	answered := c.Payouts.Answered
	if len(answered) == 0 {
		return nil
	}
	_, err := tx.q.Exec(ctx, `UPDATE payouts SET status = k.value->>2, reason = k.value->>3, answered_at = CAST(k.value->>4 AS bigint) FROM @rows($1)
		WHERE payouts.partner_id = @uuid(k.value->>0) AND payouts.payout_id = CAST(k.value->>1 AS bigint)`,
		db.JSONRows(answered, func(p *Payout) []any {
			return []any{p.PartnerID.Hex(), p.Number, string(p.Status), p.Reason, db.Micros(p.AnsweredAt)}
		}))
	if err != nil {
		return err
	}
	var rebates, withdrawals []*Payout
	for _, p := range answered {
		if p.Kind == payout.OfWithdrawal {
			withdrawals = append(withdrawals, p)
		} else {
			rebates = append(rebates, p)
		}
	}
	if err := settleWithdrawals(ctx, tx.q, withdrawals); err != nil {
		return err
	}
	return settleRebateRows(ctx, tx.q, rebates, c.Payouts.Rebated, db.Micros(c.Now))
}

func settleWithdrawals(ctx context.Context, q db.Querier, answered []*Payout) error {
	if len(answered) == 0 {
		return nil
	}
	_, err := q.Exec(ctx, `UPDATE withdrawals SET status = k.value->>2, reason = k.value->>3, answered_at = CAST(k.value->>4 AS bigint) FROM @rows($1)
		WHERE withdrawals.partner_id = @uuid(k.value->>0) AND withdrawals.withdrawal_id = CAST(k.value->>1 AS bigint)`,
		db.JSONRows(answered, func(p *Payout) []any {
			return []any{p.PartnerID.Hex(), p.Subject, string(p.Status), p.Reason, db.Micros(p.AnsweredAt)}
		}))
	return err
}

// settleRebateRows marks the rows. It then adds to what their accounts and
// clients were paid, counts the rows in their rebates, and closes the rebates
// that have nothing more to pay.
func settleRebateRows(ctx context.Context, q db.Querier, answered []*Payout, rebated []Rebated, now int64) error {
	if len(answered) == 0 {
		return nil
	}
	_, err := q.Exec(ctx, `UPDATE rebate_rows SET status = k.value->>2, reason = k.value->>3, changed_at = $2 FROM @rows($1)
		WHERE rebate_rows.partner_id = @uuid(k.value->>0) AND rebate_rows.row_id = CAST(k.value->>1 AS bigint)`,
		db.JSONRows(answered, func(p *Payout) []any {
			return []any{p.PartnerID.Hex(), p.Subject, string(p.Status), p.Reason}
		}), now)
	if err != nil {
		return err
	}
	if err := addPaid(ctx, q, answered); err != nil {
		return err
	}
	if err := addRebated(ctx, q, rebated); err != nil {
		return err
	}
	type counts struct {
		rebate.Ref

		paid, failed int64
	}
	var touched []*counts
	var refs []rebate.Ref
	by := map[rebate.Ref]*counts{}
	for _, p := range answered {
		key := rebate.Ref{PartnerID: p.PartnerID, ID: p.RebateID}
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
	return rebate.Telling(ctx, q, refs, db.Instant(now), func() error {
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

// addPaid adds to the sums that accounts were paid so far.
func addPaid(ctx context.Context, q db.Querier, answered []*Payout) error {
	type sum struct {
		rebate.AccountKey
		amount, usd money.Amount
	}
	var paid []*sum
	by := map[rebate.AccountKey]*sum{}
	for _, p := range answered {
		if p.Status != payout.Paid {
			continue
		}
		key := rebate.AccountKey{PartnerID: p.PartnerID, ClientAccount: p.ClientAccount}
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

// addRebated adds to the sums that clients were paid so far. Clients that
// accrual writes in the same batch are written before, with their part
// included.
func addRebated(ctx context.Context, q db.Querier, rebated []Rebated) error {
	sums := map[clientKey]money.Amount{}
	var keys []clientKey
	for _, r := range rebated {
		key := clientKey{r.PartnerID, r.ClientUID}
		if _, seen := sums[key]; !seen {
			keys = append(keys, key)
		}
		sums[key] += r.USD
	}
	if len(keys) == 0 {
		return nil
	}
	_, err := q.Exec(ctx, `UPDATE clients SET rebate_usd_e6 = rebate_usd_e6 + CAST(k.value->>2 AS bigint)
		FROM @rows($1) WHERE clients.partner_id = @uuid(k.value->>0) AND clients.client_uid = @uuid(k.value->>1)`,
		db.JSONRows(keys, func(k clientKey) []any { return []any{k.partnerID.Hex(), k.clientUID.Hex(), int64(sums[k])} }))
	return err
}
