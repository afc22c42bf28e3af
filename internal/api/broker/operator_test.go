package broker_test

// Some tests send raw requests, because the SDK cannot write their bodies.

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/api/apitest"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
	"github.com/tributary-server/tributary/sdk"
)

const noUID = "00000000-0000-0000-0000-000000000000"

func TestBrokerPartners(t *testing.T) {
	t.Parallel()
	w := apitest.SetupWorld(t)
	broker, ctx := w.Broker(t), t.Context()
	const b = programmetest.PartnerB
	found := apitest.Only(t, broker.Partners(ctx, sdk.PartnersQuery{Email: "B@example.com"}))
	require.Equal(t, sdk.BrokerPartner{
		PartnerUID: b, Email: "b@example.com", Country: "TH", Programme: sdk.ProgrammeIB, Status: sdk.PartnerStatusActive, Currency: "EUR",
		PartnerAccount: apitest.AccountB, ParentUID: new(programmetest.PartnerA), Registered: time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC),
	}, found)
	require.Equal(t, &found, apitest.OK(broker.Partner(ctx, b))(t))
	require.EqualValues(t, 3, apitest.OK(broker.PartnersPage(ctx, sdk.PartnersQuery{Limit: 1}))(t).Totals.Count)
	apitest.Refused(broker.PartnersPage(ctx, sdk.PartnersQuery{Status: []sdk.PartnerStatus{"gone"}}))(t, sdk.ValidationError, "status invalid_choice")

	for range 2 {
		require.True(t, apitest.OK(broker.VerifyPartner(ctx, b))(t).Verified)
	}
	require.Equal(t, b, apitest.Only(t, broker.Partners(ctx, sdk.PartnersQuery{Verified: new(true)})).PartnerUID)
	require.Equal(t, sdk.PartnerStatusSuspended, apitest.OK(broker.SuspendPartner(ctx, b, sdk.SuspendPartnerIn{Reason: new("papers")}))(t).Status)
	suspended := sdk.PartnersQuery{Status: []sdk.PartnerStatus{sdk.PartnerStatusSuspended}, Country: []string{"TH", "CY"}}
	require.Equal(t, b, apitest.Only(t, broker.Partners(ctx, suspended)).PartnerUID)
	require.Equal(t, sdk.PartnerStatusActive, apitest.OK(broker.ResumePartner(ctx, b))(t).Status)
	require.EqualValues(t, 4, w.Logged(t), "verified once, suspended, resumed, and the reason in the broker's log")
	const withReason = `audit_log WHERE details LIKE '%papers%'`
	require.EqualValues(t, 1, w.Count(t, withReason))
	for _, entry := range apitest.All(t, w.Partner(t, "b").AuditLog(ctx, sdk.AuditLogQuery{})) {
		text, err := json.Marshal(entry)
		require.NoError(t, err)
		require.NotContains(t, string(text), "papers", "no partner's log holds the broker's reason")
	}

	for _, unknown := range []string{noUID, programmetest.Client1, "x"} {
		apitest.Refused(broker.Partner(ctx, unknown))(t, sdk.NotFound)
		apitest.Refused(broker.SuspendPartner(ctx, unknown, sdk.SuspendPartnerIn{}))(t, sdk.NotFound)
	}
}

// resent converts a plan from a response to a request that sets the same plan
// again.
func resent(t *testing.T, plan sdk.Plan) (in sdk.ApplyPlanIn) {
	t.Helper()
	text, err := json.Marshal(plan)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, &in))
	return in
}

func TestBrokerPlans(t *testing.T) {
	t.Parallel()
	w := apitest.SetupWorld(t)
	broker, ctx := w.Broker(t), t.Context()
	shipped := apitest.OK(broker.Plans(ctx))(t)
	require.Len(t, shipped, 1)
	require.Equal(t, noUID, shipped[0].PlanUID, "the built-in plan")
	plan := resent(t, shipped[0].Plan)
	plan.Levels[0].Name = "Beginner"
	plan.SymbolSuffixes = append(plan.SymbolSuffixes, "xyz")
	plan.Reason = new("Agreed for the third quarter.")
	require.EqualValues(t, 1, w.Feed(t, w.Order("1001", 1, "EURUSDxyz", "2026-03-01T10:00:00Z", ``)).Unattributed)
	applied := apitest.OK(broker.ApplyPlan(ctx, plan))(t)
	require.True(t, applied.Applied)
	require.False(t, apitest.OK(broker.ApplyPlan(ctx, plan))(t).Applied)
	require.EqualValues(t, 1, w.Count(t, "rewards"), "an order waited for such a plan")
	require.EqualValues(t, 1, w.Logged(t))
	plans := apitest.OK(broker.Plans(ctx))(t)
	require.Len(t, plans, 2)
	require.Equal(t, applied.PlanUID, plans[0].PlanUID)
	require.Equal(t, "Agreed for the third quarter.", *plans[0].Plan.Reason)
	require.Regexp(t, "^broker:[a-z0-9]+$", *plans[0].Author)
	require.Nil(t, plans[1].Author, "the built-in plan has no author")

	// A request with the same idempotency key gets the first response, although
	// the plan in the request now differs.
	plan.Levels[0].Name = "Novice"
	once, bad := sdk.WithIdempotencyKey("k"), plan
	bad.Levels = slices.Clone(plan.Levels)[:0]
	_, err := broker.ApplyPlan(ctx, bad, once)
	require.Equal(t, sdk.ValidationError, sdk.ErrorCode(err))
	var again sdk.Answer
	first := apitest.OK(broker.ApplyPlan(ctx, plan, once))(t)
	require.True(t, first.Applied)
	require.Equal(t, first, apitest.OK(broker.ApplyPlan(ctx, plan, once, sdk.WithAnswer(&again)))(t))
	require.True(t, again.Replayed)
	plan.Levels[0].Name = "Starter"
	apitest.Refused(broker.ApplyPlan(ctx, plan, once))(t, sdk.ValidationError, "Idempotency-Key already_used")

	for _, wrong := range []string{`{}`, `{"levels":[]}`, `{"leevels":[]}`, `x`, `[]`} {
		got := w.Send(t, "broker", http.MethodPost, "/broker/v1/plans/", strings.NewReader(wrong), "Content-Type", "application/json")
		require.Equal(t, http.StatusBadRequest, got.Code, wrong)
	}
}
