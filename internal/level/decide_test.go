package level_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/level"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/reward"
)

// TestDecide checks the rules of a review on random partners and plans.
func TestDecide(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		plan := reward.Default()
		name := rapid.SampledFrom([]string{"", "Trading Partner", "Advanced", "Bronze", "Silver", "Gold", "Platinum", "Brilliant", "of another plan"})
		s := level.Standing{Level: name.Draw(t, "level"), Floor: name.Draw(t, "floor"), Announced: name.Draw(t, "announced")}
		a := reward.Activity{
			Volume: money.Volume(rapid.Int64Range(0, 4_000_000_000).Draw(t, "volume")) * 1_0000, ActiveClients: rapid.Int64Range(0, 300).Draw(t, "clients"),
		}
		const day = clock.Day(20_635)
		d := level.Decide(plan, day, s, a)
		was, is, earned, floor := plan.Place(d.Level), plan.Place(d.NewLevel), plan.Place(d.Earned), plan.Place(s.Floor)
		require.Equal(t, plan.Level(s.Level).Name, d.Level)
		require.Equal(t, plan.Earned(a), earned)
		switch {
		case is > was:
			require.Equal(t, max(earned, floor), is, "a rise goes to the level that is earned or held")
			require.Equal(t, day+1, d.From, "a rise takes effect on the next day")
			require.Empty(t, d.FallsTo)
		case is < was:
			require.NotEmpty(t, s.Announced, "no fall without notice")
			require.Equal(t, day, d.From, "a fall takes effect at the end of the period")
			require.GreaterOrEqual(t, is, plan.Place(s.Announced), "no further than announced")
			require.GreaterOrEqual(t, is, max(earned, floor), "no further than needed")
		default:
			require.Equal(t, day, d.From)
		}
		require.GreaterOrEqual(t, is, min(was, floor), "not below the floor")
		if d.FallsTo != "" {
			require.Equal(t, max(earned, floor), plan.Place(d.FallsTo))
			require.Less(t, plan.Place(d.FallsTo), is)
		} else {
			require.LessOrEqual(t, is, max(earned, floor), "what is not earned falls, or its fall is announced")
		}
	})
}
