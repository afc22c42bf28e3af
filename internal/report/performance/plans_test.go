package performance_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/click"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
	"github.com/tributary-server/tributary/internal/report/performance"
)

// checkPlans checks that each source reads only the rows of the period, as a
// range of an index. It must not read older clients and payouts.
func (w *trafficWorld) checkPlans(t *testing.T) {
	t.Helper()
	parts := []struct{ name, sqlite, postgres string }{
		{"registrations", `USING INDEX client_sources_registered \(partner_id=\? AND registered_at>\? AND registered_at<\?\)`, `client_sources_registered on .*\n\s*Index Cond: .*registered_at >=`},
		{"verified clients", `SEARCH c USING INDEX clients_verified \(partner_id=\? AND verified_at>\? AND verified_at<\?\)`, `clients_verified on .*\n\s*Index Cond: .*verified_at >=`},
		{"first deposits", `SEARCH c USING INDEX clients_deposited \(partner_id=\? AND first_deposit_at>\? AND first_deposit_at<\?\)`, `clients_deposited on .*\n\s*Index Cond: .*first_deposit_at >=`},
		{"first trades", `SEARCH c USING INDEX clients_traded \(partner_id=\? AND first_trade_day>\? AND first_trade_day<\?\)`, `clients_traded on .*\n\s*Index Cond: .*first_trade_day >=`},
		{"account days", `SEARCH d USING PRIMARY KEY \(partner_id=\? AND reward_day>\? AND reward_day<\?\)`, `account_days_pkey on .*\n\s*Index Cond: .*reward_day >=`},
		{"rebates", `SEARCH p USING COVERING INDEX payouts_rebated \(partner_id=\? AND answered_at>\? AND answered_at<\?\)`, `Index Only Scan using payouts_rebated on .*\n\s*Index Cond: .*answered_at >=`},
		{"costs", `SEARCH k USING INDEX campaign_costs_day \(partner_id=\? AND day>\? AND day<\?\)`, `campaign_costs_day on .*\n\s*Index Cond: .*day >=`},
	}
	if w.db.Engine() == db.Postgres {
		w.crowd(t)
	}
	var plans []string
	store := performance.NewSQLStore(dbtest.Planned{DB: w.db, Plans: &plans}, w.clicks, w.zone)
	for _, by := range [][]click.Dimension{nil, {click.ByDay, click.ByCountry}} {
		plans = nil
		_, err := store.Figures(t.Context(), performance.Query{PartnerID: programmetest.UUID(programmetest.PartnerA), From: 20_514, To: 20_520, By: by})
		require.NoError(t, err)
		require.Len(t, plans, len(parts))
		for i, part := range parts {
			want := part.sqlite
			if w.db.Engine() == db.Postgres {
				want = part.postgres
			}
			require.Regexp(t, want, plans[i], "%s by %s", part.name, by)
		}
	}
}

// crowd gives the partner many rows, because PostgreSQL does not use indexes
// for small tables.
func (w *trafficWorld) crowd(t *testing.T) {
	t.Helper()
	const uid = `'client_uid', '00000000-0000-4000-8000-' || lpad(to_hex(n), 12, '0')`
	for table, changed := range map[string]string{
		"clients":        uid + `, 'verified_at', n, 'first_deposit_at', n, 'first_trade_day', n % 1000`,
		"client_sources": uid + `, 'registered_at', n`,
		"account_days":   uid + `, 'client_account', n, 'reward_day', n % 1000`,
		"rebate_rows":    uid + `, 'row_id', 100000 + n, 'rebate_id', 100000 + n`,
		"payouts":        `'payout_id', 100000 + n, 'subject_id', 100000 + n, 'answered_at', n, 'kind', 'rebate', 'status', 'paid'`,
		"campaign_costs": `'campaign_code', n, 'day', n % 1000`,
	} {
		for _, statement := range []string{
			//nolint:unqueryvet // every column that the table has
			`INSERT INTO ` + table + ` SELECT made.* FROM (SELECT to_jsonb(t) AS old FROM ` + table + ` t WHERE partner_id = '` + programmetest.PartnerA + `' LIMIT 1) r,
				generate_series(1, 5000) n, jsonb_populate_record(NULL::` + table + `, old || jsonb_build_object(` + changed + `)) made`,
			`ANALYZE ` + table,
		} {
			_, err := w.db.Exec(t.Context(), statement)
			require.NoError(t, err)
		}
	}
}
