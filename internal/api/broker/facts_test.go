package broker_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/api/apitest"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
	"github.com/tributary-server/tributary/sdk"
)

func TestBrokerSelfReferrals(t *testing.T) {
	t.Parallel()
	w := apitest.SetupWorld(t)
	w.MustFeed(t, `{"id":"self","type":"client.registered","at":"2026-06-01T10:00:00Z","client_uid":"33333333-0000-4000-8000-000000000003",`+
		`"email":"a+x@example.com","country":"DE","partner_code":"alpha"}`)
	broker, ctx := w.Broker(t), t.Context()
	require.Equal(t, sdk.SelfReferral{
		PartnerUID: programmetest.PartnerA, ClientUID: "33333333-0000-4000-8000-000000000003", Email: "a+x@example.com", FactID: "self",
		At: time.Date(2026, 6, 1, 10, 0, 0, 0, time.UTC),
	}, apitest.Only(t, broker.SelfReferrals(ctx, sdk.SelfReferralsQuery{Refused: new(false), PartnerUID: []string{programmetest.PartnerA}})))
	require.Empty(t, apitest.All(t, broker.SelfReferrals(ctx, sdk.SelfReferralsQuery{Refused: new(true)})))
}

func TestBrokerFacts(t *testing.T) {
	t.Parallel()
	w := apitest.SetupWorld(t)
	w.Feed(t, `{"id":"r/17","type":"order.reversed","at":"2026-06-01T10:00:00Z","server":"Real","ticket":99981,"reason":"typo"}`,
		w.Fact(feed.DepositReceived, "2026-06-02T10:00:00Z", `"client_account":"9001","amount_usd":"0.10"`))
	broker, ctx := w.Broker(t), t.Context()
	order := apitest.Only(t, broker.WaitingFacts(ctx, sdk.WaitingFactsQuery{WaitsFor: []sdk.Cause{sdk.CauseOrder}}))
	require.Equal(t, "r/17", order.ID)
	require.JSONEq(t, `{"server":"Real","ticket":99981,"reason":"typo"}`, string(order.Fact))
	require.Nil(t, order.Message)
	require.Zero(t, order.Dismissed)
	require.Nil(t, order.Reason)
	deposit := apitest.Only(t, w.Broker(t, "read").WaitingFacts(ctx, sdk.WaitingFactsQuery{Key: "9001", Type: []string{"deposit.received"}}))
	require.Equal(t, "9001", deposit.Key)
	waiting := func() int64 {
		return apitest.OK(broker.WaitingFactsPage(ctx, sdk.WaitingFactsQuery{Limit: 1}))(t).Totals.Count
	}
	require.EqualValues(t, 2, waiting())
	apitest.Refused(broker.WaitingFactsPage(ctx, sdk.WaitingFactsQuery{WaitsFor: []sdk.Cause{"godot"}}))(t, sdk.ValidationError, "waits_for invalid_choice")

	typo := sdk.DismissFactsIn{FactIDs: []string{"r/17"}, Reason: "a typo"}
	require.Equal(t, &sdk.Dismissed{Changed: 1}, apitest.OK(broker.DismissFacts(ctx, typo))(t))
	require.Equal(t, &sdk.Dismissed{Already: 1}, apitest.OK(broker.DismissFacts(ctx, typo))(t))
	dismissed := apitest.Only(t, broker.DismissedFacts(ctx, sdk.DismissedFactsQuery{}))
	require.Equal(t, "r/17", dismissed.ID)
	require.Equal(t, "a typo", *dismissed.Reason)
	require.NotZero(t, dismissed.Dismissed)
	for _, missing := range apitest.OK(broker.FeedHealth(ctx))(t).Unattributed.By {
		require.NotEqual(t, sdk.CauseOrder, missing.Kind)
	}
	apitest.OK(broker.RestoreFacts(ctx, sdk.RestoreFactsIn{FactIDs: typo.FactIDs}))(t)
	require.EqualValues(t, 2, waiting())

	for fault, in := range map[string]sdk.DismissFactsIn{
		"fact_ids empty":          {FactIDs: []string{}, Reason: "x"},
		"reason blank":            {FactIDs: []string{"r/17"}, Reason: " "},
		"fact_ids does_not_exist": {FactIDs: []string{"none"}, Reason: "x"},
	} {
		apitest.Refused(broker.DismissFacts(ctx, in))(t, sdk.ValidationError, fault)
	}
}
