package reward

import (
	"context"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/money"
)

// RatesOn returns the rates in force on a day, by currency, and the rate of
// USD. It leaves out currencies without a rate. If several facts set a rate at
// the same moment, the fact with the greatest id in byte order applies, as in
// package accrual. For each currency, the query uses the primary key twice. It
// first finds the newest day that is not after the given day, and then the
// newest moment of that day.
func RatesOn(ctx context.Context, q db.Querier, day clock.Day, currencies ...string) (map[string]money.Rate, error) {
	type rateRow struct {
		Currency string     `db:"currency"`
		FactID   string     `db:"fact_id"`
		USD      money.Rate `db:"usd_e12"`
	}
	found, err := db.All[rateRow](ctx, q, `SELECT r.currency, r.fact_id, r.usd_e12 FROM rates r WHERE r.currency @any($1) AND r.corrected_by = ''
		AND r.from_day = (SELECT max(d.from_day) FROM rates d WHERE d.currency = r.currency AND d.corrected_by = '' AND d.from_day <= $2)
		AND r.at = (SELECT max(m.at) FROM rates m WHERE m.currency = r.currency AND m.corrected_by = '' AND m.from_day = r.from_day)`, currencies, int64(day))
	out, by := map[string]money.Rate{}, map[string]string{}
	for _, r := range found {
		if last, seen := by[r.Currency]; !seen || r.FactID > last {
			out[r.Currency], by[r.Currency] = r.USD, r.FactID
		}
	}
	out[USD] = RateOfUSD
	return out, err
}
