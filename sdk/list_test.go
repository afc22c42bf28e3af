package sdk_test

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/sdk"
)

// shelf serves a list of count campaigns in pages of at most 1,000 rows.
func shelf(t *testing.T, count int, asked *[]string) *sdk.Partner {
	t.Helper()
	return newPartner(t, func(r *http.Request) (*http.Response, error) {
		*asked = append(*asked, r.URL.RawQuery)
		offset, _ := strconv.Atoi(r.URL.Query().Get("offset"))
		limit, _ := strconv.Atoi(r.URL.Query().Get("limit"))
		var rows []string
		for i := offset; i < min(count, offset+min(limit, 1000)); i++ {
			rows = append(rows, fmt.Sprintf(`{"campaign_code":"c%d"}`, i))
		}
		return respond(200, nil, fmt.Sprintf(`{"data":[%s],"totals":{"count":%d}}`, strings.Join(rows, ","), count)), nil
	})
}

func TestIterates(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		count int
		query sdk.CampaignsQuery
		asked []string
		first string
		rows  int
	}{
		"nothing":        {count: 0, asked: []string{"limit=1000"}},
		"one page":       {count: 3, asked: []string{"limit=1000"}, first: "c0", rows: 3},
		"small pages":    {count: 5, query: sdk.CampaignsQuery{Limit: 2}, asked: []string{"limit=2", "limit=2&offset=2", "limit=2&offset=4"}, first: "c0", rows: 5},
		"a full page":    {count: 2, query: sdk.CampaignsQuery{Limit: 2}, asked: []string{"limit=2"}, first: "c0", rows: 2},
		"from an offset": {count: 5, query: sdk.CampaignsQuery{Offset: 4}, asked: []string{"limit=1000&offset=4"}, first: "c4", rows: 1},
		"pages that the server shortens": {
			count: 1001, query: sdk.CampaignsQuery{Limit: 5000},
			asked: []string{"limit=5000", "limit=5000&offset=1000"}, first: "c0", rows: 1001,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var asked []string
			campaigns := shelf(t, tt.count, &asked).Campaigns(t.Context(), tt.query)
			for range 2 { // a sequence can be used several times
				asked = nil
				var codes []string
				for row, err := range campaigns {
					require.NoError(t, err)
					codes = append(codes, row.CampaignCode)
				}
				require.Equal(t, tt.asked, asked)
				require.Len(t, codes, tt.rows)
				if tt.rows > 0 {
					require.Equal(t, tt.first, codes[0])
				}
			}
		})
	}
}

func TestIterationStops(t *testing.T) {
	t.Parallel()
	var asked []string
	for _, err := range shelf(t, 5, &asked).Campaigns(t.Context(), sdk.CampaignsQuery{Limit: 2}) {
		require.NoError(t, err)
		break
	}
	require.Len(t, asked, 1, "no page is read in advance")

	calls := 0
	partner := newPartner(t, func(*http.Request) (*http.Response, error) {
		if calls++; calls > 1 {
			return respond(500, nil, `{"code":"APIException","message":"A server error occurred"}`), nil
		}
		return respond(200, nil, `{"data":[{"campaign_code":"c0"}],"totals":{"count":2}}`), nil
	})
	var codes []string
	var failed error
	for row, err := range partner.Campaigns(t.Context(), sdk.CampaignsQuery{}) {
		codes, failed = append(codes, row.CampaignCode), err
	}
	require.Equal(t, []string{"c0", ""}, codes)
	require.Equal(t, sdk.ServerError, sdk.ErrorCode(failed), "an error ends the sequence")
}

func TestQueries(t *testing.T) {
	t.Parallel()
	var query string
	partner := newPartner(t, func(r *http.Request) (*http.Response, error) {
		query = r.URL.RawQuery
		return respond(200, nil, `{"data":[],"totals":{"count":0}}`), nil
	})
	_, err := partner.PerformancePage(t.Context(), sdk.PerformanceQuery{
		GroupBy: []sdk.PerformanceGroup{sdk.PerformanceGroupCampaignCode, sdk.PerformanceGroupDay}, Link: []int64{3, 4},
		DateFrom: sdk.DateOf(start), Ordering: []string{"-reward_usd"},
	})
	require.NoError(t, err)
	require.Equal(t, "date_from=2026-06-30&group_by=campaign_code%2Cday&link=3%2C4&ordering=-reward_usd", query)
	_, err = partner.CampaignsPage(t.Context(), sdk.CampaignsQuery{Archived: new(false)})
	require.NoError(t, err)
	require.Equal(t, "archived=false", query, "false differs from an absent value")
	_, err = partner.Events(t.Context(), sdk.EventsQuery{Type: []string{"client.joined", "client.left"}})
	require.NoError(t, err)
	require.Equal(t, "type=client.joined&type=client.left", query)
}
