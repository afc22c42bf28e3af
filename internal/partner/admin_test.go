package partner_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/partner"
)

func TestPartnerAdmin(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, open func(t *testing.T) db.DB) {
		t.Helper()
		database := open(t)
		admin := partner.NewAdminStore(database)
		require.ErrorIs(t, admin.Verify(t.Context(), id.New()), fault.New(fault.NotFound))
		_, found, err := admin.CodeOwner(t.Context(), "ann")
		require.NoError(t, err)
		require.False(t, found)

		ann := id.New()
		require.NoError(t, database.Write(t.Context(), func(ctx context.Context, q db.Querier) error {
			_, err := q.Exec(ctx, `INSERT INTO link_codes (link_code, partner_id) VALUES ($1, $2)`, "ann", ann)
			return err
		}))
		owner, found, err := admin.CodeOwner(t.Context(), "https://go.example.com/a/ANN.")
		require.NoError(t, err)
		require.True(t, found)
		require.Equal(t, ann, owner)

		day := clock.Day(20_000)
		require.NoError(t, admin.SetLevels(t.Context(), []partner.LevelChange{{PartnerID: ann, From: day, Level: "Bronze"}, {PartnerID: ann, From: day + 30, Level: "Gold"}}))
		require.NoError(t, admin.SetLevels(t.Context(), []partner.LevelChange{{PartnerID: ann, From: day, Level: "Silver"}}))
		levels := map[int64]string{}
		rows, err := database.Query(t.Context(), `SELECT from_day, level FROM partner_levels WHERE partner_id = $1`, ann)
		require.NoError(t, err)
		defer rows.Close()
		for rows.Next() {
			var from int64
			var level string
			require.NoError(t, rows.Scan(&from, &level))
			levels[from] = level
		}
		require.NoError(t, rows.Err())
		require.Equal(t, map[int64]string{int64(day): "Silver", int64(day) + 30: "Gold"}, levels)
	})
}
