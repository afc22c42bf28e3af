package payout

import (
	"context"
	"slices"
	"strings"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/page"
)

var (
	payoutStatuses = []string{string(Pending), string(Paid), string(Failed)}
	payoutKinds    = []string{OfRebate, OfWithdrawal}
)

// List returns a page of the payouts that match a filter, and the totals of all
// that match. It first selects the keys of the page, and then reads only the
// rows with these keys.
func (s Store) List(ctx context.Context, f Filter) (list []Payout, totals Totals, err error) {
	f.Statuses, f.Kinds = intersect(payoutStatuses, f.Statuses), intersect(payoutKinds, f.Kinds)
	if len(f.Statuses) == 0 || len(f.Kinds) == 0 {
		return nil, totals, nil // the filter has only unknown statuses or kinds
	}
	err = s.db.Read(ctx, func(ctx context.Context, q db.Querier) error {
		if totals, err = payoutTotals(ctx, q, f); err != nil {
			return err
		}
		columns, direction := []string{"created_at", "partner_id", "payout_id"}, ""
		if f.Newest {
			direction = " DESC"
		}
		order := " ORDER BY " + strings.Join(columns, direction+", ") + direction
		keys, args := payoutKeysOf(f, "SELECT "+strings.Join(columns, ", "), order, f.Page)
		list, err = db.All[Payout](ctx, q, payoutSelect+` FROM (`+keys+`) k CROSS JOIN payouts p`+payoutMethod+`
			WHERE p.partner_id = k.partner_id AND p.payout_id = k.payout_id ORDER BY k.`+strings.Join(columns, direction+", k.")+direction, args...)
		return err
	})
	return list, totals, err
}

// payoutKeysOf returns a query for the keys of the payouts that match a filter,
// in the given order. It reads the index payouts_status once for each status
// and kind. Each of these reads is sorted and stops at the end of the page, and
// the statement merges them. If the filter has partners, the query uses the
// primary key instead.
func payoutKeysOf(f Filter, selected, order string, p page.Page) (query string, args []any) {
	wanted := &db.Filter{}
	if len(f.Partners) > 0 {
		wanted.AnyID("partner_id", f.Partners)
		wanted.AnyText("status || ''", f.Statuses) // the expression || '' prevents the planner from using an index on this column
		wanted.AnyText("kind || ''", f.Kinds)
		query = selected + " FROM payouts" + wanted.Where()
		return query + order + wanted.Cut(p), wanted.Values()
	}
	end := wanted.Bind(int64(p.Offset) + int64(p.Limit))
	parts := make([]string, 0, len(f.Statuses)*len(f.Kinds))
	for _, status := range f.Statuses {
		for _, kind := range f.Kinds {
			parts = append(parts, selected+" FROM ("+selected+" FROM payouts WHERE status = "+wanted.Bind(status)+" AND kind = "+wanted.Bind(kind)+
				order+" LIMIT "+end+") u")
		}
	}
	return strings.Join(parts, " UNION ALL ") + order + wanted.Cut(p), wanted.Values()
}

// intersect returns the allowed values that are also wanted. If none are named
// as wanted, it returns all allowed values.
func intersect(allowed, wanted []string) []string {
	if len(wanted) == 0 {
		return allowed
	}
	return slices.DeleteFunc(slices.Clone(allowed), func(one string) bool { return !slices.Contains(wanted, one) })
}

// payoutTotals adds up the payouts that match a filter. It reads the index
// payouts_status, which has all the columns that it needs. If the filter has
// partners, it uses the primary key instead.
func payoutTotals(ctx context.Context, q db.Querier, f Filter) (totals Totals, err error) {
	wanted := &db.Filter{}
	status, kind := "status", "kind"
	if len(f.Partners) > 0 {
		status, kind = "status || ''", "kind || ''"
		wanted.AnyID("partner_id", f.Partners)
	}
	wanted.AnyText(status, f.Statuses)
	wanted.AnyText(kind, f.Kinds)
	totals.Sums, err = db.All[Sum](ctx, q, `SELECT currency, count(*) AS count, CAST(sum(amount_e6) AS bigint) AS amount_e6,
		CAST(sum(amount_usd_e6) AS bigint) AS amount_usd_e6 FROM payouts`+wanted.Where()+` GROUP BY currency ORDER BY 1`, wanted.Values()...)
	for _, s := range totals.Sums {
		totals.Count += s.Count
		totals.AmountUSD += s.AmountUSD
	}
	return totals, err
}
