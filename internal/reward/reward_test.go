package reward_test

import (
	"math/big"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/reward"
)

var closed = time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)

func eurusd() *feed.Instrument {
	return &feed.Instrument{
		Symbol: "EURUSD", Group: "forex", BaseCurrency: "EUR", QuoteCurrency: "USD",
		ContractSize: 100_000_0000, PointSize: 100_000, AvgSpread: 12_0000,
	}
}

func order(lots string, spreads ...money.Spread) *feed.Order {
	l, err := money.Parse[money.Lots](lots)
	if err != nil {
		panic(err)
	}
	o := &feed.Order{Lots: l, OpenTime: closed.Add(-time.Minute), CloseTime: closed, OpenPrice: 1_0810000000, ClosePrice: 1_0820000000}
	if len(spreads) > 0 {
		o.OpenSpread = &spreads[0]
	}
	if len(spreads) > 1 {
		o.CloseSpread = &spreads[1]
	}
	return o
}

func TestFormulas(t *testing.T) {
	t.Parallel()
	gold := eurusd()
	gold.Group = "metals"
	index := eurusd()
	index.Group = "indices"
	named := eurusd()
	named.Formula = "formula_ecn"
	old := clock.DayOf(time.Date(2017, 12, 21, 0, 0, 0, 0, time.UTC), time.UTC)
	today := clock.DayOf(closed, time.UTC)
	for name, c := range map[string]struct {
		level, accountType string
		instrument         *feed.Instrument
		day                clock.Day
		order              *feed.Order
		formula            reward.Formula
		lots, usd          string
	}{
		"standard":                  {"", "Standard", eurusd(), today, order("1", 8_0000, 9_5000), reward.ClassicV2, "1", "1.75"},
		"missing spreads":           {"", "Standard Plus", eurusd(), today, order("1"), reward.ClassicV2, "1", "2.4"},
		"one spread is missing":     {"", "Standard", eurusd(), today, order("1", 8_0000), reward.ClassicV2, "1", "2"},
		"cent lots are 1/100":       {"", "Standard Cent", eurusd(), today, order("1", 8_0000, 9_5000), reward.ClassicV2, "0.01", "0.0175"},
		"classic, the last day":     {"", "Standard", eurusd(), old, order("1", 8_0000, 9_5000), reward.Classic, "1", "1.6"},
		"classic_v2, the first day": {"", "Standard", eurusd(), old + 1, order("1", 8_0000, 9_5000), reward.ClassicV2, "1", "1.75"},
		"pro takes the average":     {"", "Pro", eurusd(), today, order("1", 8_0000, 9_5000), reward.InstitutionalAvg, "1", "2.4"},
		"ecn":                       {"", "Raw Spread", eurusd(), today, order("0.4", 8_0000), reward.ECN, "0.4", "1.4"},
		"ecn at a level":            {"Advanced", "Zero", eurusd(), today, order("0.4"), reward.ECN, "0.4", "1.75"},
		"ecn on metals":             {"Bronze", "Zero", gold, today, order("1"), reward.ECN, "1", "8.25"},
		"no formula of its own":     {"", "Social Pro", eurusd(), today, order("1", 8_0000, 9_5000), reward.Forex, "1", "1.75"},
		"any other group is cfd":    {"", "Social Standard", index, today, order("1", 8_0000, 9_5000), reward.CFD, "1", "1.75"},
		"the instrument's choice":   {"", "Standard", named, today, order("1"), reward.ECN, "1", "3.5"},
		"a level's share":           {"Brilliant", "Standard", eurusd(), today, order("1", 8_0000, 9_5000), reward.ClassicV2, "1", "3.5"},
		"rounded half to even":      {"", "Standard", eurusd(), today, order("0.0000125", 1_0000, 1_0000), reward.ClassicV2, "0.0000125", "0.000002"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			terms, err := reward.NewTerms(reward.Context{Plan: reward.Default(), Level: c.level, AccountType: c.accountType, Instrument: c.instrument, Day: c.day, QuoteRate: reward.RateOfUSD, AccountRate: reward.RateOfUSD, Currency: "USD"})
			require.NoError(t, err)
			require.Equal(t, c.formula, terms.Formula)
			result, err := reward.Compute(c.order, &terms)
			require.NoError(t, err)
			require.Equal(t, c.usd, result.RewardUSD.String())
			require.Equal(t, c.lots, result.VolumeLots.String())
			require.Equal(t, result.RewardUSD, result.Reward)
		})
	}
}

func TestCurrencies(t *testing.T) {
	t.Parallel()
	jpy := eurusd()
	jpy.QuoteCurrency, jpy.PointSize, jpy.AvgSpread = "JPY", 10_000_000, 12_5000
	quote, err := money.Parse[money.Rate]("0.006666666667")
	require.NoError(t, err)
	euro, err := money.Parse[money.Rate]("1.085")
	require.NoError(t, err)
	terms, err := reward.NewTerms(reward.Context{Plan: reward.Default(), Level: "", AccountType: "Pro", Instrument: jpy, Day: clock.DayOf(closed, time.UTC), QuoteRate: quote, AccountRate: euro, Currency: "EUR"})
	require.NoError(t, err)
	o := order("1")
	o.ClosePrice = 150_0000000000
	result, err := reward.Compute(o, &terms)
	require.NoError(t, err)
	require.Equal(t, "1.666667", result.RewardUSD.String())
	require.Equal(t, "1.536099", result.Reward.String())
	require.Equal(t, "100000", result.VolumeUSD.String()) // 100,000.000005 is rounded to 4 places
}

func TestLimits(t *testing.T) {
	t.Parallel()
	plan := reward.Default()
	plan.MinOrderLife = 61
	terms, err := reward.NewTerms(reward.Context{Plan: plan, Level: "", AccountType: "Standard", Instrument: eurusd(), Day: 20000, QuoteRate: reward.RateOfUSD, AccountRate: reward.RateOfUSD, Currency: "USD"})
	require.NoError(t, err)
	result, err := reward.Compute(order("1"), &terms)
	require.NoError(t, err)
	require.Equal(t, string(reward.MinOrderLife), result.LimitedBy)
	require.Zero(t, result.RewardUSD)
	require.NotZero(t, result.VolumeUSD)

	plan = reward.Default()
	most := money.Amount(1_000_000)
	plan.CapPerOrder = &most
	terms, err = reward.NewTerms(reward.Context{Plan: plan, Level: "", AccountType: "Standard", Instrument: eurusd(), Day: 20000, QuoteRate: reward.RateOfUSD, AccountRate: reward.RateOfUSD, Currency: "USD"})
	require.NoError(t, err)
	result, err = reward.Compute(order("1"), &terms)
	require.NoError(t, err)
	require.Equal(t, reward.LimitedByCap, result.LimitedBy)
	require.Equal(t, most, result.RewardUSD)

	_, err = reward.Compute(order("9999999"), &reward.Terms{
		Formula: reward.ECN, ContractSize: 1_000_000_000_0000, QuoteRate: reward.RateOfUSD, AccountRate: reward.RateOfUSD,
	})
	require.ErrorIs(t, err, money.ErrTooLarge)
}

// TestExact compares the rewards of random inputs with the results of rational
// arithmetic.
func TestExact(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		draw := func(name string, most int64) int64 { return rapid.Int64Range(1, most).Draw(t, name) }
		open, closing := money.Spread(draw("open", 1e7)), money.Spread(draw("close", 1e7))
		o := &feed.Order{Lots: money.Lots(draw("lots", 1e10)), ClosePrice: money.Price(draw("price", 1e13)), OpenSpread: &open, CloseSpread: &closing}
		terms := &reward.Terms{
			Formula: reward.ClassicV2, Percent: money.Percent(draw("percent", 1e6)), BonusK: money.Percent(draw("bonus", 1e5)),
			ContractSize: money.Contract(draw("contract", 1e9)), PointSize: money.Price(draw("point", 1e10)),
			QuoteRate: money.Rate(draw("quote", 2e12)), AccountRate: money.Rate(draw("account", 2e12)), Cent: rapid.Bool().Draw(t, "cent"),
		}
		result, err := reward.Compute(o, terms)
		if err != nil {
			require.ErrorIs(t, err, money.ErrTooLarge)
			return
		}
		rat := func(n int64, places int) *big.Rat {
			return new(big.Rat).SetFrac(big.NewInt(n), new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(places)), nil))
		}
		lots := rat(int64(o.Lots), 8)
		if terms.Cent {
			lots.Quo(lots, big.NewRat(100, 1))
		}
		usd := new(big.Rat).Set(lots)
		for _, factor := range []*big.Rat{
			rat(int64(terms.ContractSize), 4), rat(int64(terms.PointSize), 10), rat(int64(open+closing), 4), big.NewRat(1, 2),
			rat(int64(terms.QuoteRate), 12), rat(int64(terms.Percent), 4), big.NewRat(1, 100), rat(int64(terms.BonusK), 4),
		} {
			usd.Mul(usd, factor)
		}
		require.Zero(t, distance(usd, int64(result.RewardUSD)), "reward_usd")
		reward := new(big.Rat).Quo(rat(int64(result.RewardUSD), 6), rat(int64(terms.AccountRate), 12))
		require.Zero(t, distance(reward, int64(result.Reward)), "reward")
	})
}

// distance returns 0 if the result is the exact number rounded half to even to
// 6 places, and 1 otherwise.
func distance(exact *big.Rat, result int64) int {
	scaled := new(big.Rat).Mul(exact, big.NewRat(1_000_000, 1))
	twice := new(big.Rat).Sub(scaled, new(big.Rat).SetInt64(result))
	twice.Abs(twice.Mul(twice, big.NewRat(2, 1)))
	switch c := twice.Cmp(big.NewRat(1, 1)); {
	case c < 0, c == 0 && result%2 == 0:
		return 0
	default:
		return 1
	}
}

func TestPlans(t *testing.T) {
	t.Parallel()
	p := reward.Default()
	require.Equal(t, []string{"EURUSDM", "EURUSD"}, p.Symbols(" eurusdm"))
	require.Equal(t, []string{"XAUUSD-STD", "XAUUSD"}, p.Symbols("XAUUSD-std"))
	later := reward.Default()
	later.From, later.CreatedAt = closed, closed
	newer := reward.Default()
	newer.From, newer.CreatedAt = closed, closed.Add(time.Second)
	all := []*reward.Plan{p, later, newer}
	require.Same(t, p, reward.InForce(all, closed.Add(-time.Second)))
	require.Same(t, newer, reward.InForce(all, closed))

	for name, text := range map[string]string{
		"not json":        `{`,
		"unknown field":   `{"levels":[{"name":"A","share_percent":20}],"formulas":[{"formula":"formula_ecn"}],"lvls":1}`,
		"another case":    `{"levels":[{"name":"A","share_percent":20,"Share_Percent":90}],"formulas":[{"formula":"formula_ecn"}]}`,
		"no levels":       `{"formulas":[{"formula":"formula_ecn"}]}`,
		"no formulas":     `{"levels":[{"name":"A","share_percent":20}]}`,
		"unknown formula": `{"levels":[{"name":"A","share_percent":20}],"formulas":[{"formula":"x"}]}`,
		"share over 100":  `{"levels":[{"name":"A","share_percent":101}],"formulas":[{"formula":"formula_ecn"}]}`,
		"twice a level":   `{"levels":[{"name":"A","share_percent":20},{"name":"A","share_percent":20}],"formulas":[{"formula":"formula_ecn"}]}`,
		"negative life":   `{"levels":[{"name":"A","share_percent":20}],"formulas":[{"formula":"formula_ecn"}],"min_order_life_seconds":-1}`,
		"twice a share":   `{"levels":[{"name":"A","share_percent":20,"share_percent":30}],"formulas":[{"formula":"formula_ecn"}]}`,
		"turned text":     `{"levels":[{"name":"A\u202e","share_percent":20}],"formulas":[{"formula":"formula_ecn"}]}`,
		"turned group":    `{"levels":[{"name":"A","share_percent":20}],"formulas":[{"formula":"formula_ecn"}],"amounts_per_lot_usd":{"\u202e":1}}`,
		"two objects":     `{"levels":[{"name":"A","share_percent":20}],"formulas":[{"formula":"formula_ecn"}]} {}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := reward.ParsePlan([]byte(text))
			require.Equal(t, fault.ValidationError, fault.CodeOf(err))
		})
	}
}

func FuzzParsePlan(f *testing.F) {
	f.Add(`{"levels":[{"name":"A","share_percent":20}],"formulas":[{"formula":"formula_ecn"}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		p, err := reward.ParsePlan([]byte(text))
		if err != nil {
			require.Equal(t, fault.ValidationError, fault.CodeOf(err))
			return
		}
		p.Symbols("EURUSDm")
		_, _ = reward.NewTerms(reward.Context{Plan: p, Level: "", AccountType: "Standard", Instrument: eurusd(), Day: 20000, QuoteRate: reward.RateOfUSD, AccountRate: reward.RateOfUSD, Currency: "USD"})
	})
}
