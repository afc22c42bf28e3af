package wallet

import (
	"context"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/page"
)

// Transfers lists the partner's transfers, newest first, with the totals of all
// of them. Plan: the primary key, backwards; the totals read all of the
// partner's.
func (s Store) Transfers(ctx context.Context, partnerID id.UUID, p page.Page) (list []Transfer, totals Totals, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, q db.Querier) error {
		list, err = db.Collect(ctx, q, scanTransfer, `SELECT partner_id, transfer_id, posting_id, from_account, to_account, from_currency, to_currency,
			from_amount_e6, to_amount_e6, amount_usd_e6, from_rate_e12, to_rate_e12, spread_percent_e4, created_at FROM transfers
			WHERE partner_id = $1 ORDER BY transfer_id DESC LIMIT $2 OFFSET $3`, partnerID, int64(p.Limit), int64(p.Offset))
		if err != nil {
			return err
		}
		return q.QueryRow(ctx, `SELECT count(*), CAST(coalesce(sum(amount_usd_e6), 0) AS bigint) FROM transfers WHERE partner_id = $1`, partnerID).
			Scan(&totals.Count, (*int64)(&totals.AmountUSD))
	})
	return list, totals, err
}

func scanTransfer(rows db.Rows) (t Transfer, err error) {
	var created int64
	err = rows.Scan(&t.PartnerID, &t.ID, &t.PostingID, &t.From, &t.To, &t.FromCurrency, &t.ToCurrency,
		(*int64)(&t.FromAmount), (*int64)(&t.ToAmount), (*int64)(&t.AmountUSD), (*int64)(&t.FromRate), (*int64)(&t.ToRate),
		(*int64)(&t.Spread), &created)
	t.CreatedAt = db.Instant(created)
	return t, err
}

// Withdrawals lists the withdrawals that match the filter, newest first, with
// the totals of all that match. Plan: the primary key, backwards; the totals
// read all of the partner's.
func (s Store) Withdrawals(ctx context.Context, partnerID id.UUID, f WithdrawalFilter) (list []Withdrawal, totals Totals, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, q db.Querier) error {
		wanted := &db.Filter{}
		wanted.Is("partner_id", partnerID)
		wanted.AnyText("status", f.Statuses)
		wanted.AnyText("method", f.Methods)
		wanted.AnyText("partner_account", f.Accounts)
		err := q.QueryRow(ctx, `SELECT count(*), CAST(coalesce(sum(amount_usd_e6), 0) AS bigint) FROM withdrawals`+wanted.Where(), wanted.Values()...).
			Scan(&totals.Count, (*int64)(&totals.AmountUSD))
		if err != nil {
			return err
		}
		list, err = db.Collect(ctx, q, scanWithdrawal, `SELECT partner_id, withdrawal_id, partner_account, method, destination, currency,
			amount_e6, amount_usd_e6, status, payout_id, reason, created_at, answered_at FROM withdrawals`+
			wanted.Where()+` ORDER BY withdrawal_id DESC`+wanted.Cut(f.Page), wanted.Values()...)
		return err
	})
	return list, totals, err
}

func scanWithdrawal(rows db.Rows) (w Withdrawal, err error) {
	var created int64
	var answered *int64
	err = rows.Scan(&w.PartnerID, &w.ID, &w.Account, &w.Method, &w.Destination, &w.Currency, (*int64)(&w.Amount), (*int64)(&w.AmountUSD),
		&w.Status, &w.PayoutID, &w.Reason, &created, &answered)
	w.CreatedAt, w.AnsweredAt = db.Instant(created), db.OptionalInstant(answered)
	return w, err
}
