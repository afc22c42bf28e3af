package report_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
	"github.com/tributary-server/tributary/internal/report"
)

// TestFileName checks that the name of a file has the report, the filters and
// the time zone, in characters that are safe on every system.
func TestFileName(t *testing.T) {
	t.Parallel()
	zone, err := time.LoadLocation("America/Argentina/Buenos_Aires")
	require.NoError(t, err)
	for _, c := range []struct {
		report, query, want string
		zone                *time.Location
		output              report.Output
	}{
		{"rewards", "", "rewards_UTC.csv", time.UTC, report.CSV},
		{"rewards", "limit=5&offset=3&ordering=reward&format=csv&bom=1&nothing=1", "rewards_UTC.csv", time.UTC, report.CSV},
		{"rewards", "country=th,VN&country=TH&reward_date_from=2026-06-01", "rewards_reward_date_from-2026-06-01_country-th+VN+TH_America-Argentina-Buenos_Aires.xlsx", zone, report.XLSX},
		{"rewards_v2", "aggregate_by=country,month&country=", "rewards_v2_aggregate_by-country+month_UTC.xlsx", time.UTC, report.XLSX},
		{"rewards", "link_code=" + url.QueryEscape(`../a\b:"c"`+"\r\n"), "rewards_link_code-..-a-b--c-_UTC.csv", time.UTC, report.CSV},
		{"clients", "email=someone@example.com&country=TH", "clients_country-TH_email_UTC.csv", time.UTC, report.CSV},
		{"transactions", "date_from=2026-06-01", "transactions_date_from-2026-06-01_UTC.csv", zone, report.CSV},
		{"client_transactions", "kind=rebate", "client_transactions_kind-rebate_UTC.csv", zone, report.CSV},
		{"pending_transactions", "", "pending_transactions_UTC.csv", zone, report.CSV},
		{"audit_log", "", "audit_log_UTC.csv", zone, report.CSV},
		{"progress_reward_orders", "", "progress_reward_orders_compensation_id-57_UTC.csv", time.UTC, report.CSV},
	} {
		require.Equal(t, c.want, fileName(t, c.report, c.query, c.zone, c.output))
	}

	var accounts []string
	for i := range 40 {
		accounts = append(accounts, strings.Repeat(string(rune('1'+i%9)), 9)+string(rune('0'+i%10)))
	}
	many, fewer := fileName(t, "rewards", "client_account="+strings.Join(accounts, ","), zone, report.CSV), fileName(t, "rewards", "client_account="+strings.Join(accounts[:39], ","), zone, report.CSV)
	require.NotEqual(t, many, fewer, "files with different filters have different names")
	long := "client_account=" + strings.Join(accounts, ",")
	require.Equal(t, fileName(t, "clients", long+"&email=a@example.com", zone, report.CSV), fileName(t, "clients", long+"&email=b@example.com", zone, report.CSV),
		"nothing in the name depends on an e-mail address")
	require.Equal(t, fileName(t, "clients", long+"&search=a@example.com", zone, report.CSV), fileName(t, "clients", long+"&search=b", zone, report.CSV))
	for _, name := range []string{many, fewer, fileName(t, "rewards", "link_code="+strings.Repeat("x", 300), zone, report.CSV)} {
		require.Regexp(t, `^rewards_[a-z_]+-[0-9x+]+-[0-9a-f]{8}_America-Argentina-Buenos_Aires\.csv$`, name)
		require.LessOrEqual(t, len(name), 200)
	}
}

func fileName(t *testing.T, reportID, query string, zone *time.Location, output report.Output) string {
	t.Helper()
	params, err := url.ParseQuery(query)
	require.NoError(t, err)
	service := report.NewService(nil, clock.At(programmetest.ReportNow), report.Options{Zone: zone})
	return service.FileName(definition(t, reportID), &report.Request{Params: params, Path: func(string) string { return "57" }}, output)
}
