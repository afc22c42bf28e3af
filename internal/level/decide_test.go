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
	places := map[string]int{"": 0, "Trading Partner": 0, "Advanced": 1, "Bronze": 2, "Silver": 3, "Gold": 4, "Platinum": 5, "Brilliant": 6}
	plan := reward.Default()
	require.Len(t, plan.Levels, 7)
	name := rapid.SampledFrom([]string{"", "Trading Partner", "Advanced", "Bronze", "Silver", "Gold", "Platinum", "Brilliant", "of another plan"})
	rapid.Check(t, func(t *rapid.T) {
		s := level.Standing{Level: name.Draw(t, "level"), Floor: name.Draw(t, "floor"), Announced: name.Draw(t, "announced")}
		a := reward.Activity{
			Volume: money.Volume(rapid.Int64Range(0, 4_000_000_000).Draw(t, "volume")) * 1_0000, ActiveClients: rapid.Int64Range(0, 300).Draw(t, "clients"),
		}
		const day = clock.Day(20_635)
		d := level.Decide(plan, day, s, a)
		earned := plan.Earned(a)
		require.Equal(t, plan.Levels[earned].Name, d.Earned)
		was, known := places[s.Level]
		if !known {
			require.Equal(t, level.Decision{
				PlanID: plan.ID, Volume: a.Volume, ActiveClients: a.ActiveClients, Level: s.Level, Earned: d.Earned, NewLevel: s.Level, From: day,
			}, d, "a level that the plan lacks stays")
			return
		}
		require.Equal(t, plan.Levels[was].Name, d.Level)
		is, found := places[d.NewLevel]
		require.True(t, found)
		floor, found := places[s.Floor]
		if !found {
			floor = was // a floor that the plan lacks: the level does not fall
		}
		lowest := max(earned, floor)
		require.GreaterOrEqual(t, is, lowest, "a partner has what it has earned, and what the broker holds")
		switch {
		case is > was:
			require.Equal(t, lowest, is, "a rise goes to the level that is earned or held")
			require.Equal(t, day+1, d.From, "a rise takes effect on the next day")
		case is < was:
			announced, found := places[s.Announced]
			require.True(t, found && s.Announced != "", "no fall without notice")
			require.Equal(t, day, d.From, "a fall takes effect at the end of the period")
			require.Equal(t, max(lowest, announced), is, "no further than announced, and no further than needed")
		default:
			require.Equal(t, day, d.From)
			announced, found := places[s.Announced]
			require.False(t, found && s.Announced != "" && max(lowest, announced) < was, "an announced fall happens")
		}
		if is == lowest {
			require.Empty(t, d.FallsTo)
		} else {
			require.Equal(t, plan.Levels[lowest].Name, d.FallsTo, "what is not earned falls, or its fall is announced")
		}
	})
}
