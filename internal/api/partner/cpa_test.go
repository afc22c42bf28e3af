package partner_test

// These tests send raw requests to compare whole responses with golden files.

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/api/apitest"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
	"github.com/tributary-server/tributary/internal/reward"
	"github.com/tributary-server/tributary/sdk"
)

func cpaClient(n int) string { return fmt.Sprintf("c%07d-0000-4000-8000-000000000000", n) }

// setupCPA returns a World on 1 July, after the CPA of a bundle was paid. Two of
// partner A's five clients were paid, the second only up to the monthly cap. The
// broker rejected one client, one had a reversed deposit, and one only
// registered. Client 6 belongs to partner B, who is paid in EUR.
func setupCPA(t *testing.T) *apitest.World {
	t.Helper()
	w := apitest.SetupWorld(t)
	programmetest.WithBundles(t, w.Programme, reward.CPA{
		Name: "All", AmountUSD: 200_000_000, MinDepositUSD: 100_000_000, WithinDays: 30, Approval: reward.AutomaticApproval, CapPerMonthUSD: new(money.Amount(250_000_000)),
	})
	for n, code := range map[int]string{1: "alpha", 2: "alpha", 3: "alpha", 4: "alpha", 5: "alpha", 6: "beta"} {
		campaign := ""
		if n == 2 {
			campaign = `,"campaign_code":"spring"`
		}
		account := strconv.Itoa(5000 + n)
		w.MustFeed(t,
			w.Fact(feed.ClientRegistered, fmt.Sprintf("2026-06-%02dT09:30:00Z", 10+n), fmt.Sprintf(
				`"client_uid":%q,"email":"cpa%d@example.com","country":%q,"partner_code":%q%s`, cpaClient(n), n, []string{"PL", "CZ"}[n%2], code, campaign)),
			w.Fact(feed.AccountOpened, "2026-06-17T00:00:00Z", fmt.Sprintf(
				`"client_account":%q,"client_uid":%q,"server":"Real","platform":"mt5","account_type":"Standard","currency":"USD"`, account, cpaClient(n))))
		if n != 5 {
			w.MustFeed(t, w.Fact(feed.DepositReceived, fmt.Sprintf("2026-06-%02dT18:00:00Z", 18+n), fmt.Sprintf(`"client_account":%q,"amount_usd":%d`, account, 100*n)))
		}
	}
	apitest.OK(w.Broker(t).RejectCPA(t.Context(), cpaClient(3), sdk.RejectCPAIn{Reason: "two accounts of one person"}))(t)
	w.Clock.Advance(12 * time.Hour)
	require.NoError(t, w.Server.CPA.Run(t.Context()))
	w.MustFeed(t, w.Fact(feed.DepositReversed, "2026-07-01T00:00:00Z", `"client_account":"5004","amount_usd":400`))
	return w
}

func TestCPAReport(t *testing.T) {
	t.Parallel()
	w := setupCPA(t)
	a, ctx := w.Partner(t, "a"), t.Context()
	page := apitest.OK(a.CPAClientsPage(ctx, sdk.CPAClientsQuery{}))(t)
	var rows []string
	for _, r := range page.Data {
		reason, by := "", ""
		if r.Reason != nil {
			reason = *r.Reason
		}
		if r.LimitedBy != nil {
			by = *r.LimitedBy
		}
		rows = append(rows, strings.Join(strings.Fields(fmt.Sprintf("%s %s %s %s %s %s", r.ClientUID[:8], r.Status, reason, r.CPAUSD, r.PaidOn, by)), " "))
	}
	require.Equal(t, []string{
		"c0000005 pending 0.00",
		"c0000004 rejected deposit_reversed 0.00 2026-07-01 cap_per_month",
		"c0000003 rejected two accounts of one person 0.00",
		"c0000002 approved 50.00 2026-07-01 cap_per_month",
		"c0000001 approved 200.00 2026-07-01",
	}, rows)
	require.Equal(t, sdk.CPAClientsTotals{Count: 5, Pending: 1, Approved: 2, Rejected: 2, PendingUSD: "0.00", ApprovedUSD: "250.00", PaidUSD: "250.00"}, page.Totals)

	for name, c := range map[string]struct {
		query sdk.CPAClientsQuery
		want  int
	}{
		"a status":        {sdk.CPAClientsQuery{Status: []sdk.CPAStatus{"rejected", "pending"}}, 3},
		"a country":       {sdk.CPAClientsQuery{Country: []string{"pl"}}, 2},
		"a link code":     {sdk.CPAClientsQuery{LinkCode: []string{"beta"}}, 0},
		"a campaign":      {sdk.CPAClientsQuery{CampaignCode: []string{"spring"}}, 1},
		"a bundle":        {sdk.CPAClientsQuery{Bundle: []string{"All"}}, 5},
		"a day":           {sdk.CPAClientsQuery{Period: []sdk.Date{"2026-06-12"}}, 1},
		"a period":        {sdk.CPAClientsQuery{PeriodFrom: "2026-06-12", PeriodTo: "2026-06-14"}, 3},
		"a client":        {sdk.CPAClientsQuery{ClientUID: []string{cpaClient(1)}}, 1},
		"another's":       {sdk.CPAClientsQuery{ClientUID: []string{cpaClient(6)}}, 0},
		"status and land": {sdk.CPAClientsQuery{Status: []sdk.CPAStatus{"approved"}, Country: []string{"PL"}}, 1},
	} {
		require.Len(t, apitest.All(t, a.CPAClients(ctx, c.query)), c.want, name)
	}
	apitest.Refused(a.CPAClientsPage(ctx, sdk.CPAClientsQuery{Status: []sdk.CPAStatus{"paid"}, Ordering: []string{"bundle"}}))(t, sdk.ValidationError, "status invalid", "ordering invalid_choice")

	lines := apitest.All(t, a.Transactions(ctx, sdk.TransactionsQuery{Kind: []string{"cpa", "cpa_clawback"}}))
	require.Len(t, lines, 2, "client 4 was paid 0")
	require.Equal(t, []any{"cpa", sdk.Decimal("50"), strings.ReplaceAll(cpaClient(2), "-", "")}, []any{lines[0].Kind, lines[0].Amount, *lines[0].BelongsTo})
	euros := apitest.Only(t, w.Partner(t, "b").Transactions(ctx, sdk.TransactionsQuery{Kind: []string{"cpa"}}))
	require.Equal(t, []any{sdk.Decimal("184.331797"), sdk.Decimal("200"), "EUR"}, []any{euros.Amount, euros.AmountUSD, euros.Currency})
	require.Equal(t, 9, strings.Count(w.Call(t, "a", http.MethodGet, "/api/v1/events/?limit=1000", "").Body.String(), `"type":"cpa.changed"`),
		"four clients met the conditions, one was rejected, three were paid, and one was reversed")
}

func TestCPAReport_Golden(t *testing.T) {
	t.Parallel()
	w := setupCPA(t)
	for name, query := range map[string]string{"cpa_clients.json": "", "cpa_clients.csv": "?format=csv", "cpa_clients_filters.json": "filters/"} {
		requireGolden(t, name, w.Call(t, "a", http.MethodGet, "/api/reports/cpa/clients/v2/"+query, ""))
	}
}
