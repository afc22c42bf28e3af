package reward_test

import (
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/reward"
)

// TestRaiseTo checks the arithmetic of progress rewards on random orders. The
// reward plus the raise must be exactly the reward that the order would have
// earned at the new level, in both currencies. If the order would have earned
// less there, the raise must be zero.
func TestRaiseTo(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		share := rapid.Int64Range(1, 100_0000)
		plan := reward.Default()
		plan.Levels = []reward.Level{
			{Name: "Low", SharePercent: money.Percent(share.Draw(t, "low"))}, {Name: "High", SharePercent: money.Percent(share.Draw(t, "high"))},
		}
		plan.AmountsPerLot = map[string]money.Amount{"forex": money.Amount(rapid.Int64Range(0, 10_000_000).Draw(t, "per lot"))}
		plan.MinOrderLife = rapid.Int64Range(0, 3600).Draw(t, "min life")
		if rapid.Bool().Draw(t, "capped") {
			plan.CapPerOrder = new(money.Amount(rapid.Int64Range(0, 20_000_000).Draw(t, "cap")))
		}
		o := &feed.Order{
			Lots: money.Lots(rapid.Int64Range(1, 10_0000_0000).Draw(t, "lots")), OpenPrice: 1_0810000000, ClosePrice: 1_0820000000,
			OpenTime: closed.Add(-1800_000_000_000), CloseTime: closed,
		}
		at := func(level string) (reward.Terms, reward.Result) {
			terms, err := reward.NewTerms(reward.Context{
				Plan: plan, Level: level, AccountType: rapid.SampledFrom([]string{"Standard", "Standard Cent", "Pro", "Raw Spread"}).Draw(t, "type"), Instrument: eurusd(),
				QuoteRate: reward.RateOfUSD, AccountRate: 1_085_000_000_000, Currency: "EUR",
			})
			require.NoError(t, err)
			result, err := reward.Compute(o, &terms)
			require.NoError(t, err)
			return terms, result
		}
		terms, low := at("Low")
		r := &reward.Reward{Order: *o, Terms: terms, Result: low}
		raise, err := r.RaiseTo(plan, "Low", "High")
		require.NoError(t, err)
		require.Equal(t, plan.Levels[0].SharePercent, raise.OldPercent)
		require.Equal(t, plan.Levels[1].SharePercent, raise.NewPercent)
		raised := terms
		raised.Percent = plan.Levels[1].SharePercent
		if terms.Formula == reward.ECN {
			exact := new(big.Rat).Mul(big.NewRat(int64(plan.AmountsPerLot["forex"]), 1), big.NewRat(int64(plan.Levels[1].SharePercent), int64(plan.Levels[0].SharePercent)))
			raised.AmountPerLot = halfEven(exact)
		}
		high, err := reward.Compute(o, &raised)
		require.NoError(t, err)
		require.GreaterOrEqual(t, raise.USD, money.Amount(0))
		require.GreaterOrEqual(t, raise.Amount, money.Amount(0))
		require.Equal(t, max(low.RewardUSD, high.RewardUSD), low.RewardUSD+raise.USD)
		require.Equal(t, max(low.Reward, high.Reward), low.Reward+raise.Amount)

		none, err := r.RaiseTo(plan, "Low", "a level of another plan")
		require.NoError(t, err)
		require.Zero(t, none)
	})
}

func halfEven(exact *big.Rat) money.Amount {
	twice := new(big.Int).Mul(exact.Num(), big.NewInt(2))
	twice.Add(twice, exact.Denom())
	quotient, rest := new(big.Int).QuoRem(twice, new(big.Int).Mul(exact.Denom(), big.NewInt(2)), new(big.Int))
	if rest.Sign() == 0 && quotient.Bit(0) == 1 {
		quotient.Sub(quotient, big.NewInt(1))
	}
	return money.Amount(quotient.Int64())
}

// TestEarned compares the level that an activity earns with exact fractions.
func TestEarned(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		plan := reward.Default()
		var a reward.Activity
		next := rapid.SampledFrom(plan.Levels).Draw(t, "near")
		a.Volume = max(0, next.MinVolumeMlnUSD*3_000_000+money.Volume(rapid.Int64Range(-3, 3).Draw(t, "off")))
		a.ActiveClients = rapid.Int64Range(0, 300).Draw(t, "clients")
		want := 0
		for i, l := range plan.Levels {
			average := new(big.Rat).SetFrac(big.NewInt(int64(a.Volume)), big.NewInt(3_000_000))
			if average.Cmp(big.NewRat(int64(l.MinVolumeMlnUSD), 1)) >= 0 && a.ActiveClients >= int64(l.MinActiveClients) {
				want = i
			}
			volume, clients := a.Lacks(&l)
			require.Equal(t, a.Meets(&l), volume == 0 && clients == 0)
			filled := reward.Activity{Volume: a.Volume + volume*3_000_000, ActiveClients: a.ActiveClients + clients}
			require.True(t, filled.Meets(&l), "what is missing is enough")
		}
		require.Equal(t, want, plan.Earned(a))
		require.LessOrEqual(t, plan.Earned(reward.Activity{}), plan.Earned(a))
	})
}

func TestEstimateRise(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ rewards, from, to, want int64 }{
		{100_000000, 20_0000, 25_0000, 25_000000},
		{100_000000, 25_0000, 20_0000, 0},
		{-100_000000, 20_0000, 25_0000, 0},
		{1, 20_0000, 30_0000, 0}, // a half is rounded to even
		{3, 20_0000, 30_0000, 2},
	} {
		got, err := reward.EstimateRise(money.Amount(c.rewards), money.Percent(c.from), money.Percent(c.to))
		require.NoError(t, err)
		require.EqualValues(t, c.want, got, "%v", c)
	}
}

func TestPlanOf(t *testing.T) {
	t.Parallel()
	plans := []*reward.Plan{reward.Default(), {ID: id.New()}}
	plan, err := reward.PlanOf(plans, &reward.Terms{PlanID: plans[1].ID})
	require.NoError(t, err)
	require.Same(t, plans[1], plan)
	_, err = reward.PlanOf(plans, &reward.Terms{PlanID: id.New()})
	require.ErrorContains(t, err, "there is no plan")
}
