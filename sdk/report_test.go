package sdk_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/sdk"
)

const rewardRow = `{"id":1,"reward_date":"2026-06-03","partner_account":"1163683105934900000","partner_account_name":"partner","client_account":"134221300","client_account_type":"Pro","country":"ZA","client_uid":"dc11e02f","currency":"USD","volume_lots":1.2,"volume_mln_usd":0.24,"reward":"1.50","reward_usd":"1.50","orders_count":3,"reward_order":"...","link_code":"abc123"}`

func TestReport(t *testing.T) {
	t.Parallel()
	client := serve(t, map[string]answer{
		"GET /api/reports/rewards/?country=ZA&limit=1": {body: `{"data":[` + rewardRow + `],"totals":{"count":2041,"volume_lots":310.5,"reward_usd":"812.07","currency":["USD"]}}`},
	})
	page, err := client.Report(t.Context(), "/api/reports/rewards/", url.Values{"country": {"ZA"}, "limit": {"1"}})
	require.NoError(t, err)
	count, known := page.Count()
	require.True(t, known)
	require.EqualValues(t, 2041, count)
	require.Equal(t, number("310.5"), page.Totals["volume_lots"])
	require.Len(t, page.Data, 1)
	row := page.Data[0]
	require.Equal(t, number("0.24"), row["volume_mln_usd"])
	require.Equal(t, "1.50", row["reward_usd"])
	require.Equal(t, "134221300", row.Text("client_account"))
}

func TestDecimalsKeepTheirDigits(t *testing.T) {
	t.Parallel()
	const exact = "12345678901234567.123456789012345678"
	client := serve(t, map[string]answer{"GET /api/reports/clients/": {body: `{"data":[{"volume_lots":` + exact + `,"reward":"` + exact + `"}],"totals":{}}`}})
	page, err := client.Report(t.Context(), "/api/reports/clients/", nil)
	require.NoError(t, err)
	for _, column := range []string{"volume_lots", "reward"} {
		got, ok := page.Data[0].Number(column)
		require.True(t, ok)
		require.Equal(t, number(exact), got)
	}
}

func TestRow(t *testing.T) {
	t.Parallel()
	row := sdk.Row{"text": "Pro", "money": "-1.50", "number": number("3"), "null": nil, "bool": true, "empty": "", "quoted": `"1"`, "word": "null"}
	for column, want := range map[string]struct {
		text, number string
		ok           bool
	}{
		"text": {"Pro", "", false}, "money": {"-1.50", "-1.50", true}, "number": {"3", "3", true}, "null": {}, "bool": {}, "empty": {},
		"quoted": {`"1"`, "", false}, "word": {"null", "", false}, "missing": {},
	} {
		require.Equal(t, want.text, row.Text(column), column)
		got, ok := row.Number(column)
		require.Equal(t, want.ok, ok, column)
		require.Equal(t, number(want.number), got, column)
	}
}

// report is a server with n rows, that gives at most 1,000 at once.
func report(t *testing.T, n int, asked *[]string) *sdk.Client {
	t.Helper()
	return serveFunc(t, func(w http.ResponseWriter, r *http.Request) {
		*asked = append(*asked, r.URL.RawQuery)
		limit, _ := strconv.Atoi(r.URL.Query().Get("limit"))
		offset, _ := strconv.Atoi(r.URL.Query().Get("offset"))
		var rows []string
		for i := offset; i < min(n, offset+min(limit, 1000)); i++ {
			rows = append(rows, fmt.Sprintf(`{"id":%d}`, i))
		}
		reply(w, answer{body: fmt.Sprintf(`{"data":[%s],"totals":{"count":%d}}`, strings.Join(rows, ","), n)})
	})
}

func TestRows(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		rows   int
		query  url.Values
		first  int
		asked  []string
		broken bool
	}{
		"none":              {rows: 0, asked: []string{"limit=1000"}},
		"one page":          {rows: 1000, asked: []string{"limit=1000"}},
		"several":           {rows: 2500, query: url.Values{"country": {"ZA"}}, asked: []string{"country=ZA&limit=1000", "country=ZA&limit=1000&offset=1000", "country=ZA&limit=1000&offset=2000"}},
		"small pages":       {rows: 5, query: url.Values{"limit": {"2"}}, asked: []string{"limit=2", "limit=2&offset=2", "limit=2&offset=4"}},
		"from the middle":   {rows: 5, query: url.Values{"limit": {"2"}, "offset": {"3"}}, first: 3, asked: []string{"limit=2&offset=3"}},
		"more than allowed": {rows: 1500, query: url.Values{"limit": {"5000"}}, asked: []string{"limit=5000", "limit=5000&offset=1000"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var asked []string
			client := report(t, tt.rows, &asked)
			next := tt.first
			for row, err := range client.Rows(t.Context(), "/api/reports/clients/", tt.query) {
				require.NoError(t, err)
				require.Equal(t, strconv.Itoa(next), row.Text("id"))
				next++
			}
			require.Equal(t, tt.rows, next)
			require.Equal(t, tt.asked, asked)
		})
	}
}

func TestRowsLeavesTheQueryAndStopsWhenTold(t *testing.T) {
	t.Parallel()
	var asked []string
	client := report(t, 3000, &asked)
	query := url.Values{"country": {"ZA"}}
	rows := client.Rows(t.Context(), "/api/reports/clients/", query)
	for range 2 {
		for row, err := range rows {
			require.NoError(t, err)
			require.Equal(t, "0", row.Text("id"))
			break
		}
	}
	require.Equal(t, []string{"country=ZA&limit=1000", "country=ZA&limit=1000"}, asked)
	require.Equal(t, url.Values{"country": {"ZA"}}, query)
}

func TestRowsOfAReportThatIsNotPaged(t *testing.T) {
	t.Parallel()
	calls := 0
	client := serveFunc(t, func(w http.ResponseWriter, _ *http.Request) {
		calls++
		reply(w, answer{body: `{"data":[{"reward_date":"2026-06-03"},{"reward_date":"2026-06-02"}]}`})
	})
	n := 0
	for _, err := range client.Rows(t.Context(), "/api/reports/rewards/byday/", nil) {
		require.NoError(t, err)
		n++
	}
	require.Equal(t, 2, n)
	require.Equal(t, 1, calls)
}

func TestRowsEndsWithItsError(t *testing.T) {
	t.Parallel()
	client := serve(t, map[string]answer{
		"GET /api/reports/clients/?limit=1": {body: `{"data":[{"id":0}],"totals":{"count":2}}`},
	})
	var got []error
	for _, err := range client.Rows(t.Context(), "/api/reports/clients/", url.Values{"limit": {"1"}}) {
		got = append(got, err)
	}
	require.Len(t, got, 2)
	require.NoError(t, got[0])
	require.Equal(t, sdk.NotFound, sdk.ErrorCode(got[1]))

	for _, err := range client.Rows(t.Context(), "/api/reports/clients/", url.Values{"offset": {"many"}}) {
		require.ErrorContains(t, err, "offset")
	}
}

func TestCSV(t *testing.T) {
	t.Parallel()
	client := serveFunc(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/api/reports/clients/":
			expect(t, "country=ZA&format=csv", r.URL.RawQuery)
			expect(t, "text/csv, application/json;q=0.5", r.Header.Get("Accept"))
			w.Header().Set("Content-Type", "text/csv")
			_, _ = w.Write([]byte("id,reward\n1,2.49\n"))
		case "/api/reports/cut/":
			w.Header().Set("Content-Length", "100")
			_, _ = w.Write([]byte("id\n1\n"))
		default:
			reply(w, answer{status: 404, body: `{"code":"NotFound","message":"Not found"}`})
		}
	})
	var out bytes.Buffer
	query := url.Values{"country": {"ZA"}}
	n, err := client.CSV(t.Context(), "/api/reports/clients/", query, &out)
	require.NoError(t, err)
	require.Equal(t, "id,reward\n1,2.49\n", out.String())
	require.EqualValues(t, out.Len(), n)
	require.Equal(t, url.Values{"country": {"ZA"}}, query)

	out.Reset()
	n, err = client.CSV(t.Context(), "/api/reports/cut/", nil, &out)
	require.ErrorContains(t, err, "downloading /api/reports/cut/")
	require.EqualValues(t, 5, n)

	_, err = client.CSV(t.Context(), "/api/reports/nothing/", nil, &out)
	require.Equal(t, sdk.NotFound, sdk.ErrorCode(err))
}
