package partner_test

// Some tests send raw requests, because tracked links are not part of the API.

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/api/apitest"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/sdk"
)

func TestSubPublishers(t *testing.T) {
	t.Parallel()
	w := apitest.SetupClicks(t)
	for _, target := range []string{"?sub_id=s1", "?sub_id=s1", "?sub_id=s2", ""} {
		w.Lands(t, http.MethodGet, "/a/alpha"+target)
	}
	w.Lands(t, http.MethodGet, "/a/alpha?sub_id=s2", "User-Agent", "Googlebot/2.1")
	w.Lands(t, http.MethodGet, "/a/beta?sub_id=theirs")
	client := "33333333-0000-4000-8000-000000000003"
	w.MustFeed(t,
		w.Fact(feed.ClientRegistered, "2026-06-29T00:00:00Z", `"client_uid":"`+client+`","email":"x@example.com","country":"DE","partner_code":"alpha","sub_id":"s1"`),
		w.Fact(feed.AccountOpened, "2026-06-29T01:00:00Z", `"client_account":"3001","client_uid":"`+client+`","server":"Real","platform":"mt5","account_type":"Standard","currency":"USD"`),
		w.Fact(feed.DepositReceived, "2026-06-29T02:00:00Z", `"client_account":"3001","amount_usd":100.5`),
		w.Order("3001", 77, "EURUSD", "2026-06-29T10:00:00Z", ``),
		w.Fact(feed.ClientRegistered, "2026-01-29T00:00:00Z",
			`"client_uid":"44444444-0000-4000-8000-000000000004","email":"y@example.com","country":"DE","partner_code":"alpha","sub_id":"old"`))

	a, ctx := w.Partner(t, "a"), t.Context()
	const active, blocked = sdk.SubPublisherStatusActive, sdk.SubPublisherStatusBlocked
	list := func(query sdk.SubPublishersQuery) []sdk.SubPublisher {
		t.Helper()
		return apitest.OK(a.SubPublishersPage(ctx, query))(t).Data
	}
	s1 := sdk.SubPublisher{SubID: "s1", Clicks: 2, UniqueClicks: 1, Registrations: 1, Deposits: 1, Reward: "2", Status: active}
	s2 := sdk.SubPublisher{SubID: "s2", Clicks: 1, Reward: "0", Status: active}
	page := apitest.OK(a.SubPublishersPage(ctx, sdk.SubPublishersQuery{}))(t)
	require.Equal(t, []sdk.SubPublisher{s1, s2}, page.Data)
	require.Equal(t, sdk.SubPublisherTotals{Count: 2, Clicks: 3, UniqueClicks: 1, Registrations: 1, Deposits: 1, Reward: "2"}, page.Totals)
	require.Equal(t, []sdk.SubPublisher{s2}, list(sdk.SubPublishersQuery{Ordering: []string{"-sub_id"}, Limit: 1}))
	require.Equal(t, []sdk.SubPublisher{s2}, list(sdk.SubPublishersQuery{Offset: 1}))
	require.Empty(t, list(sdk.SubPublishersQuery{Offset: 1_000_000_000_000}))
	require.Equal(t, []sdk.SubPublisher{{SubID: "old", Registrations: 1, Reward: "0", Status: active}},
		list(sdk.SubPublishersQuery{DateFrom: "2026-01-01", DateTo: "2026-01-31"}))
	apitest.Refused(a.SubPublishersPage(ctx, sdk.SubPublishersQuery{DateFrom: "2025-01-01"}))(t, sdk.ValidationError, "date_from invalid")
	apitest.Refused(a.SubPublishersPage(ctx, sdk.SubPublishersQuery{DateFrom: "2026-07-01", DateTo: "2026-06-01"}))(t, sdk.ValidationError, "date_from invalid")

	// A sub-publisher can be blocked twice, and even before the first click.
	for _, sub := range []string{"s1", "s1", "never seen"} {
		require.Equal(t, blocked, apitest.OK(a.BlockSubPublisher(ctx, sub))(t).Status)
	}
	s1.Status = blocked
	require.Equal(t, []sdk.SubPublisher{s1, {SubID: "never seen", Reward: "0", Status: blocked}}, list(sdk.SubPublishersQuery{Status: []sdk.SubPublisherStatus{blocked}}))
	require.Equal(t, []sdk.SubPublisher{s2}, list(sdk.SubPublishersQuery{Status: []sdk.SubPublisherStatus{active}}))
	require.Equal(t, &sdk.SubPublisherSummary{SubPublishers: 3, Blocked: 2, Clicks: 3, UniqueClicks: 1, Registrations: 1, Deposits: 1, Reward: "2"},
		apitest.OK(a.SubPublisherSummary(ctx, sdk.SubPublisherSummaryQuery{}))(t))
	w.Clock.Advance(5 * time.Second)
	require.Equal(t, "https://broker.example.com/gone", w.Visit(t, http.MethodGet, "/a/alpha?sub_id=s1").Header().Get("Location"))
	_, kept := w.Lands(t, http.MethodGet, "/a/beta?sub_id=s1")
	require.Equal(t, "s1", kept.SubID, "another partner's sub_id is not blocked")
	require.Equal(t, active, apitest.OK(a.UnblockSubPublisher(ctx, "s1"))(t).Status)
	w.Clock.Advance(5 * time.Second)
	w.Lands(t, http.MethodGet, "/a/alpha?sub_id=s1")
	apitest.Refused(a.BlockSubPublisher(ctx, strings.Repeat("x", 101)))(t, sdk.ValidationError, "sub_id invalid")
	apitest.Refused(a.BlockSubPublisher(ctx, "\u202es1"))(t, sdk.NotFound)
	require.Equal(t, "s1", apitest.OK(a.UnblockSubPublisher(ctx, " s1"))(t).SubID, "the form that clicks keep")
	require.EqualValues(t, 3, w.Count(t, "audit_log WHERE action LIKE 'sub_publisher.%'"), "a call that changes nothing is not logged")
}
