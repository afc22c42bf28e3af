package broker_test

// Some tests send raw requests, because they compare whole responses with golden
// files and with docs/broker-reports.md.

import (
	"flag"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/api/apitest"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
	"github.com/tributary-server/tributary/internal/report"
	"github.com/tributary-server/tributary/sdk"
)

var updateReports = flag.Bool("update-reports", false, "rewrite testdata/reports")

// reportWorld returns a world with rows in most of the broker's reports.
func reportWorld(t *testing.T) *apitest.World {
	t.Helper()
	w := apitest.SetupWorld(t)
	programmetest.WithLevelPlan(t, w.Programme)
	w.AgentLink(t, programmetest.PartnerA, 1, "ofagent", "b@example.com")
	w.Write(t, `UPDATE agent_links SET share_rewards = $1, share_clients = $1`, true)
	w.Agree(t, programmetest.PartnerA, 1, "2026-01-03T00:00:00Z", 25_0000, -1)
	w.MustFeed(t, w.OpenAccount(programmetest.Client1, "7001", "ofagent", ``))
	w.MustFeed(t, w.Fact(feed.DepositReceived, "2026-03-02T10:00:00Z", `"client_account":"7001","amount_usd":40`))
	w.MustFeed(t,
		w.Order("1001", 1, "EURUSD", "2026-06-10T10:00:00Z", ``), w.Order("2001", 2, "EURUSD", "2026-06-20T10:00:00Z", ``),
		w.Order("7001", 3, "EURUSD", "2026-06-21T10:00:00Z", ``))
	w.Clock.Advance(12 * time.Hour)
	require.NoError(t, w.Server.Levels.Run(t.Context()))
	programmetest.CPARows(t, w.Programme, programmetest.PartnerA, programmetest.PartnerB)
	return w
}

// randomIDs matches the ids of postings and of deposits, which differ in each run.
var randomIDs = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}`)

// TestBrokerReports_Golden compares every report of the broker with a golden file,
// byte by byte except for the ids of postings.
func TestBrokerReports_Golden(t *testing.T) {
	t.Parallel()
	w := reportWorld(t)
	raised := apitest.All(t, w.Broker(t).ReportProgressRewards(t.Context(), sdk.ReportProgressRewardsQuery{}))
	require.NotEmpty(t, raised)
	targets := map[string]string{"catalogue.json": report.BrokerPath}
	for _, d := range report.BrokerCatalogue() {
		path := strings.Replace(d.Path, "{compensation_id}", strconv.FormatInt(raised[0].ID, 10), 1)
		query := ""
		if d.Groups != nil {
			query = "?aggregate_by=partner,month&reward_date_from=2026-01-01&reward_date_to=2026-12-31"
		}
		targets[d.ID+".json"] = path + query
		if d.FiltersPath() != "" {
			targets[d.ID+"_filters.json"] = d.FiltersPath()
		}
	}
	targets["all_orders.csv"] = "/broker/v1/reports/orders/?format=csv"
	targets["all_orders_partner.json"] = "/broker/v1/reports/orders/?partner=" + programmetest.PartnerB
	delete(targets, "all_transactions.json") // the lines of one moment are in the order of random ids
	for name, target := range targets {
		got := w.Call(t, "broker", http.MethodGet, target, "")
		require.Equal(t, http.StatusOK, got.Code, "%s: %s", target, got.Body)
		path, text := filepath.Join("testdata", "reports", name), randomIDs.ReplaceAllString(got.Body.String(), "ID")
		if *updateReports {
			require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
			require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		}
		want, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Equal(t, string(want), text, name)
	}
}

func TestBrokerReports(t *testing.T) {
	t.Parallel()
	apitest.EachWorld(t, func(t *testing.T, w *apitest.World) {
		t.Helper()
		w.MustFeed(t, w.Order("1001", 1, "EURUSD", "2026-06-10T10:00:00Z", ``), w.Order("2001", 2, "EURUSD", "2026-06-20T10:00:00Z", ``))
		broker, ctx := w.Broker(t), t.Context()

		all := apitest.OK(broker.ReportOrdersPage(ctx, sdk.ReportOrdersQuery{}))(t)
		require.EqualValues(t, 2, all.Totals.Count)
		require.Equal(t, []string{programmetest.PartnerB, programmetest.PartnerA}, []string{all.Data[0].Partner, all.Data[1].Partner}, "the newest first")
		own := apitest.OK(w.Partner(t, "a").OrdersPage(ctx, sdk.OrdersQuery{}))(t)
		ofA := apitest.OK(broker.ReportOrdersPage(ctx, sdk.ReportOrdersQuery{Partner: []string{programmetest.PartnerA}}))(t)
		require.Equal(t, own.Data[0].OrderID, ofA.Data[0].OrderID)
		require.Equal(t, own.Totals.RewardUSD, ofA.Totals.RewardUSD)

		apitest.Refused(broker.ReportOrdersPage(ctx, sdk.ReportOrdersQuery{Partner: []string{"aaaaaaaa"}, Ordering: []string{"country"}}))(t, sdk.ValidationError, "partner invalid", "ordering invalid_choice")
		apitest.Refused(broker.ReportRewardsV2Page(ctx, sdk.ReportRewardsV2Query{AggregateBy: []sdk.AllRewardsGroup{"partner"}}))(t, sdk.ValidationError, "reward_date_from required")
		require.Empty(t, apitest.All(t, broker.ReportOrders(ctx, sdk.ReportOrdersQuery{Partner: []string{programmetest.Client1}})), "a partner who does not exist has no rows")

		values := apitest.OK(broker.ReportOrdersFilters(ctx, sdk.ReportOrdersFiltersQuery{Field: "partner"}))(t)
		require.Contains(t, values.Partner, programmetest.PartnerB)
		require.Equal(t, []string{"2001"}, apitest.OK(broker.ReportOrdersFilters(ctx, sdk.ReportOrdersFiltersQuery{Field: "client_account", Partner: []string{programmetest.PartnerB}}))(t).ClientAccount)

		for _, caller := range []string{"a", "akey", "broker:feed"} {
			require.Equal(t, http.StatusForbidden, w.Call(t, caller, http.MethodGet, "/broker/v1/reports/orders/", "").Code, caller)
		}
		file := w.Call(t, "broker", http.MethodGet, "/broker/v1/reports/orders/?format=xlsx&country=CY", "")
		require.Equal(t, "attachment; filename=all_orders_country-CY_UTC.xlsx", file.Header().Get("Content-Disposition"))
	})
}

// TestBrokerReports_WorkedExample feeds the facts of docs/broker-reports.md, and
// compares the answers to its requests.
func TestBrokerReports_WorkedExample(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join("..", "..", "..", "docs", "broker-reports.md"))
	require.NoError(t, err)
	w := apitest.SetupWorld(t)
	asked, target := 0, ""
	for _, block := range regexp.MustCompile("(?s)```([a-z]+)\n(.*?)```\n").FindAllStringSubmatch(string(text), -1) {
		switch block[1] {
		case "ndjson":
			w.MustFeed(t, strings.Split(strings.TrimSpace(block[2]), "\n")...)
		case "http":
			target = strings.TrimSpace(strings.TrimPrefix(block[2], "GET "))
		case "json":
			got := w.Call(t, "broker", http.MethodGet, target, "")
			require.JSONEq(t, block[2], got.Body.String(), target)
			asked++
		}
	}
	require.Equal(t, 3, asked)
}
