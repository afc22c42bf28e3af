package broker_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/api/apitest"
	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
	"github.com/tributary-server/tributary/sdk"
)

// TestBrokerMovesPartners previews another parent of Beta, who is below Alpha, and checks
// that the change then does what the preview has shown.
// TestBrokerMovesPartners_VoidChange moves a partner so that an earlier change, which
// would have put its parent below itself, takes effect. The preview has the parent's
// orders too.
func TestBrokerMovesPartners_VoidChange(t *testing.T) {
	t.Parallel()
	w := apitest.SetupWorld(t)
	programmetest.WithOverrides(t, w.Programme)
	broker, ctx := w.Broker(t), t.Context()
	w.MustFeed(t, w.Fact(feed.PartnerChanged, "2026-03-10T00:00:00Z", `"partner_code":"alpha","parent_code":"beta","reason":"test"`),
		w.Order("1001", 1, "EURUSD", "2026-03-20T10:00:00Z", ``))
	in := sdk.MovePartnerIn{NoParent: new(true), Reason: "test", From: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), DryRun: new(true)}
	shown := apitest.OK(broker.MovePartner(ctx, programmetest.PartnerB, in))(t).Preview.Corrected
	require.EqualValues(t, 1, shown.Orders)
	require.Equal(t, "0.2", string(shown.DifferenceUSD), "the override of the former sub-partner")
	in.DryRun = nil
	apitest.OK(broker.MovePartner(ctx, programmetest.PartnerB, in))(t)
	require.EqualValues(t, 200_000, dbtest.Scalar(t, w.DB, `SELECT amount_usd_e6 FROM overrides WHERE partner_id = $1`, programmetest.Beta))
	programmetest.RequireSound(t, w.DB)
}

func TestBrokerMovesPartners(t *testing.T) { //nolint:tparallel // the subtests share a server
	t.Parallel()
	w := apitest.SetupWorld(t)
	programmetest.WithOverrides(t, w.Programme) // a parent earns 10 %
	broker, ctx := w.Broker(t), t.Context()
	w.MustFeed(t, w.OpenAccount(programmetest.Client2, "1002", "", ``))
	w.MustFeed(t, w.Order("1002", 1, "EURUSD", "2026-05-01T10:00:00Z", ``), w.Order("1002", 2, "EURUSD", "2026-06-20T10:00:00Z", ``),
		w.Order("1002", 3, "EURUSD", "2026-06-29T10:00:00Z", ``))
	from := time.Date(2026, 6, 25, 0, 0, 0, 0, time.UTC)
	in := sdk.MovePartnerIn{ParentUID: new(apitest.PartnerC), Reason: "a new region", From: from, DryRun: new(true)}
	earns := func(of sdk.BrokerMoveEffect) []string {
		out := []string{string(of.BeforeUSD), string(of.AfterUSD), string(of.DifferenceUSD)}
		for _, p := range of.Partners {
			out = append(out, fmt.Sprintf("%s %s %s", p.Email, p.BeforeUSD, p.AfterUSD))
		}
		return out
	}
	overrides := func(partnerID string) int64 {
		return dbtest.Scalar(t, w.DB, `SELECT CAST(coalesce(sum(amount_usd_e6), 0) AS bigint) FROM overrides WHERE partner_id = $1`, programmetest.UUID(partnerID))
	}

	shown := apitest.OK(broker.MovePartner(ctx, programmetest.PartnerB, in))(t)
	require.Nil(t, shown.FactID)
	require.EqualValues(t, 600_000, overrides(programmetest.PartnerA), "nothing has changed")
	require.EqualValues(t, 1, shown.Preview.Corrected.Orders)
	require.Equal(t, []string{"2.2", "2.2", "0", "a@example.com 0.2 0", "c@example.com 0 0.2", "b@example.com 2 2"}, earns(shown.Preview.Corrected))
	require.EqualValues(t, 2, shown.Preview.Last30Days.Orders)
	require.Equal(t, []string{"4.4", "4.4", "0", "a@example.com 0.4 0", "c@example.com 0 0.4", "b@example.com 4 4"}, earns(shown.Preview.Last30Days))

	in.DryRun = nil
	once := sdk.WithIdempotencyKey("k")
	moved := apitest.OK(broker.MovePartner(ctx, programmetest.PartnerB, in, once))(t)
	require.Equal(t, moved.FactID, apitest.OK(broker.MovePartner(ctx, programmetest.PartnerB, in, once))(t).FactID)
	require.EqualValues(t, 400_000, overrides(programmetest.PartnerA))
	require.EqualValues(t, 200_000, overrides(apitest.PartnerC))
	require.Equal(t, "6", w.Rewards(t, programmetest.PartnerB))
	require.EqualValues(t, 1, dbtest.Scalar(t, w.DB, `SELECT count(*) FROM audit_log WHERE action = 'partner.moved' AND actor = 'broker' AND subject = $1`, programmetest.PartnerB))
	programmetest.RequireSound(t, w.DB)

	country := apitest.OK(broker.MovePartner(ctx, programmetest.PartnerB, sdk.MovePartnerIn{Country: new("de"), Reason: "moved house", DryRun: new(true)}))(t)
	require.Empty(t, country.Preview.Corrected.Partners)
	apitest.OK(broker.MovePartner(ctx, programmetest.PartnerB, sdk.MovePartnerIn{Country: new("de"), Reason: "moved house"}))(t)
	require.Equal(t, "DE", apitest.OK(broker.Partner(ctx, programmetest.PartnerB))(t).Country)

	t.Run("refused", func(t *testing.T) {
		valid := func(change func(*sdk.MovePartnerIn)) sdk.MovePartnerIn {
			out := sdk.MovePartnerIn{ParentUID: new(programmetest.PartnerA), Reason: "a new region"}
			change(&out)
			return out
		}
		later := w.Clock.Now().Add(time.Second)
		for _, dry := range []bool{true, false} {
			for fault, in := range map[string]sdk.MovePartnerIn{
				"from in_future":            valid(func(in *sdk.MovePartnerIn) { in.From = later }),
				"parent_uid does_not_exist": valid(func(in *sdk.MovePartnerIn) { in.ParentUID = new(programmetest.Client1) }),
				"parent_uid required":       valid(func(in *sdk.MovePartnerIn) { in.ParentUID = nil }),
				"parent_uid invalid":        valid(func(in *sdk.MovePartnerIn) { in.ParentUID = new(programmetest.PartnerB) }),
				"no_parent invalid":         valid(func(in *sdk.MovePartnerIn) { in.NoParent = new(true) }),
				"reason blank":              valid(func(in *sdk.MovePartnerIn) { in.Reason = "" }),
			} {
				in.DryRun = &dry
				apitest.Refused(broker.MovePartner(ctx, programmetest.PartnerB, in))(t, sdk.ValidationError, fault)
			}
			below := sdk.MovePartnerIn{ParentUID: new(programmetest.PartnerB), Reason: "test", DryRun: &dry}
			apitest.Refused(broker.MovePartner(ctx, apitest.PartnerC, below))(t, sdk.ValidationError, "parent_uid below_itself")
			below.From = from.Add(-time.Hour)
			apitest.Refused(broker.MovePartner(ctx, apitest.PartnerC, below))(t, sdk.ValidationError, "from conflict")
			for _, unknown := range []string{noUID, "00000000-0000-0000-0000-000000000000"} {
				apitest.Refused(broker.MovePartner(ctx, unknown, valid(func(in *sdk.MovePartnerIn) { in.DryRun = &dry })))(t, sdk.NotFound)
			}
		}
		require.EqualValues(t, 2, dbtest.Scalar(t, w.DB, `SELECT count(*) FROM audit_log WHERE action = 'partner.moved'`))
	})
}
