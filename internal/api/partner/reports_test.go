package partner_test

// These tests send raw requests, because they compare bytes with golden files.

import (
	"bytes"
	"encoding/json"
	"flag"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"github.com/tributary-server/tributary/internal/api/apitest"
	"github.com/tributary-server/tributary/internal/httpapi"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/identity"
	"github.com/tributary-server/tributary/internal/identity/caller"
	"github.com/tributary-server/tributary/internal/partner"
	"github.com/tributary-server/tributary/internal/programme"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
	"github.com/tributary-server/tributary/internal/report"
)

var updateReports = flag.Bool("update-reports", false, "rewrite testdata/reports")

type reportsBundle struct {
	*programme.Programme

	router *httpapi.Router
	key    string // key of the sample partner
}

func setupReports(tb testing.TB) *reportsBundle {
	tb.Helper()
	p, _, _ := apitest.Built(tb)
	b := &reportsBundle{Programme: p, router: p.Router}
	b.key = b.keyOf(tb, programmetest.ReportSample(tb, p.DB).ID)
	return b
}

// TestReports_Minimal checks that a page has no totals if the caller prefers
// that. The rest of the page must not change.
func TestReports_Minimal(t *testing.T) {
	t.Parallel()
	b := setupReports(t)
	for _, target := range []string{"/api/reports/orders/", "/api/reports/orders/?cursor=last&limit=2", "/api/reports/rewards/?country=TH"} {
		answer := func(prefer string) map[string]json.RawMessage {
			req := httptest.NewRequestWithContext(t.Context(), http.MethodGet, target, http.NoBody)
			req.Header.Set("Authorization", "JWT "+b.key)
			req.Header.Set("Prefer", prefer)
			w := httptest.NewRecorder()
			b.router.ServeHTTP(w, req)
			require.Equal(t, http.StatusOK, w.Code, w.Body)
			var parts map[string]json.RawMessage
			require.NoError(t, json.Unmarshal(w.Body.Bytes(), &parts))
			return parts
		}
		whole := answer("wait=1")
		require.Contains(t, whole, "totals")
		delete(whole, "totals")
		require.Equal(t, whole, answer("handling=strict, Return=minimal"))
	}
}

// TestReports_BoundaryFaults checks the errors of requests for boundaries.
func TestReports_BoundaryFaults(t *testing.T) {
	t.Parallel()
	b := setupReports(t)
	for target, want := range map[string]string{
		"/api/v1/reports/orders/boundaries/?query=ordering%3Dnothing": `"field":"ordering"`,
		"/api/v1/reports/orders/boundaries/?query=%25zz":              `"field":"query"`,
		"/api/v1/reports/nothing/boundaries/":                         `"code":"NotFound"`,
		"/api/v1/reports/rewards_v2/boundaries/":                      `"code":"NotFound"`,
		"/api/v1/reports/rebates/boundaries/":                         `"code":"NotFound"`,
		"/api/reports/orders/?cursor=second":                          `"field":"cursor"`,
	} {
		got := b.get(t, target)
		require.GreaterOrEqual(t, got.Code, 400, target)
		require.Less(t, got.Code, 500, target)
		require.Contains(t, got.Body.String(), want, target)
	}
}

func (b *reportsBundle) keyOf(tb testing.TB, partnerID id.UUID) string {
	tb.Helper()
	key, _, err := b.Identity.CreateKey(tb.Context(), identity.NewKey{Role: caller.Partner, PartnerID: &partnerID, Name: "reports"})
	require.NoError(tb, err)
	return key
}

func (b *reportsBundle) get(tb testing.TB, target string, headers ...string) *httptest.ResponseRecorder {
	tb.Helper()
	req := httptest.NewRequestWithContext(tb.Context(), http.MethodGet, target, http.NoBody)
	req.Header.Set("Authorization", "JWT "+b.key)
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	apitest.Conform(tb, b.router, w, req)
	return w
}

const formulaPath = "/api/reports/orders/formula_classic_v2/Real-1:4711/"

// fileNames are the names under which a browser saves the files.
var fileNames = map[string]string{
	"clients.csv":           "clients_UTC.csv",
	"clients_v2.csv":        "clients_v2_UTC.csv",
	"client_accounts.csv":   "client_accounts_UTC.csv",
	"rewards.csv":           "rewards_UTC.csv",
	"rewards_v2_client.csv": "rewards_v2_aggregate_by-client_uid+partner_account_UTC.csv",
	"rewards_byday.csv":     "rewards_byday_UTC.csv",
	"orders.csv":            "orders_UTC.csv",
	"order_formula.csv":     "order_formula_formula_code-formula_classic_v2_order_id-Real-1-4711_UTC.csv",
}

// TestReports_Golden compares the reports with golden files, byte by byte.
func TestReports_Golden(t *testing.T) {
	t.Parallel()
	b := setupReports(t)
	for name, target := range map[string]string{
		"clients.json":                 "/api/reports/clients/",
		"clients.csv":                  "/api/reports/clients/?format=csv",
		"clients_filters.json":         "/api/reports/clients/filters/",
		"clients_v2.json":              "/api/v2/reports/clients",
		"clients_v2.csv":               "/api/v2/reports/clients/?format=csv",
		"clients_v2_filters.json":      "/api/v2/reports/clients/filters/",
		"client_accounts.json":         "/api/reports/clients/accounts/",
		"client_accounts.csv":          "/api/reports/clients/accounts/?format=csv",
		"client_accounts_filters.json": "/api/reports/clients/accounts/filters/",
		"rewards.json":                 "/api/reports/rewards/",
		"rewards.csv":                  "/api/reports/rewards/?format=csv",
		"rewards_filters.json":         "/api/reports/rewards/filters/",
		"rewards_v2_month.json":        "/api/v2/reports/rewards/?aggregate_by=month",
		"rewards_v2_client.csv":        "/api/v2/reports/rewards/?aggregate_by=client_uid,partner_account&format=csv",
		"rewards_v2_filters.json":      "/api/v2/reports/rewards/filters/",
		"rewards_byday.json":           "/api/reports/rewards/byday/",
		"rewards_byday.csv":            "/api/reports/rewards/byday/?format=csv",
		"rewards_byday_filters.json":   "/api/reports/rewards/byday/filters/",
		"orders.json":                  "/api/reports/orders/",
		"orders.csv":                   "/api/reports/orders/?format=csv",
		"orders_filters.json":          "/api/reports/orders/filters/",
		"order_formula.json":           formulaPath,
		"order_formula_part.json":      "/api/reports/orders/formula_classic_v2/Real-1:4711-2/",
		"order_formula.csv":            formulaPath + "?format=csv",
		"empty.json":                   "/api/reports/rewards/?client_account=1",
		"error.json":                   "/api/reports/rewards/?limit=x&ordering=nothing&reward_date=yesterday&client_uid=zz&client_account=abc",
		"aggregate_by_missing.json":    "/api/v2/reports/rewards/",
		"field_unknown.json":           "/api/reports/rewards/filters/?field=nothing",
		"catalogue.json":               "/api/v1/reports/",
		"orders_cursor.json":           "/api/reports/orders/?cursor=first&limit=1",
		"orders_boundaries.json":       "/api/v1/reports/orders/boundaries/?query=country%3DTH%26limit%3D1",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := b.get(t, target)
			if wrong := strings.HasPrefix(name, "error") || strings.HasSuffix(name, "_missing.json") || strings.HasSuffix(name, "_unknown.json"); wrong {
				require.Equal(t, http.StatusBadRequest, got.Code, got.Body)
			} else {
				require.Equal(t, http.StatusOK, got.Code, got.Body)
			}
			if strings.HasSuffix(name, ".json") {
				require.Equal(t, "application/json", got.Header().Get("Content-Type"))
				require.True(t, json.Valid(got.Body.Bytes()))
			} else {
				require.Equal(t, "text/csv; charset=utf-8", got.Header().Get("Content-Type"))
				require.Equal(t, "attachment; filename="+fileNames[name], got.Header().Get("Content-Disposition"))
			}
			path := filepath.Join("testdata", "reports", name)
			if *updateReports {
				require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
				require.NoError(t, os.WriteFile(path, got.Body.Bytes(), 0o600))
			}
			want, err := os.ReadFile(path)
			require.NoError(t, err)
			require.Equal(t, string(want), got.Body.String())
		})
	}
}

// TestReports_Samples checks that the sample partner's reports contain the sample
// values in the documentation of the Exness-compatible API.
func TestReports_Samples(t *testing.T) {
	t.Parallel()
	b := setupReports(t)
	for target, row := range map[string]string{
		"/api/reports/clients/?client_account=159486000":                           `{"data":[{"id":810206000,"partner_account":"1163683105934900000","partner_account_name":"partner","client_uid":"3bf4e479","country":"TH","currency":"USD","reg_date":"2025-06-18","volume_lots":0.33,"volume_mln_usd":0.0708,"trade_fn":null,"reward":"2.48","reward_usd":"2.48","comment":null,"client_account":"159486000","client_account_type":"Standard"}]`,
		"/api/v2/reports/clients/?client_uid=3BF4E479-0000-4000-8000-000000000000": `{"data":[{"partner_account":"1163683105934900000","client_uid":"3bf4e479-0000-4000-8000-000000000000","reg_date":"2025-06-18","client_country":"TH","volume_lots":0.33,"volume_mln_usd":0.0708,"reward_usd":"2.48","trade_fn":"2025-06-28","client_contact_sharing_status":"EMPTY","last_partner_contact_sharing_dt":null,"last_client_contact_sharing_dt":null,"client_status":"ACTIVE","comment":null,"rebate_amount_usd":1.25,"kyc_passed":true,"ftd_received":true,"ftt_made":true,"client_balance":2,"client_equity":2,"deposit_amount":3,"ftd_amount":1,"last_week_failed_deposit_count":0}]`,
		"/api/reports/clients/accounts/?platform=mt5":                              `{"data":[{"id":810206001,"partner_account":"1163683105934900000","partner_account_name":"partner","partner_account_currency":"USD","partner_code":"abc123","client_uid":"dc11e02f","client_account":"134221300","client_account_type":"Pro","client_country":"ZA","platform":"mt5","client_account_created":"2026-04-30","client_account_last_trade":"2026-06-02","volume_lots":"39.7300000","volume_mln_usd":"20.0045","reward":"125.52","reward_usd":"125.50","comment":"=1+1, \"said\" he"}]`,
	} {
		got := b.get(t, target)
		require.Equal(t, http.StatusOK, got.Code, got.Body)
		require.True(t, strings.HasPrefix(got.Body.String(), row), "%s\n%s", target, got.Body)
	}
}

func TestReports_OthersSeeNothing(t *testing.T) {
	t.Parallel()
	b := setupReports(t)
	other := programmetest.AddPartner(t, b.DB, partner.Partner{Email: "other@example.com", Account: "1", Verified: true})
	key := "JWT " + b.keyOf(t, other)
	require.Contains(t, b.get(t, "/api/reports/clients/", "Authorization", key).Body.String(), `{"data":[],"totals":{"count":0,`)
	require.NotContains(t, b.get(t, "/api/reports/orders/filters/", "Authorization", key).Body.String(), `EURUSD`)
	require.Contains(t, b.get(t, "/api/reports/orders/filters/").Body.String(), `EURUSD`)
	require.Equal(t, http.StatusNotFound, b.get(t, formulaPath, "Authorization", key).Code)
	require.Equal(t, http.StatusNotFound, b.get(t, strings.Replace(formulaPath, "classic_v2", "ecn", 1)).Code)
	require.Equal(t, http.StatusOK, b.get(t, strings.Replace(formulaPath, ":", "%3A", 1)).Code)
}

func TestReports_XLSX(t *testing.T) {
	t.Parallel()
	b := setupReports(t)
	got := b.get(t, "/api/v2/reports/clients/", "Accept", httpapi.FormatXLSX.Type)
	require.Equal(t, http.StatusOK, got.Code, got.Body)
	require.Equal(t, `attachment; filename=clients_v2_UTC.xlsx`, got.Header().Get("Content-Disposition"))
	book, err := excelize.OpenReader(bytes.NewReader(got.Body.Bytes()))
	require.NoError(t, err)
	rows, err := book.GetRows(book.GetSheetName(0))
	require.NoError(t, err)
	require.Len(t, rows, 3)
	column := map[string]int{}
	for i, name := range rows[0] {
		column[name] = i
	}
	require.Equal(t, "=1+1, \"said\" he", rows[1][column["comment"]])
	require.Equal(t, "20.0045", rows[1][column["volume_mln_usd"]])
	require.Equal(t, "FALSE", rows[1][column["kyc_passed"]])
	require.Equal(t, "2026-04-30", rows[1][column["reg_date"]])
	require.Equal(t, "client1@example.com", rows[1][column["client_email"]])
}

func TestReports_Document(t *testing.T) {
	t.Parallel()
	b := setupReports(t)
	document, err := b.router.Document()
	require.NoError(t, err)
	loaded, err := openapi3.NewLoader().LoadFromData(document)
	require.NoError(t, err)
	require.NoError(t, loaded.Validate(t.Context()))
	for _, d := range report.Catalogue() {
		op := loaded.Paths.Find(d.Path)
		require.NotNil(t, op, d.Path)
		schema := op.Get.Responses.Value("200").Value.Content.Get("application/json").Schema.Value
		if d.Single || d.Parent != nil {
			continue
		}
		target := d.Path
		if d.Groups != nil {
			target += "?aggregate_by=" + strings.Join(d.Groups, ",")
		}
		var body any
		require.NoError(t, json.Unmarshal(b.get(t, target).Body.Bytes(), &body))
		require.NoError(t, schema.VisitJSON(body), d.Path)
	}
}

// FuzzReports checks that no request causes a 500 response, and that the OpenAPI
// document lists every error that occurs.
func FuzzReports(f *testing.F) {
	for _, seed := range []string{
		"", "limit=0&offset=99999999999999999999", "limit=-1", "ordering=-reg_date,,reg_date", "client_uid=3bf4e479,,zz", "client_uid=" + strings.Repeat("3bf4e479,", 20) + "00000000",
		"reg_date=2025-06-18,0000-01-01&reg_date_from=9999-12-31&trade_fn_to=0000-01-01", "kyc_passed=maybe&ftd_received=1", "format=xlsx", "format=csv&ordering=-client_account", "aggregate_by=month,country&ordering=-month",
		"country=%00", "symbol=%ff", "client_account=1,2,3", "aggregate_by=client_uid&ordering=volume_lots", "field=client_uid&q=3B", "field=reward_date&q=2026", "q=%25", "date_from=2026-06-01&symbol=EURUSD,XAUUSD&platform=mt4,mt5",
		"partner_account=1163683105934900000,1&client_status=ACTIVE,LEFT", "id=1",
	} {
		f.Add(uint8(len(seed)), seed)
	}
	b := setupReports(f)
	var paths []string
	for _, d := range report.Catalogue() {
		if d.Single {
			paths = append(paths, formulaPath)
			continue
		}
		if d.Parent != nil { // the path contains the id of the parent object
			paths = append(paths, d.Path)
			continue
		}
		paths = append(paths, d.Path, d.FiltersPath())
	}
	f.Fuzz(func(t *testing.T, which uint8, query string) {
		values, err := url.ParseQuery(query)
		if err != nil {
			t.Skip()
		}
		got := b.get(t, paths[int(which)%len(paths)]+"?"+values.Encode())
		body, err := io.ReadAll(got.Body)
		require.NoError(t, err)
		require.Contains(t, []int{http.StatusOK, http.StatusBadRequest, http.StatusNotFound}, got.Code, "%s\n%s", query, body)
	})
}
