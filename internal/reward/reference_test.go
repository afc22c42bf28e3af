package reward_test

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/reward"
)

// TestTheWorkedExampleOfPlans recomputes every row of the example in
// docs/plans.md.
func TestTheWorkedExampleOfPlans(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "plans.md"))
	require.NoError(t, err)
	require.Equal(t, string(reward.Reference()), string(text), "run make generate")
	plans := regexp.MustCompile("(?s)```json\n(.*?)\n```").FindAllSubmatch(text, -1)
	require.Len(t, plans, 3)
	shipped, err := reward.ParsePlan(plans[2][1])
	require.NoError(t, err)
	require.Equal(t, reward.Default(), shipped)
	plan, err := reward.ParsePlan(plans[0][1])
	require.NoError(t, err)

	rows := regexp.MustCompile(`(?m)^\| ([A-Z][^|]*) \| (\w+) \| (\d+) \| (\d*) ?\| (\d*) ?\| (\d+) \| ([\d.]+) \|`).FindAllStringSubmatch(string(text), -1)
	require.Len(t, rows, 8)
	for _, row := range rows {
		seconds, err := strconv.Atoi(row[6])
		require.NoError(t, err)
		o := &feed.Order{OpenTime: closed.Add(-time.Duration(seconds) * time.Second), CloseTime: closed, OpenPrice: 1_0810000000, ClosePrice: 1_0820000000}
		o.Lots, err = money.Parse[money.Lots](row[3])
		require.NoError(t, err)
		o.OpenSpread, o.CloseSpread = spreadOf(t, row[4]), spreadOf(t, row[5])
		instrument := eurusd()
		instrument.AvgSpread = 10_0000
		terms, err := reward.NewTerms(reward.Context{
			Plan: plan, Level: row[2], AccountType: row[1], Instrument: instrument, QuoteRate: reward.RateOfUSD, AccountRate: reward.RateOfUSD, Currency: "USD",
		})
		require.NoError(t, err)
		result, err := reward.Compute(o, &terms)
		require.NoError(t, err)
		require.Equal(t, row[7], result.RewardUSD.String(), row[0])
	}
	share, err := reward.Share(7_140000, plan.OverridePercents[0])
	require.NoError(t, err)
	require.Equal(t, "0.714", share.String())
	require.Contains(t, string(text), "0.714 USD")
}

// TestTheExampleOfOwnTerms recomputes every row of the section "Own terms" in
// docs/plans.md.
func TestTheExampleOfOwnTerms(t *testing.T) {
	t.Parallel()
	text := string(reward.Reference())
	plan, err := reward.ParsePlan(regexp.MustCompile("(?s)```json\n(.*?)\n```").FindAllSubmatch([]byte(text), -1)[1][1])
	require.NoError(t, err)
	rows := regexp.MustCompile(`(?m)^\| ([AB]) \| (\w+) \| (\w+) \| (\w+) \| (\w+) \| (\d) \| ([\d.]+) \| ([\d.]+) \| ([\d.]+) \|`).FindAllStringSubmatch(text, -1)
	require.Len(t, rows, 7)
	partnerID, err := id.Parse(plan.Formulas[0].Partners[0])
	require.NoError(t, err)
	for _, row := range rows {
		instrument, whose := eurusd(), reward.Whose{PartnerID: partnerID, LinkCode: row[2], Country: row[3]}
		instrument.Group, instrument.AvgSpread = row[4], 10_0000
		if row[1] == "B" {
			whose.PartnerID[0]++
		}
		terms, err := reward.NewTerms(reward.Context{
			Plan: plan, Whose: whose, Level: row[5], AccountType: "Standard", Instrument: instrument,
			QuoteRate: reward.RateOfUSD, AccountRate: reward.RateOfUSD, Currency: "USD",
		})
		require.NoError(t, err)
		require.Equal(t, row[6], strconv.Itoa(terms.Line), row[0])
		o := order("1")
		result, err := reward.Compute(o, &terms)
		require.NoError(t, err)
		require.Equal(t, row[7], result.RewardUSD.String(), row[0])
		overrides, err := reward.OverridesOf(plan, o, &terms, result.RewardUSD)
		require.NoError(t, err)
		require.Equal(t, []string{row[8], row[9]}, []string{overrides[0].String(), overrides[1].String()}, row[0])
	}
}

func spreadOf(t *testing.T, text string) *money.Spread {
	t.Helper()
	if text == "" {
		return nil
	}
	spread, err := money.Parse[money.Spread](text)
	require.NoError(t, err)
	return &spread
}

func TestEveryFieldOfAPlanIsDocumented(t *testing.T) {
	t.Parallel()
	page := string(reward.Reference())
	for _, declared := range []reflect.Type{
		reflect.TypeFor[reward.Plan](), reflect.TypeFor[reward.Level](), reflect.TypeFor[reward.FormulaRule](), reflect.TypeFor[reward.CPA](),
	} {
		for f := range declared.Fields() {
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			if name == "-" {
				continue
			}
			require.NotEmpty(t, f.Tag.Get("doc"), "%s %s", declared, name)
			require.Contains(t, page, f.Tag.Get("doc"), "%s %s", declared, name)
		}
	}
}

func TestPlansHaveNoNullLists(t *testing.T) {
	t.Parallel()
	plan, err := reward.ParsePlan([]byte(`{"levels":[{"name":"One","share_percent":20}],"formulas":[{"formula":"formula_ecn"}]}`))
	require.NoError(t, err)
	require.NotNil(t, plan.AmountsPerLot)
	require.NotNil(t, plan.CentAccountTypes)
	require.NotNil(t, plan.SymbolSuffixes)
	require.NotNil(t, plan.OverridePercents)
}
