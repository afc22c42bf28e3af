package reward_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/reward"
)

func TestLines_Invalid(t *testing.T) {
	t.Parallel()
	for line, field := range map[string]string{
		`{}`: "formulas.1.formula",
		`{"formula":"formula_cfd","share_percent":0}`:                                      "formulas.1.share_percent",
		`{"formula":"formula_cfd","share_percent":"100.0001"}`:                             "formulas.1.share_percent",
		`{"formula":"formula_cfd","amount_per_lot_usd":-1}`:                                "formulas.1.amount_per_lot_usd",
		`{"formula":"formula_cfd","bonus_k":101}`:                                          "formulas.1.bonus_k",
		`{"formula":"formula_cfd","min_order_life_seconds":31536001}`:                      "formulas.1.min_order_life_seconds",
		`{"formula":"formula_cfd","cap_per_order_usd":"1000000000.01"}`:                    "formulas.1.cap_per_order_usd",
		`{"formula":"formula_cfd","countries":["TH","\u0007"]}`:                            "formulas.1.countries.1",
		`{"formula":"formula_cfd","groups":["` + strings.Repeat("x", 65) + `"]}`:           "formulas.1.groups.0",
		`{"formula":"formula_cfd","link_codes":["a"` + strings.Repeat(`,"a"`, 1000) + `]}`: "formulas.1.link_codes",
		`{"formula":"formula_cfd","countries":["a"` + strings.Repeat(`,"a"`, 300) + `]}`:   "formulas.1.countries",
		`{"formula":"formula_cfd","partner_uids":["nine"]}`:                                "formulas.1.partner_uids.0",
		`{"formula":"formula_cfd","partner":"alpha"}`:                                      "formulas.1.partner",
	} {
		_, err := reward.ParsePlan([]byte(`{"levels":[{"name":"One","share_percent":20}],"formulas":[{"formula":"formula_ecn"},` + line + `]}`))
		require.Equal(t, fault.ValidationError, fault.CodeOf(err), line)
		var wrong *fault.Error
		require.ErrorAs(t, err, &wrong, line)
		text, err := json.Marshal(wrong.Fields)
		require.NoError(t, err)
		require.Contains(t, string(text), field, line)
	}
	many := strings.Repeat(`{"formula":"formula_ecn"},`, 1000)
	_, err := reward.ParsePlan([]byte(`{"levels":[{"name":"One","share_percent":20}],"formulas":[` + many + `{"formula":"formula_ecn"}]}`))
	require.ErrorContains(t, err, "1000")
	for _, percent := range []string{"-1", "100.0001"} {
		_, err := reward.ParsePlan([]byte(`{"levels":[{"name":"One","share_percent":20}],"formulas":[{"formula":"formula_ecn"}],"max_payout_percent":` + percent + `}`))
		require.ErrorContains(t, err, "max_payout_percent")
	}
}

// TestPayoutLimit checks the broker's revenue, and how much of it all partners
// together get.
func TestPayoutLimit(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		accountType string
		lots        string
		commission  money.Amount
		maxPercent  money.Percent
		revenue     string
		reward      string
		limitedBy   string
		overrides   string
	}{
		{"Standard", "1", 0, 0, "12", "2.4", "", "[1.2 0.6]"},
		{"Standard", "1", 0, 100_0000, "12", "2.4", "", "[1.2 0.6]"},
		{"Standard", "1", 0, 33_0000, "12", "2.4", "", "[1.2 0.36]"},
		{"Standard", "1", 0, 25_0000, "12", "2.4", "", "[0.6 0]"},
		{"Standard", "1", 0, 20_0000, "12", "2.4", "", "[0 0]"},
		{"Standard", "1", 0, 10_0000, "12", "1.2", "capped", "[0 0]"},
		{"Standard", "0.0000003", 0, 10_0000, "0.0000036", "0", "capped", "[0 0]"}, // the limit is cut, so it is 0
		{"Standard Cent", "100", 0, 25_0000, "12", "2.4", "", "[0.6 0]"},
		{"Raw Spread", "1", 0, 30_0000, "17.5", "3.5", "", "[1.75 0]"},
		{"Raw Spread", "1", -6_000000, 100_0000, "6", "3.5", "", "[1.75 0.75]"},
		{"Raw Spread", "1", 3_000000, 100_0000, "3", "3", "capped", "[0 0]"},
	} {
		t.Run(fmt.Sprint(c.accountType, c.lots, c.commission, c.maxPercent), func(t *testing.T) {
			t.Parallel()
			plan := reward.Default()
			plan.MaxPayoutPercent, plan.OverridePercents = c.maxPercent, []money.Percent{50_0000, 25_0000}
			o := order(c.lots)
			o.Commission = c.commission
			terms := termsOf(t, plan, c.accountType, eurusd())
			require.Equal(t, c.revenue, reward.Revenue(o, &terms).Decimal())
			result, err := reward.Compute(o, &terms)
			require.NoError(t, err)
			require.Equal(t, c.reward, result.RewardUSD.String())
			require.Equal(t, c.limitedBy, result.LimitedBy)
			overrides, err := reward.OverridesOf(plan, o, &terms, result.RewardUSD)
			require.NoError(t, err)
			require.Equal(t, c.overrides, fmt.Sprint(overrides))
		})
	}
}

// TestPayoutLimit_OtherCurrency checks that a commission in another currency than USD
// does not count as USD.
func TestPayoutLimit_OtherCurrency(t *testing.T) {
	t.Parallel()
	plan := reward.Default()
	plan.MaxPayoutPercent = 50_0000
	o := order("1")
	o.Commission = -1050_000000
	for currency, revenue := range map[string]string{"USD": "1050", "JPY": "17.5"} {
		terms, err := reward.NewTerms(reward.Context{
			Plan: plan, Whose: reward.Whose{Currency: currency}, AccountType: "Raw Spread", Instrument: eurusd(),
			QuoteRate: reward.RateOfUSD, AccountRate: reward.RateOfUSD, Currency: "USD",
		})
		require.NoError(t, err)
		require.Equal(t, revenue, reward.Revenue(o, &terms).Decimal())
	}
}

// TestLines_Raise checks that a rise pays nothing for orders of a line that has its
// own share, and that it keeps the other figures of a line.
func TestLines_Raise(t *testing.T) {
	t.Parallel()
	own, factor := money.Percent(30_0000), money.Percent(2_0000)
	plan := reward.Default()
	plan.Formulas = []reward.FormulaRule{
		{Groups: []string{"metals"}, Formula: reward.CFD, SharePercent: &own}, {Formula: reward.CFD, BonusK: &factor},
	}
	gold := eurusd()
	gold.Group = "metals"
	for _, c := range []struct {
		instrument *feed.Instrument
		reward     string
		raise      reward.Raise
	}{
		{gold, "3.6", reward.Raise{OldPercent: own, NewPercent: own}},
		{eurusd(), "4.8", reward.Raise{OldPercent: 20_0000, NewPercent: 25_0000, USD: 1_200000, Amount: 1_200000}},
	} {
		r := &reward.Reward{Order: *order("1"), Terms: termsOf(t, plan, "Standard", c.instrument)}
		result, err := reward.Compute(&r.Order, &r.Terms)
		require.NoError(t, err)
		require.Equal(t, c.reward, result.RewardUSD.String())
		r.Result = result
		raise, err := r.RaiseTo(plan, "Trading Partner", "Advanced")
		require.NoError(t, err)
		require.Equal(t, c.raise, raise)
	}
}

func termsOf(t *testing.T, plan *reward.Plan, accountType string, instrument *feed.Instrument) reward.Terms {
	t.Helper()
	terms, err := reward.NewTerms(reward.Context{
		Plan: plan, Whose: reward.Whose{Currency: "USD"}, AccountType: accountType, Instrument: instrument, QuoteRate: reward.RateOfUSD, AccountRate: reward.RateOfUSD, Currency: "USD",
	})
	require.NoError(t, err)
	return terms
}
