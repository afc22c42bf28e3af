package reward_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/reward"
)

func TestStoreKeepsPlansInOrder(t *testing.T) {
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
		require.False(t, add(reward.Default(), now), "the built-in plan is in force")
		require.True(t, add(plan(2_0000, now), now))
		require.False(t, add(plan(2_0000, now), now.Add(time.Hour)))
		// The plan that was applied later is in force, even if both plans start at
		// the same time or the clock was set back in between.
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
