package broker_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/api/apitest"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
	"github.com/tributary-server/tributary/sdk"
)

func TestBrokerSetsLevels(t *testing.T) {
	t.Parallel()
	w := apitest.SetupWorld(t)
	programmetest.WithLevelPlan(t, w.Programme)
	broker, ctx := w.Broker(t), t.Context()
	const b = programmetest.PartnerB
	require.Equal(t, &sdk.BrokerLevel{PartnerUID: b, Level: "Gold", From: "2026-07-01", Hold: true},
		apitest.OK(broker.SetPartnerLevel(ctx, b, sdk.SetPartnerLevelIn{Level: "Gold", Hold: new(true)}))(t))
	require.Equal(t, &sdk.BrokerLevel{PartnerUID: b, Level: "Silver", From: "2026-07-01"},
		apitest.OK(broker.SetPartnerLevel(ctx, b, sdk.SetPartnerLevelIn{Level: "Silver"}))(t), "the second decision of a day replaces the first")
	require.Equal(t, "2026-07-01 Silver", w.LevelsOf(t, programmetest.Beta))
	require.EqualValues(t, 2, w.Logged(t))
	require.Equal(t, "partner.level_set", apitest.All(t, w.Partner(t, "b").AuditLog(ctx, sdk.AuditLogQuery{Action: []string{"partner.level_set"}}))[0].Action)

	for level, fault := range map[string]string{"": "level blank", "Platinum": `level invalid_choice: The plan has no level "Platinum". Its levels are: Start, Silver, Gold.`} {
		apitest.Refused(broker.SetPartnerLevel(ctx, b, sdk.SetPartnerLevelIn{Level: level}))(t, sdk.ValidationError, fault)
	}
	for _, unknown := range []string{noUID, programmetest.Client1, "x"} {
		apitest.Refused(broker.SetPartnerLevel(ctx, unknown, sdk.SetPartnerLevelIn{Level: "Gold"}))(t, sdk.NotFound)
	}
}

// TestBrokerSetsLevels_BeforeTheReview sets a level with an Idempotency-Key on the
// 1st, before the review that would give the partner a higher level.
func TestBrokerSetsLevels_BeforeTheReview(t *testing.T) {
	t.Parallel()
	w := apitest.SetupWorld(t)
	programmetest.WithLevelPlan(t, w.Programme)
	w.MustFeed(t, w.Order("1001", 1, "EURUSD", "2026-06-10T10:00:00Z", ``))
	w.Clock.Advance(12 * time.Hour)
	once, in := sdk.WithIdempotencyKey("k"), sdk.SetPartnerLevelIn{Level: "Start", Hold: new(true)}
	for range 2 {
		set := apitest.OK(w.Broker(t).SetPartnerLevel(t.Context(), programmetest.PartnerA, in, once))(t)
		require.Equal(t, &sdk.BrokerLevel{PartnerUID: programmetest.PartnerA, Level: "Start", From: "2026-07-02", Hold: true}, set)
		require.NoError(t, w.Server.Levels.Run(t.Context()))
		require.Equal(t, "2026-07-02 Start", w.LevelsOf(t, programmetest.Alpha))
		require.Equal(t, "2026-07-01: 1 rows 1", w.Progress(t, programmetest.Alpha))
	}
}
