package broker_test

// Some tests send raw requests, because they ask for CSV or have bodies that
// the SDK cannot write.

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/api/apitest"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
	"github.com/tributary-server/tributary/internal/reward"
	"github.com/tributary-server/tributary/sdk"
)

func TestTryPlan(t *testing.T) {
	t.Parallel()
	w := apitest.SetupWorld(t)
	planFrom(t, w, "2026-03-01", func(p *reward.Plan) { p.OverridePercents = []money.Percent{10_0000} })
	w.MustFeed(t,
		w.Order("1001", 1, "EURUSD", "2026-03-01T10:00:00Z", ``),
		w.Order("1001", 2, "EURUSD", "2026-03-31T23:59:59Z", ``),
		w.Order("1001", 3, "EURUSD", "2026-04-01T00:00:00Z", ``), // after the period
		w.Order("2001", 4, "EURUSD", "2026-03-02T10:00:00Z", ``),
		w.Order("2001", 5, "EURUSD", "2026-03-02T10:00:00Z", ``),
		w.Fact(feed.OrderReversed, "2026-04-05T00:00:00Z", `"server":"Real","ticket":5,"reason":"x"`))
	require.EqualValues(t, 1, w.Feed(t, w.Order("1001", 6, "XAUUSD", "2026-03-02T10:00:00Z", ``)).Unattributed)
	broker, ctx := w.Broker(t), t.Context()
	march := sdk.TryPlanQuery{DateFrom: "2026-03-01", DateTo: "2026-03-31"}
	current := resent(t, apitest.OK(broker.Plans(ctx))(t)[0].Plan)
	books := w.Count(t, "reward_rows") + w.Count(t, "entries") + w.Count(t, "audit_log") + w.Count(t, "plans")

	same := apitest.OK(broker.TryPlan(ctx, current, march))(t)
	require.Equal(t, sdk.TryPlanAnswerBefore{RewardUSD: "6", OverrideUSD: "0.2", TotalUSD: "6.2"}, same.Before)
	require.Equal(t, same.Before, same.After)
	require.Equal(t, []int64{3, 1, 1, 0, 0, 0, 2}, []int64{same.Orders, same.Reversed, same.Waiting, same.WithoutFormula, same.Winners, same.Losers, same.Unchanged})

	// Partner B's client earns ten times as much as before, and A gets 5 % of
	// this. The plan has no formula for the orders of A's own client.
	other := current
	other.Formulas = []sdk.PlanFormula{{AccountTypes: []string{"Pro"}, Formula: "formula_institutional_avg"}}
	other.BonusK = "10"
	other.OverridePercents = []sdk.Decimal{"5"}
	got := apitest.OK(broker.TryPlan(ctx, other, march))(t)
	require.Equal(t, []sdk.TryPlanAnswerPartners{
		{PartnerUID: programmetest.PartnerB, Email: "b@example.com", Orders: 1, BeforeUSD: "2", AfterUSD: "20", DifferenceUSD: "18"},
		{PartnerUID: programmetest.PartnerA, Email: "a@example.com", Orders: 2, BeforeUSD: "4.2", AfterUSD: "1", DifferenceUSD: "-3.2"},
	}, got.Partners)
	require.Equal(t, sdk.Decimal("14.8"), got.DifferenceUSD)
	require.Equal(t, []int64{3, 2, 1, 1, 0}, []int64{got.Orders, got.WithoutFormula, got.Winners, got.Losers, got.Unchanged})

	require.Equal(t, books, w.Count(t, "reward_rows")+w.Count(t, "entries")+w.Count(t, "audit_log")+w.Count(t, "plans"), "nothing is booked")

	apitest.Refused(broker.TryPlan(ctx, current, sdk.TryPlanQuery{}))(t, sdk.ValidationError, "date_from required", "date_to required")
	apitest.Refused(broker.TryPlan(ctx, current, sdk.TryPlanQuery{DateFrom: "2026-03-02", DateTo: "2026-03-01"}))(t, sdk.ValidationError, "date_to invalid")
	apitest.Refused(broker.TryPlan(ctx, current, sdk.TryPlanQuery{DateFrom: "2025-01-01", DateTo: "2026-03-01"}))(t, sdk.ValidationError, "date_to max_value")
	apitest.Refused(broker.TryPlan(ctx, current, sdk.TryPlanQuery{DateFrom: "today", DateTo: "2026-03-01"}))(t, sdk.ValidationError, "date_from invalid")
	other.BonusK = "-1"
	apitest.Refused(broker.TryPlan(ctx, other, march))(t, sdk.ValidationError, "bonus_k invalid")
	apitest.Refused(broker.TryPlan(ctx, other, sdk.TryPlanQuery{DateFrom: "2026-03-01"}))(t, sdk.ValidationError, "date_to required", "bonus_k invalid")

	require.NoError(t, w.DB.Write(ctx, func(ctx context.Context, q db.Querier) error {
		_, err := q.Exec(ctx, `UPDATE partner_days SET orders_count = 200001`)
		return err
	}))
	_, err := broker.TryPlan(ctx, current, march)
	require.ErrorContains(t, err, "tributary plan try FILE --from 2026-03-01 --to 2026-03-31")
	apitest.Refused(broker.TryPlan(ctx, current, march))(t, sdk.ValidationError, "date_to too_many_orders")
}

func TestTryPlan_CSV(t *testing.T) {
	t.Parallel()
	w := apitest.SetupWorld(t)
	w.MustFeed(t, w.Order("1001", 1, "EURUSD", "2026-03-01T10:00:00Z", ``))
	const plan = `{"levels":[{"name":"One","share_percent":30}],"formulas":[{"formula":"formula_cfd"}]}`
	const target = "/broker/v1/plans/try/?date_from=2026-03-01&date_to=2026-03-01&format=csv"
	got := w.Send(t, "broker", http.MethodPost, target, strings.NewReader(plan), "Content-Type", "application/json")
	require.Equal(t, http.StatusOK, got.Code, got.Body)
	require.Equal(t, "text/csv; charset=utf-8", got.Header().Get("Content-Type"))
	require.Equal(t, "partner_uid,email,orders,before_usd,after_usd,difference_usd\r\n"+
		programmetest.PartnerA+",a@example.com,1,2.000000,3.000000,1.000000\r\n", got.Body.String())
	for _, wrong := range []string{``, `x`, `{}`, `{"levels":[]}`} {
		got := w.Send(t, "broker", http.MethodPost, target, strings.NewReader(wrong), "Content-Type", "application/json")
		require.Equal(t, http.StatusBadRequest, got.Code, wrong)
	}
	blank := w.Send(t, "broker", http.MethodPost, "/broker/v1/plans/try/?date_from=&date_to=+", strings.NewReader(plan), "Content-Type", "application/json")
	require.Equal(t, http.StatusBadRequest, blank.Code)
	for _, name := range []string{"date_from", "date_to"} {
		require.Contains(t, blank.Body.String(), `{"field":"`+name+`","message":"This field is required.","code":"required"}`)
	}
}
