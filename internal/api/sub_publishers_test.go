package api_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/feed"
)

func TestSubPublishers(t *testing.T) {
	t.Parallel()
	w := setupClicks(t)
	for _, target := range []string{"?sub_id=s1", "?sub_id=s1", "?sub_id=s2", ""} {
		w.lands(t, http.MethodGet, "/a/alpha"+target)
	}
	w.lands(t, http.MethodGet, "/a/alpha?sub_id=s2", "User-Agent", "Googlebot/2.1")
	w.lands(t, http.MethodGet, "/a/beta?sub_id=theirs")
	client := "33333333-0000-4000-8000-000000000003"
	w.MustFeed(t,
		w.Fact(feed.ClientRegistered, "2026-06-29T00:00:00Z", `"client_uid":"`+client+`","email":"x@example.com","country":"DE","partner_code":"alpha","sub_id":"s1"`),
		w.Fact(feed.AccountOpened, "2026-06-29T01:00:00Z", `"client_account":"3001","client_uid":"`+client+`","server":"Real","platform":"mt5","account_type":"Standard","currency":"USD"`),
		w.Fact(feed.DepositReceived, "2026-06-29T02:00:00Z", `"client_account":"3001","amount_usd":100.5`),
		w.Order("3001", 77, "EURUSD", "2026-06-29T10:00:00Z", ``),
		w.Fact(feed.ClientRegistered, "2026-01-29T00:00:00Z",
			`"client_uid":"44444444-0000-4000-8000-000000000004","email":"y@example.com","country":"DE","partner_code":"alpha","sub_id":"old"`))

	row := func(sub string, clicks, uniques, registrations, deposits, reward float64, status string) map[string]any {
		return map[string]any{
			"sub_id": sub, "clicks": clicks, "unique_clicks": uniques, "registrations": registrations, "deposits": deposits, "reward": reward, "status": status,
		}
	}
	const list = "/api/partner/sub_publisher/list/"
	s1, s2 := row("s1", 2, 1, 1, 1, 2, "active"), row("s2", 1, 0, 0, 0, 0, "active")
	got := w.made(t, "a", http.MethodGet, list, "", http.StatusOK)
	require.Equal(t, []any{s1, s2}, got["data"])
	require.Equal(t, map[string]any{"count": 2.0, "clicks": 3.0, "unique_clicks": 1.0, "registrations": 1.0, "deposits": 1.0, "reward": 2.0}, got["totals"])
	got = w.made(t, "a", http.MethodGet, list+"?ordering=-sub_id&limit=1", "", http.StatusOK)
	require.Equal(t, []any{s2}, got["data"])
	require.Equal(t, []any{s2}, w.made(t, "a", http.MethodGet, list+"?offset=1", "", http.StatusOK)["data"])
	require.Empty(t, w.made(t, "a", http.MethodGet, list+"?offset=1000000000000", "", http.StatusOK)["data"])
	got = w.made(t, "a", http.MethodGet, list+"?date_from=2026-01-01&date_to=2026-01-31", "", http.StatusOK)
	require.Equal(t, []any{row("old", 0, 0, 1, 0, 0, "active")}, got["data"])
	w.made(t, "a", http.MethodGet, list+"?date_from=2025-01-01", "", http.StatusBadRequest)
	w.made(t, "a", http.MethodGet, list+"?date_from=2026-07-01&date_to=2026-06-01", "", http.StatusBadRequest)

	// Blocking, twice, seen or not, and what it does to links.
	for _, sub := range []string{"s1", "s1", "never%20seen"} {
		require.Equal(t, "blocked", w.made(t, "a", http.MethodPost, "/api/partner/sub_publisher/"+sub+"/block/", "", http.StatusOK)["status"])
	}
	s1["status"] = "blocked"
	got = w.made(t, "a", http.MethodGet, list+"?status=blocked", "", http.StatusOK)
	require.Equal(t, []any{s1, row("never seen", 0, 0, 0, 0, 0, "blocked")}, got["data"])
	require.Equal(t, []any{s2}, w.made(t, "a", http.MethodGet, list+"?status=active", "", http.StatusOK)["data"])
	require.Equal(t, map[string]any{
		"sub_publishers": 3.0, "blocked": 2.0, "clicks": 3.0, "unique_clicks": 1.0, "registrations": 1.0, "deposits": 1.0, "reward": 2.0,
	}, w.made(t, "a", http.MethodGet, "/api/partner/sub_publisher/summary/", "", http.StatusOK))
	w.Clock.Advance(5 * time.Second)
	require.Equal(t, "https://broker.example.com/gone", w.visit(t, http.MethodGet, "/a/alpha?sub_id=s1").Header().Get("Location"))
	_, kept := w.lands(t, http.MethodGet, "/a/beta?sub_id=s1")
	require.Equal(t, "s1", kept.SubID, "another partner's is not blocked")
	require.Equal(t, "active", w.made(t, "a", http.MethodPost, "/api/partner/sub_publisher/s1/unblock", "", http.StatusOK)["status"])
	w.Clock.Advance(5 * time.Second)
	w.lands(t, http.MethodGet, "/a/alpha?sub_id=s1")
	w.made(t, "a", http.MethodPost, "/api/partner/sub_publisher/"+strings.Repeat("x", 101)+"/block/", "", http.StatusBadRequest)
	w.made(t, "a", http.MethodPost, "/api/partner/sub_publisher/%E2%80%AEs1/block/", "", http.StatusNotFound)
	require.Equal(t, "s1", w.made(t, "a", http.MethodPost, "/api/partner/sub_publisher/%20s1/unblock/", "", http.StatusOK)["sub_id"], "as clicks keep it")
	var logged int
	require.NoError(t, w.DB.QueryRow(t.Context(), `SELECT count(*) FROM audit_log WHERE action LIKE 'sub_publisher.%'`).Scan(&logged))
	require.Equal(t, 3, logged, "what changed nothing is not logged")
}
