package migrations_test

import (
	"database/sql"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/db/migrations"
	"github.com/tributary-server/tributary/internal/reward"
)

// TestCPAOfOldPlans migrates a plan whose CPA has the old form, a plan whose
// CPA is null, and a plan without the field. All of them must then be valid.
func TestCPAOfOldPlans(t *testing.T) {
	t.Parallel()
	test := func(t *testing.T, database *sql.DB, schema migrations.Schema, uid func(digit string) string) {
		t.Helper()
		require.NoError(t, migrations.UpTo(t.Context(), database, schema, 47))
		const rest = `"from":"2026-01-01T00:00:00Z","levels":[{"name":"One","share_percent":20.5}],"formulas":[{"formula":"formula_ecn"}]`
		for digit, text := range map[string]string{
			"1": `{` + rest + `,"cpa":{"amount_usd":200,"min_deposit_usd":100,"min_volume_lots":1,"within_days":30}}`, "2": `{` + rest + `,"cpa":null}`, "3": `{` + rest + `}`,
		} {
			_, err := database.ExecContext(t.Context(), `INSERT INTO plans (plan_id, from_at, created_at, body) VALUES (`+uid(digit)+`, 0, 0, '`+text+`')`)
			require.NoError(t, err)
		}
		require.NoError(t, migrations.Up(t.Context(), database, schema))
		rows, err := database.QueryContext(t.Context(), `SELECT body FROM plans`)
		require.NoError(t, err)
		defer rows.Close()
		n := 0
		for ; rows.Next(); n++ {
			var text string
			require.NoError(t, rows.Scan(&text))
			plan, err := reward.ParsePlan([]byte(text))
			require.NoError(t, err, text)
			require.Empty(t, plan.CPA)
			require.Equal(t, "20.5", plan.Levels[0].SharePercent.String())
		}
		require.NoError(t, rows.Err())
		require.Equal(t, 3, n)
	}
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		database, err := sql.Open("sqlite", "file:"+filepath.Join(t.TempDir(), "old.db"))
		require.NoError(t, err)
		defer database.Close()
		test(t, database, migrations.SQLite, func(digit string) string { return `x'0000000000000000000000000000000` + digit + `'` })
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		database, err := sql.Open("pgx", dbtest.New(t))
		require.NoError(t, err)
		defer database.Close()
		test(t, database, migrations.Postgres, func(digit string) string { return `CAST('00000000-0000-0000-0000-00000000000` + digit + `' AS uuid)` })
	})
}
