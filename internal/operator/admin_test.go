package operator_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/operator"
	"github.com/tributary-server/tributary/internal/reward"
)

func TestPlanAdmin(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, open func(t *testing.T) db.DB) {
		t.Helper()
		admin := reward.NewStore(open(t))
		now := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
		plan := func(bonus money.Percent, from time.Time) *reward.Plan {
			p := reward.Default()
			p.BonusK, p.From = bonus, from
			return p
		}
		add := func(p *reward.Plan, at time.Time) bool {
			added, err := admin.Add(t.Context(), p, at)
			require.NoError(t, err)
			return added
		}
		require.False(t, add(reward.Default(), now), "the plan that ships is in force already")
		require.True(t, add(plan(2_0000, now), now))
		require.False(t, add(plan(2_0000, now), now.Add(time.Hour)))
		// The plan that was applied later counts, even at the same moment or
		// with a clock that was set back.
		require.True(t, add(plan(3_0000, now), now))
		require.True(t, add(plan(4_0000, now), now.Add(-time.Hour)))
		require.True(t, add(plan(2_0000, now), now))
		require.True(t, add(plan(5_0000, now.Add(time.Hour)), now))

		plans, err := admin.List(t.Context())
		require.NoError(t, err)
		require.Len(t, plans, 6)
		require.Equal(t, money.Percent(1_0000), reward.InForce(plans, now.Add(-time.Microsecond)).BonusK)
		require.Equal(t, money.Percent(2_0000), reward.InForce(plans, now).BonusK)
		require.Equal(t, money.Percent(5_0000), reward.InForce(plans, now.Add(time.Hour)).BonusK)
	})
}

func TestPartnerAdmin(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, open func(t *testing.T) db.DB) {
		t.Helper()
		database := open(t)
		admin := operator.NewAdmin(database)
		fresh, err := admin.Fresh(t.Context())
		require.NoError(t, err)
		require.True(t, fresh)
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
		require.NoError(t, admin.SetLevels(t.Context(), []operator.LevelChange{{PartnerID: ann, From: day, Level: "Bronze"}, {PartnerID: ann, From: day + 30, Level: "Gold"}}))
		require.NoError(t, admin.SetLevels(t.Context(), []operator.LevelChange{{PartnerID: ann, From: day, Level: "Silver"}}))
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

		waiting, err := admin.Waiting(t.Context())
		require.NoError(t, err)
		require.Zero(t, waiting)
		plan := reward.Default()
		plan.MinOrderLife = 60
		_, err = reward.NewStore(database).Add(t.Context(), plan, time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC))
		require.NoError(t, err)
		fresh, err = admin.Fresh(t.Context())
		require.NoError(t, err)
		require.False(t, fresh)
	})
}
