package reward_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/reward"
)

// TestOutcomes checks the outcome of orders that are paid, and of orders that
// earn nothing, one for each reason.
func TestOutcomes(t *testing.T) {
	t.Parallel()
	usd := func(n money.Amount) *money.Amount { return &n }
	stock := eurusd()
	stock.Group = "stocks"
	flat := eurusd()
	flat.AvgSpread = 0
	for name, c := range map[string]struct {
		change      func(*reward.Plan)
		accountType string
		instrument  *feed.Instrument
		order       *feed.Order
		rate        money.Rate
		want        reward.Outcome
		limitedBy   string
		exact       string
	}{
		"paid":                              {order: order("1", 8_0000, 9_5000), want: reward.Paid, exact: "1.75"},
		"a cut reward is paid":              {change: func(p *reward.Plan) { p.CapPerOrder = usd(1_000_000) }, order: order("1", 8_0000, 9_5000), want: reward.Paid, limitedBy: "capped", exact: "1.75"},
		"a cap of 0":                        {change: func(p *reward.Plan) { p.CapPerOrder = usd(0) }, order: order("1"), want: reward.Capped, limitedBy: "capped", exact: "2.4"},
		"too short":                         {change: func(p *reward.Plan) { p.MinOrderLife = 61 }, order: order("1"), want: reward.MinOrderLife, limitedBy: "min_order_life", exact: "2.4"},
		"no spread":                         {order: order("1", 0, 0), want: reward.NoSpread, limitedBy: "no_spread", exact: "0"},
		"half a spread pays":                {order: order("1", 0, 1_0000), want: reward.Paid, exact: "0.1"},
		"no average spread":                 {accountType: "Pro", instrument: flat, order: order("1", 8_0000, 9_5000), want: reward.NoSpread, limitedBy: "no_spread", exact: "0"},
		"a spread of 0 on an ECN account":   {accountType: "Zero", order: order("1", 0, 0), want: reward.Paid, exact: "3.5"},
		"a group without an amount per lot": {change: func(p *reward.Plan) { delete(p.AmountsPerLot, "stocks") }, accountType: "Zero", instrument: stock, order: order("1"), want: reward.SymbolNotInPlan, limitedBy: "symbol_not_in_plan", exact: "0"},
		"a bonus factor of 0":               {change: func(p *reward.Plan) { p.BonusK = 0 }, order: order("1", 8_0000, 9_5000), want: reward.NoRewardType, limitedBy: "no_reward_type", exact: "0"},
		"half of the last place is even":    {order: order("0.0000025", 1_0000, 1_0000), want: reward.BelowPlace, limitedBy: "below_place", exact: "0.0000005"},
		"just enough":                       {order: order("0.00000501", 1_0000, 1_0000), want: reward.Paid, exact: "0.000001002"},
		"too little in a dear currency":     {order: order("0.00001", 1_0000, 1_0000), rate: 100_000 * reward.RateOfUSD, want: reward.BelowPlace, limitedBy: "below_place", exact: "0.000002"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			plan := reward.Default()
			if c.change != nil {
				c.change(plan)
			}
			in := reward.Context{Plan: plan, AccountType: c.accountType, Instrument: c.instrument, Day: 20000, QuoteRate: reward.RateOfUSD, AccountRate: max(c.rate, reward.RateOfUSD), Currency: "USD"}
			if in.AccountType == "" {
				in.AccountType = "Standard"
			}
			if in.Instrument == nil {
				in.Instrument = eurusd()
			}
			terms, err := reward.NewTerms(in)
			require.NoError(t, err)
			result, err := reward.Compute(c.order, &terms)
			require.NoError(t, err)
			r := &reward.Reward{PartnerID: id.UUID{1}, Order: *c.order, Terms: terms, Result: result}
			require.NoError(t, r.Check())
			require.Equal(t, c.want, r.Outcome(reward.ForOrder))
			require.Equal(t, c.limitedBy, result.LimitedBy)
			require.Equal(t, c.exact, reward.ExactUSD(c.order, &terms).Decimal())
			require.Equal(t, c.want == reward.Paid, result.Reward != 0)
			require.Equal(t, reward.Reversed, r.Outcome(reward.ForReversal))
			r.PartnerID, r.Result = id.Nil, r.Result.ForHouse()
			require.Equal(t, reward.NoPartner, r.Outcome(reward.ForReversal), "there was nothing to take back")
		})
	}
}

func TestNoFormula(t *testing.T) {
	t.Parallel()
	plan := reward.Default()
	plan.Formulas = []reward.FormulaRule{{AccountTypes: []string{"Standard"}, Groups: []string{"metals"}, Formula: reward.ClassicV2}}
	for accountType, want := range map[string]reward.Outcome{"Standard": reward.SymbolNotInPlan, "Demo": reward.NoRewardType} {
		_, err := reward.NewTerms(reward.Context{Plan: plan, AccountType: accountType, Instrument: eurusd(), Day: 20000})
		var none *reward.NoFormulaError
		require.ErrorAs(t, err, &none)
		require.Equal(t, want, none.Outcome)
		require.ErrorContains(t, err, `"`+accountType+`" and the group "forex"`)
	}
}
