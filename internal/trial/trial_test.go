package trial_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
	"github.com/tributary-server/tributary/internal/reward"
	"github.com/tributary-server/tributary/internal/trial"
)

var year = reward.Period{From: mustDay("2026-01-01"), To: mustDay("2026-12-31")}

func mustDay(text string) clock.Day {
	d, err := clock.ParseDay(text)
	if err != nil {
		panic(err)
	}
	return d
}

func try(t *testing.T, d db.DB, plan *reward.Plan, period reward.Period) *trial.Result {
	t.Helper()
	result, err := trial.NewService(d).Try(t.Context(), trial.Request{Plan: plan, Period: period})
	require.NoError(t, err)
	requireSums(t, result)
	return result
}

// requireSums checks that the totals are the sums of the partners.
func requireSums(t *testing.T, r *trial.Result) {
	t.Helper()
	var orders, more, less, same int64
	var before, after, difference money.Amount
	for i, p := range r.Partners {
		require.Equal(t, p.AfterUSD-p.BeforeUSD, p.DifferenceUSD)
		orders, before, after, difference = orders+p.Orders, before+p.BeforeUSD, after+p.AfterUSD, difference+p.DifferenceUSD
		switch {
		case p.DifferenceUSD > 0:
			more++
		case p.DifferenceUSD < 0:
			less++
		default:
			same++
		}
		if i > 0 {
			last := r.Partners[i-1].DifferenceUSD
			require.GreaterOrEqual(t, max(last, -last), max(p.DifferenceUSD, -p.DifferenceUSD))
		}
	}
	require.Equal(t, []int64{orders, more, less, same}, []int64{r.Orders, r.Winners, r.Losers, r.Unchanged})
	require.Equal(t, []money.Amount{before, after, difference}, []money.Amount{r.Before.TotalUSD, r.After.TotalUSD, r.DifferenceUSD})
	require.Equal(t, r.Before.TotalUSD, r.Before.RewardUSD+r.Before.OverrideUSD)
	require.Equal(t, r.After.TotalUSD, r.After.RewardUSD+r.After.OverrideUSD)
}

// TestThePlanInForceChangesNothing tries the plan in force on random books. It
// compares the first sums with the books, and the sums of parts of the year with
// those of the whole.
func TestThePlanInForceChangesNothing(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, open func(t *testing.T) db.DB) {
		first := programmetest.FromEnv(t, "TRIBUTARY_SEED", 1)
		for seed := first; seed < first+3; seed++ {
			random := rand.New(rand.NewPCG(seed, 11))
			p := programmetest.New(open(t))
			programmetest.WithOverrides(t, p)
			p.Feed(t, programmetest.RandomServers(p, random)...)
			p.Shuffled(t, random, append(p.Setting(), programmetest.RandomFacts(p, random)...))
			plan := reward.Default()
			plan.OverridePercents = []money.Percent{10_0000}

			same := try(t, p.DB, plan, year)
			require.Positive(t, same.Orders, "seed %d", seed)
			require.Equal(t, same.Before, same.After, "seed %d", seed)
			require.Zero(t, same.Winners+same.Losers)
			require.EqualValues(t, dbtest.Scalar(t, p.DB, `SELECT coalesce(sum(reward_usd_e6), 0) FROM partner_totals`), same.Before.RewardUSD, "seed %d", seed)
			require.EqualValues(t, dbtest.Scalar(t, p.DB, `SELECT coalesce(sum(override_usd_e6), 0) FROM partner_totals`), same.Before.OverrideUSD, "seed %d", seed)
			require.Equal(t, dbtest.Scalar(t, p.DB, `SELECT count(*) FROM facts_waiting WHERE type = 'order.closed'`), same.Waiting, "seed %d", seed)

			other := reward.Default()
			other.BonusK, other.OverridePercents = 3_0000, []money.Percent{25_0000, 10_0000}
			whole, cut := try(t, p.DB, other, year), year.From+clock.Day(20+random.IntN(100))
			one := try(t, p.DB, other, reward.Period{From: year.From, To: cut})
			two := try(t, p.DB, other, reward.Period{From: cut + 1, To: year.To})
			require.Equal(t, []int64{whole.Orders, whole.Reversed, whole.Waiting}, []int64{one.Orders + two.Orders, one.Reversed + two.Reversed, one.Waiting + two.Waiting})
			require.Equal(t, whole.After.RewardUSD, one.After.RewardUSD+two.After.RewardUSD)
			require.Equal(t, whole.After.OverrideUSD, one.After.OverrideUSD+two.After.OverrideUSD)
			require.Equal(t, whole.DifferenceUSD, one.DifferenceUSD+two.DifferenceUSD)
			programmetest.RequireSound(t, p.DB)
		}
	})
}

// TestATrialIsWhatThePlanPays tries a plan on one programme and puts it in force
// from the beginning in another programme with the same facts.
func TestATrialIsWhatThePlanPays(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, open func(t *testing.T) db.DB) {
		random := rand.New(rand.NewPCG(programmetest.FromEnv(t, "TRIBUTARY_SEED", 1), 13))
		tried, applied := programmetest.New(open(t)), programmetest.New(open(t))
		limit := money.Amount(4_000000)
		plan := reward.Default()
		plan.BonusK, plan.CapPerOrder, plan.OverridePercents = 2_5000, &limit, []money.Percent{12_5000}
		plan.AmountsPerLot["forex"] = 1_234567
		_, err := reward.NewStore(applied.DB).Add(t.Context(), plan, programmetest.Now)
		require.NoError(t, err)
		facts := append(tried.Setting(), programmetest.RandomFacts(tried, random)...)
		tried.Feed(t, facts...)
		applied.Feed(t, facts...)

		would, did := try(t, tried.DB, plan, year), try(t, applied.DB, plan, year)
		require.NotEqual(t, would.Before, would.After)
		require.Equal(t, did.Before, would.After)
		amounts := func(r *trial.Result, of func(trial.Row) money.Amount) map[string]money.Amount {
			out := map[string]money.Amount{}
			for _, p := range r.Partners {
				out[p.Email] = of(p)
			}
			return out
		}
		require.Equal(t, amounts(did, func(r trial.Row) money.Amount { return r.BeforeUSD }), amounts(would, func(r trial.Row) money.Amount { return r.AfterUSD }))
	})
}

func TestTryRefuses(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, open func(t *testing.T) db.DB) {
		p := programmetest.New(open(t))
		p.MustFeed(t, p.Setting()...)
		p.MustFeed(t, p.Order("1001", 1, "EURUSD", "2026-03-01T10:00:00Z", `,"open_spread":99999999,"close_spread":99999999`), p.Order("1001", 2, "EURUSD", "2026-03-01T10:00:00Z", ``))
		huge := reward.Default()
		huge.BonusK, huge.Levels[0].SharePercent = 100_0000, 100_0000
		for name, c := range map[string]struct {
			asked trial.Request
			field string
		}{
			"a period that ends before it starts": {trial.Request{Plan: reward.Default(), Period: reward.Period{From: 2, To: 1}}, "to"},
			"more than a year":                    {trial.Request{Plan: reward.Default(), Period: reward.Period{From: year.From, To: year.To + 2}}, "to"},
			"more orders than a request may try":  {trial.Request{Plan: reward.Default(), Period: year, MaxOrders: 1}, "to"},
			"a reward above the limit":            {trial.Request{Plan: huge, Period: year}, "plan"},
		} {
			_, err := trial.NewService(p.DB).Try(t.Context(), c.asked)
			require.Equal(t, fault.ValidationError, fault.CodeOf(err), name)
			require.Equal(t, []string{c.field}, slices.Collect(func(yield func(string) bool) {
				for _, f := range programmetest.FieldsOf(t, err) {
					yield(f.Name)
				}
			}), name)
		}
	})
}
