package reward_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/reward"
)

func withBundles(t *testing.T, bundles string) (*reward.Plan, error) {
	t.Helper()
	return reward.ParsePlan([]byte(`{"levels":[{"name":"One","share_percent":20}],"formulas":[{"formula":"formula_ecn"}],"cpa":` + bundles + `}`))
}

func TestCPA_Faults(t *testing.T) {
	t.Parallel()
	const valid = `{"name":"A","amount_usd":100,"min_deposit_usd":100,"within_days":30}`
	_, err := withBundles(t, `[`+valid+`]`)
	require.NoError(t, err)
	many := func(n int, text string) string {
		return "[" + strings.TrimSuffix(strings.Repeat(text+",", n), ",") + "]"
	}
	for bundles, want := range map[string]string{
		`[` + valid + `,` + valid + `]`:                                                                                       "cpa.1.name invalid",
		`[{"amount_usd":100,"min_deposit_usd":100,"within_days":30}]`:                                                         "cpa.0.name invalid",
		`[{"name":"A","min_deposit_usd":100,"within_days":30}]`:                                                               "cpa.0.amount_usd required",
		`[{"name":"A","deposit_percent":10,"min_deposit_usd":100,"within_days":30}]`:                                          "cpa.0.cap_per_client_usd required",
		`[{"name":"A","amount_usd":-1,"min_deposit_usd":100,"within_days":30}]`:                                               "cpa.0.amount_usd invalid",
		`[{"name":"A","amount_usd":1000000.01,"min_deposit_usd":100,"within_days":30}]`:                                       "cpa.0.amount_usd invalid",
		`[{"name":"A","amount_usd":1,"deposit_percent":101,"cap_per_client_usd":1,"min_deposit_usd":1,"within_days":30}]`:     "cpa.0.deposit_percent invalid",
		`[{"name":"A","amount_usd":1,"within_days":30}]`:                                                                      "cpa.0.min_deposit_usd invalid",
		`[{"name":"A","amount_usd":1,"min_deposit_usd":1}]`:                                                                   "cpa.0.within_days invalid",
		`[{"name":"A","amount_usd":1,"min_deposit_usd":1,"within_days":3651}]`:                                                "cpa.0.within_days invalid",
		`[{"name":"A","amount_usd":1,"min_deposit_usd":1,"within_days":1,"lots_within_days":-1}]`:                             "cpa.0.lots_within_days invalid",
		`[{"name":"A","amount_usd":1,"min_deposit_usd":1,"within_days":1,"min_lots":1000001}]`:                                "cpa.0.min_lots invalid",
		`[{"name":"A","amount_usd":1,"min_deposit_usd":1,"within_days":1,"approval":"never"}]`:                                "cpa.0.approval invalid",
		`[{"name":"A","amount_usd":1,"min_deposit_usd":1,"within_days":1,"cap_per_month_usd":0}]`:                             "cpa.0.cap_per_month_usd invalid",
		`[{"name":"A","amount_usd":1,"min_deposit_usd":1,"within_days":1,"cap_per_campaign_usd":0.001}]`:                      "cpa.0.cap_per_campaign_usd invalid",
		`[{"name":"A","amount_usd":1,"min_deposit_usd":1,"within_days":1,"countries":` + many(301, `"TH"`) + `}]`:             "cpa.0.countries max_length",
		`[{"name":"A","amount_usd":1,"min_deposit_usd":1,"within_days":1,"link_codes":["` + strings.Repeat("x", 101) + `"]}]`: "cpa.0.link_codes.0 max_length",
		many(101, valid): "cpa max_length",
		valid:            "cpa invalid",
		`[{"amount":1}]`: "cpa.0.amount unknown_field",
	} {
		_, err := withBundles(t, bundles)
		var f *fault.Error
		require.ErrorAs(t, err, &f, bundles)
		require.Equal(t, want, f.Fields[0].Name+" "+f.Fields[0].Code, bundles)
	}
}

func TestCPA_DefaultsAndNull(t *testing.T) {
	t.Parallel()
	plan, err := withBundles(t, `[{"name":"A","amount_usd":100,"min_deposit_usd":100,"within_days":30}]`)
	require.NoError(t, err)
	require.Equal(t, reward.ManualApproval, plan.CPA[0].Approval)
	registered := time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
	require.Equal(t, time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC), plan.CPA[0].Window(registered))
	plan, err = withBundles(t, `null`)
	require.NoError(t, err, "what plans of earlier versions have")
	text, err := json.Marshal(plan)
	require.NoError(t, err)
	require.Contains(t, string(text), `"cpa":[]`)
}

func TestCPAFor(t *testing.T) {
	t.Parallel()
	bundle := func(name, lists string) string {
		return fmt.Sprintf(`{"name":%q,"amount_usd":1,"min_deposit_usd":1,"within_days":30%s}`, name, lists)
	}
	plan, err := withBundles(t, `[`+strings.Join([]string{
		bundle("Both", `,"countries":["PL","CZ"],"link_codes":["alpha"]`), bundle("Campaign", `,"campaign_codes":["spring"]`), bundle("Country", `,"countries":["pl"]`),
	}, ",")+`]`)
	require.NoError(t, err)
	for client, want := range map[string]string{
		"PL alpha spring": "Both", "CZ alpha": "Both", "DE alpha spring": "Campaign", "PL beta": "Country", "PL Alpha": "Country", "DE alpha": "", "CZ beta": "",
	} {
		of := append(strings.Fields(client), "")
		name := ""
		if c := plan.CPAFor(of[0], of[1], of[2]); c != nil {
			name = c.Name
		}
		require.Equal(t, want, name, client)
	}
}
