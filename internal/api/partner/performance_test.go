package partner_test

// Some tests send raw requests, because they follow tracked links or send parameters
// that the SDK cannot write.

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/api/apitest"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/report/performance"
	"github.com/tributary-server/tributary/sdk"
)

const performancePath = "/api/reports/performance/"

func fields(t *testing.T, rows []sdk.PerformanceRow, name string) (values []any) {
	t.Helper()
	for _, row := range rows {
		text, err := json.Marshal(row)
		require.NoError(t, err)
		var members map[string]any
		require.NoError(t, json.Unmarshal(text, &members))
		values = append(values, members[name])
	}
	return values
}

func TestPerformanceReport(t *testing.T) {
	t.Parallel()
	w := apitest.SetupClicks(t)
	a, ctx := w.Partner(t, "a"), t.Context()
	day := sdk.DateOf(w.Clock.Now())
	code := apitest.Campaign(t, a, "Spring").CampaignCode
	linked, err := url.Parse(apitest.OK(a.CreateCampaignLink(ctx, code, sdk.CreateCampaignLinkIn{Domain: "go.example.com", Page: new("signup"), Tags: []string{"news", "x"}}))(t).Link)
	require.NoError(t, err)
	apitest.OK(a.SetCampaignCost(ctx, code, sdk.SetCampaignCostIn{Costs: []sdk.DayCost{{Day: day, AmountUSD: "0.5"}}}))(t)
	for range 3 {
		w.Visit(t, http.MethodGet, linked.RequestURI()+"&sub_id==evil,1", "CF-IPCountry", "PL")
	}
	const client = "33333333-0000-4000-8000-000000000003"
	w.MustFeed(t,
		w.Fact(feed.ClientRegistered, w.Clock.Now().Format(time.RFC3339), `"client_uid":"`+client+`","email":"three@example.com","country":"DE","partner_code":"alpha","campaign_code":"`+code+`"`),
		w.Order("1001", 1, "EURUSD", "2026-03-01T10:00:00Z", ``))

	require.Equal(t, sdk.PerformanceRow{
		CampaignCode: &code, Clicks: 3, UniqueClicks: 1, Registrations: 1, VolumeLots: "0", VolumeMlnUSD: "0", RewardUSD: "0.00", RebateUSD: "0.00", CostUSD: "0.50",
		ROI: "-100", RegistrationRate: "0", FTDRate: "0",
	}, apitest.Only(t, a.Performance(ctx, sdk.PerformanceQuery{GroupBy: []sdk.PerformanceGroup{sdk.PerformanceGroupCampaignCode}, CampaignCode: []string{code}, DateFrom: day, DateTo: day})))

	whole := sdk.PerformanceQuery{DateFrom: "2026-02-01", DateTo: "2026-07-31"}
	list := func(change func(*sdk.PerformanceQuery)) ([]sdk.PerformanceRow, sdk.PerformanceTotals) {
		t.Helper()
		query := whole
		change(&query)
		page := apitest.OK(a.PerformancePage(ctx, query))(t)
		return page.Data, page.Totals
	}
	group := func(by sdk.PerformanceGroup) func(*sdk.PerformanceQuery) {
		return func(q *sdk.PerformanceQuery) { q.GroupBy = []sdk.PerformanceGroup{by} }
	}
	rows, _ := list(func(q *sdk.PerformanceQuery) {
		q.GroupBy, q.Platform, q.Country, q.Compare, q.Limit = []sdk.PerformanceGroup{sdk.PerformanceGroupMonth}, []string{"", ""}, []string{"DE"}, "previous", 1
	})
	require.Equal(t, "2026-06", *rows[0].Month)
	require.Empty(t, rows[0].ROI)
	require.NotNil(t, rows[0].Previous)

	rows, totals := list(func(*sdk.PerformanceQuery) {})
	require.Equal(t, []any{string(day), "2026-03-01", "2026-02-01"}, fields(t, rows, "day"), "newest first")
	require.EqualValues(t, 3, totals.Count)
	require.Equal(t, sdk.Decimal("2.00"), totals.RewardUSD)
	require.Equal(t, sdk.Decimal("300"), totals.ROI)
	for _, c := range performance.Columns {
		up, _ := list(func(q *sdk.PerformanceQuery) { q.Ordering = []string{c.Name} })
		down, _ := list(func(q *sdk.PerformanceQuery) { q.Ordering = []string{"-" + c.Name, "-day"} })
		require.Len(t, up, 3)
		require.Equal(t, fields(t, up, c.Name)[0], fields(t, down, c.Name)[2], c.Name)
	}
	rows, totals = list(func(q *sdk.PerformanceQuery) { q.Ordering, q.Offset, q.Limit = []string{"reward_usd", "day"}, 1, 1 })
	require.Equal(t, []any{string(day)}, fields(t, rows, "day"))
	require.EqualValues(t, 3, totals.Count)
	rows, totals = list(func(q *sdk.PerformanceQuery) { q.Offset = 99 })
	require.Empty(t, rows)
	require.EqualValues(t, 3, totals.Clicks)
	rows, totals = list(group(sdk.PerformanceGroupTag))
	require.Equal(t, []any{nil, "news", "x"}, fields(t, rows, "tag"))
	require.EqualValues(t, 3, totals.Clicks, "a click with two tags counts once in the totals")
	rows, _ = list(group(sdk.PerformanceGroupHour))
	require.Nil(t, rows[len(rows)-1].Hour, "rewards and costs have no hour")

	filters := apitest.OK(a.PerformanceFilters(ctx, sdk.FiltersQuery{}))(t)
	require.Equal(t, []string{"DE", "PL"}, filters.Country)
	require.Equal(t, []string{"news", "x"}, filters.Tag)
	require.Equal(t, &sdk.PerformanceFiltersAnswer{Tag: []string{"news"}}, apitest.OK(a.PerformanceFilters(ctx, sdk.FiltersQuery{Field: "tag", Q: "EW"}))(t))
	apitest.Refused(a.PerformanceFilters(ctx, sdk.FiltersQuery{Field: "nothing"}))(t, sdk.ValidationError, "field invalid_choice")

	whole.GroupBy, whole.Compare = []sdk.PerformanceGroup{sdk.PerformanceGroupSubID, sdk.PerformanceGroupLink}, "previous"
	text := apitest.OK(a.PerformanceFile(ctx, whole, sdk.CSV))(t)
	require.Equal(t, "text/csv", text.MediaType)
	lines, err := csv.NewReader(text).ReadAll()
	require.NoError(t, err)
	require.Equal(t, []string{"sub_id", "link", "clicks"}, lines[0][:3])
	require.Equal(t, "previous_ftd_rate", lines[0][len(lines[0])-1])
	require.Equal(t, []string{"'=evil,1", linked.Query().Get("l"), "3", "1"}, lines[len(lines)-1][:4])
	book, err := io.ReadAll(apitest.OK(a.PerformanceFile(ctx, whole, sdk.XLSX))(t))
	require.NoError(t, err)
	require.True(t, bytes.HasPrefix(book, []byte("PK")))

	theirs := sdk.PerformanceQuery{DateFrom: whole.DateFrom, DateTo: whole.DateTo, CampaignCode: []string{code}}
	require.Empty(t, apitest.All(t, w.Partner(t, "b").Performance(ctx, theirs)), "another partner's")
	apitest.Refused(w.Partner(t, "a:wallet").PerformancePage(ctx, whole))(t, sdk.PermissionDenied)
	apitest.OK(w.Partner(t, "a:read").PerformancePage(ctx, whole))(t)
}

func TestPerformanceReport_BadParameters(t *testing.T) {
	t.Parallel()
	w := apitest.SetupClicks(t)
	for _, bad := range []string{
		"group_by=x", "group_by=day,hour,month,tag,link", "date_from=x", "date_from=2026-02-02&date_to=2026-02-01", "date_from=1970-01-01", "date_to=9999-12-31",
		"date_from=2000-01-01", "compare=next", "link=x", "link=0", "ordering=link", "ordering=previous", "limit=x", "sub_id=" + strings.Repeat("x", 257), "format=pdf",
		"tag=" + strings.Repeat("a", 300),
	} {
		require.Equal(t, http.StatusBadRequest, w.Call(t, "a", http.MethodGet, performancePath+"?"+bad, "").Code, bad)
	}
}
