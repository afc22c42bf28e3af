package migrations_test

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/db/migrations"
)

// TestReasonsOfOldRewards migrates rewards of 0 that have no reason yet, and
// expects the reason that a new reward with the same inputs would have.
func TestReasonsOfOldRewards(t *testing.T) {
	t.Parallel()
	rewards := []struct {
		formula                  string
		perLot, bonus, avg       int64
		open, closing            any
		usd                      int64
		account                  any // the amount in the partner's currency; nil if it is usd
		limitedBy, want, comment string
	}{
		{"formula_ecn", 0, 10_000, 0, nil, nil, 0, nil, "", "symbol_not_in_plan", "no amount per lot"},
		{"formula_ecn", 1, 10_000, 0, nil, nil, 0, nil, "", "below_place", "a very small order"},
		{"formula_classic_v2", 0, 0, 5, nil, nil, 0, nil, "", "no_reward_type", "a bonus factor of 0"},
		{"formula_classic_v2", 0, 10_000, 5, 0, 0, 0, nil, "", "no_spread", "both spreads are 0"},
		{"formula_classic_v2", 0, 10_000, 5, 0, nil, 0, nil, "", "below_place", "the missing spread is the average"},
		{"formula_classic", 0, 10_000, 5, 0, 7, 0, nil, "", "no_spread", "only the spread at the open counts"},
		{"formula_institutional_avg", 0, 10_000, 0, 3, 7, 0, nil, "", "no_spread", "only the average counts"},
		{"formula_forex", 0, 10_000, 5, 1, 1, 1, 0, "", "below_place", "0 in the partner's currency"},
		{"formula_forex", 0, 10_000, 5, 1, 1, 2_000_000, nil, "", "", "paid"},
		{"formula_forex", 0, 10_000, 5, 1, 1, 1_000_000, nil, "cap_per_order", "capped", "cut by the cap"},
		{"formula_forex", 0, 10_000, 5, 0, 0, 0, nil, "min_order_life", "min_order_life", "a reason that was recorded"},
		{"formula_forex", 0, 10_000, 5, 0, 0, 0, nil, "house", "house", "no partner"},
	}
	test := func(t *testing.T, database *sql.DB, schema migrations.Schema, uid string) {
		t.Helper()
		require.NoError(t, migrations.UpTo(t.Context(), database, schema, 35))
		exec := func(query string) {
			_, err := database.ExecContext(t.Context(), query)
			require.NoError(t, err, query)
		}
		num := func(v any) string {
			if v == nil {
				return "NULL"
			}
			return fmt.Sprint(v)
		}
		for i, r := range rewards {
			number := strconv.Itoa(i + 1)
			exec(db.InsertSelect("reward_terms", map[string]string{
				"partner_id": uid, "terms": number, "plan_id": uid, "formula_code": "'" + r.formula + "'", "bonus_k_e4": num(r.bonus), "avg_spread_e4": num(r.avg),
				"amount_per_lot_e6": num(r.perLot), "server": "'Real'", "symbol": "'EURUSD'", "account_type": "'Pro'", "platform": "'mt5'", "instrument": "'EURUSD'",
				"currency": "'USD'", "formula_by_instrument": "1 = 0", "level": "'Gold'", "cent": "1 = 0", "percent_e4": "1", "instrument_group": "'forex'",
				"base_currency": "'EUR'", "quote_currency": "'USD'", "contract_size_e4": "1", "point_size_e10": "1", "quote_rate_e12": "1", "account_rate_e12": "1", "min_order_life": "0",
			}))
			exec(db.InsertSelect("reward_rows", map[string]string{
				"partner_id": uid, "terms": number, "ticket": number, "fact_id": "'f-" + number + "'", "open_spread_e4": num(r.open), "close_spread_e4": num(r.closing),
				"reward_usd_e6": num(r.usd), "reward_e6": num(r.account), "limited_by": "'" + r.limitedBy + "'", "close_at": "1", "part": "0", "account": "1", "kind": "0",
				"sells": "1 = 0", "lots_e8": "1", "open_at": "0", "open_price_e10": "1", "close_price_e10": "1", "commission_e6": "0", "swap_e6": "0", "profit_e6": "0",
				"reward_day": "0", "volume_usd_e4": "0",
			}))
		}
		require.NoError(t, migrations.Up(t.Context(), database, schema))
		for i, r := range rewards {
			var got string
			require.NoError(t, database.QueryRowContext(t.Context(), fmt.Sprintf(`SELECT limited_by FROM rewards WHERE ticket = %d`, i+1)).Scan(&got))
			require.Equal(t, r.want, got, r.comment)
		}
	}
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		database, err := sql.Open("sqlite", "file:"+filepath.Join(t.TempDir(), "old.db"))
		require.NoError(t, err)
		defer database.Close()
		test(t, database, migrations.SQLite, `x'00000000000000000000000000000000'`)
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		database, err := sql.Open("pgx", dbtest.New(t))
		require.NoError(t, err)
		defer database.Close()
		test(t, database, migrations.Postgres, `CAST('00000000-0000-0000-0000-000000000000' AS uuid)`)
	})
}
