package api_test

import (
	"encoding/csv"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/report/performance"
)

const performancePath = "/api/reports/performance/"

func TestPerformanceReport(t *testing.T) {
	t.Parallel()
	w := setupClicks(t)
	day := w.Clock.Now().Format(time.DateOnly)
	whole := "?date_from=2026-02-01&date_to=2026-07-31"

	code := w.made(t, "a", http.MethodPost, "/api/campaigns/", `{"title":"Spring"}`, http.StatusCreated)["campaign_code"].(string)
	link := w.made(t, "a", http.MethodPost, "/api/campaigns/"+code+"/links/", `{"domain":"go.example.com","page":"signup","tags":["news","x"]}`, http.StatusCreated)["link"].(string)
	linked, err := url.Parse(link)
	require.NoError(t, err)
	w.made(t, "a", http.MethodPut, "/api/campaigns/"+code+"/costs/", `{"costs":[{"day":"`+day+`","amount_usd":0.5}]}`, http.StatusOK)
	for range 3 {
		w.visit(t, http.MethodGet, linked.RequestURI()+"&sub_id==evil,1", "CF-IPCountry", "PL")
	}
	const client = "33333333-0000-4000-8000-000000000003"
	w.MustFeed(t,
		w.Fact(feed.ClientRegistered, w.Clock.Now().Format(time.RFC3339), `"client_uid":"`+client+`","email":"three@example.com","country":"DE","partner_code":"alpha","campaign_code":"`+code+`"`),
		w.Order("1001", 1, "EURUSD", "2026-03-01T10:00:00Z", ``))

	row := w.only(t, "a", performancePath+"?group_by=campaign_code&campaign_code="+code+"&date_from="+day+"&date_to="+day)
	require.Equal(t, map[string]any{
		"campaign_code": code, "clicks": 3.0, "unique_clicks": 1.0, "registrations": 1.0, "kyc_passed": 0.0, "ftd": 0.0, "ftt": 0.0, "active_clients": 0.0,
		"volume_lots": 0.0, "volume_mln_usd": 0.0, "reward_usd": "0.00", "rebate_usd": "0.00", "cost_usd": "0.50",
		"roi": -100.0, "registration_rate": 0.0, "ftd_rate": 0.0,
	}, row)
	row = w.only(t, "a", "/api/reports/ib/performance"+whole+"&group_by=month&platform=,&country=DE&compare=previous&limit=1")
	require.Equal(t, "2026-06", row["month"])
	require.Nil(t, row["roi"])
	require.Contains(t, row["previous"], "clicks")

	list := func(query string) (rows []any, totals map[string]any) {
		got := w.made(t, "a", http.MethodGet, performancePath+whole+query, "", http.StatusOK)
		return got["data"].([]any), got["totals"].(map[string]any)
	}
	values := func(rows []any, name string) (all []any) {
		for _, row := range rows {
			all = append(all, row.(map[string]any)[name])
		}
		return all
	}
	rows, totals := list("")
	require.Equal(t, []any{day, "2026-03-01", "2026-02-01"}, values(rows, "day"), "the newest first")
	require.InDelta(t, 3, totals["count"], 0)
	require.Equal(t, "2.00", totals["reward_usd"])
	require.InDelta(t, 300, totals["roi"], 0)
	for _, c := range performance.Columns {
		up, _ := list("&ordering=" + c.Name)
		down, _ := list("&ordering=-" + c.Name + ",-day")
		require.Len(t, up, 3)
		require.Equal(t, values(up, c.Name)[0], values(down, c.Name)[2], c.Name)
	}
	rows, totals = list("&ordering=reward_usd,day&offset=1&limit=1")
	require.Equal(t, []any{day}, values(rows, "day"))
	require.InDelta(t, 3, totals["count"], 0)
	rows, totals = list("&offset=99")
	require.Empty(t, rows)
	require.InDelta(t, 3, totals["clicks"], 0)
	rows, totals = list("&group_by=tag")
	require.Equal(t, []any{nil, "news", "x"}, values(rows, "tag"))
	require.InDelta(t, 3, totals["clicks"], 0, "not once for each tag")
	rows, _ = list("&group_by=hour")
	require.Nil(t, values(rows, "hour")[len(rows)-1], "rewards and costs have no hour")

	filters := w.made(t, "a", http.MethodGet, performancePath+"filters/", "", http.StatusOK)
	require.Equal(t, []any{"DE", "PL"}, filters["country"])
	require.Equal(t, []any{"news", "x"}, filters["tag"])
	require.Equal(t, map[string]any{"tag": []any{"news"}}, w.made(t, "a", http.MethodGet, performancePath+"filters?field=tag&q=EW", "", http.StatusOK))
	w.made(t, "a", http.MethodGet, performancePath+"filters/?field=nothing", "", http.StatusBadRequest)

	exported := w.call(t, "a", http.MethodGet, performancePath+whole+"&group_by=sub_id,link&compare=previous&format=csv", "")
	require.Equal(t, http.StatusOK, exported.Code)
	require.Equal(t, "text/csv; charset=utf-8", exported.Header().Get("Content-Type"))
	lines, err := csv.NewReader(strings.NewReader(exported.Body.String())).ReadAll()
	require.NoError(t, err)
	require.Equal(t, "sub_id,link,clicks", strings.Join(lines[0][:3], ","))
	require.Equal(t, "previous_ftd_rate", lines[0][len(lines[0])-1])
	require.Equal(t, []string{"'=evil,1", linked.Query().Get("l"), "3", "1"}, lines[len(lines)-1][:4])
	book := w.call(t, "a", http.MethodGet, performancePath+"?format=xlsx", "")
	require.Equal(t, http.StatusOK, book.Code)
	require.True(t, strings.HasPrefix(book.Body.String(), "PK"))

	require.Empty(t, w.made(t, "b", http.MethodGet, performancePath+whole+"&campaign_code="+code, "", http.StatusOK)["data"], "another partner's")
	for _, bad := range []string{
		"group_by=x", "group_by=day,hour,month,tag,link", "date_from=x", "date_from=2026-02-02&date_to=2026-02-01", "date_from=1970-01-01", "date_to=9999-12-31",
		"date_from=2000-01-01", "compare=next", "link=x", "link=0", "ordering=link", "ordering=previous", "limit=x", "sub_id=" + strings.Repeat("x", 257), "format=pdf",
		"tag=" + strings.Repeat("a", 300),
	} {
		require.Equal(t, http.StatusBadRequest, w.call(t, "a", http.MethodGet, performancePath+"?"+bad, "").Code, bad)
	}
	require.Equal(t, http.StatusForbidden, w.call(t, "a:wallet", http.MethodGet, performancePath, "").Code)
	require.Equal(t, http.StatusOK, w.call(t, "a:read", http.MethodGet, performancePath, "").Code)
	require.Equal(t, http.StatusUnauthorized, w.call(t, "", http.MethodGet, performancePath, "").Code)
}
