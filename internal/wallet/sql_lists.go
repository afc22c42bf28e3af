package wallet

import (
	"context"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/page"
)

var (
	transfers   = db.NewTable[Transfer]("transfers")
	withdrawals = db.NewTable[Withdrawal]("withdrawals")
)

// Transfers returns a page of the partner's transfers, newest first, and the
// totals of all transfers. The page reads the primary key backwards. The totals
// read all transfers of the partner.
func (s Store) Transfers(ctx context.Context, partnerID id.UUID, p page.Page) (list []Transfer, totals Totals, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, q db.Querier) error {
		list, err = db.All[Transfer](ctx, q, `SELECT `+transfers.Of("")+` FROM transfers
			WHERE partner_id = $1 ORDER BY transfer_id DESC LIMIT $2 OFFSET $3`, partnerID, int64(p.Limit), int64(p.Offset))
		if err != nil {
			return err
		}
		return q.QueryRow(ctx, `SELECT count(*), CAST(coalesce(sum(amount_usd_e6), 0) AS bigint) FROM transfers WHERE partner_id = $1`, partnerID).
			Scan(&totals.Count, (*int64)(&totals.AmountUSD))
	})
	return list, totals, err
}

// Withdrawals returns a page of the withdrawals that match the filter, newest
// first, and the totals of all that match. The page reads the primary key
// backwards. The totals read all withdrawals of the partner.
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
		list, err = db.All[Withdrawal](ctx, q, `SELECT `+withdrawals.Of("")+` FROM withdrawals`+
			wanted.Where()+` ORDER BY withdrawal_id DESC`+wanted.Cut(f.Page), wanted.Values()...)
		return err
	})
	return list, totals, err
}
