package broker_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/api/apitest"
	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
	"github.com/tributary-server/tributary/sdk"
)

// TestBrokerMovesClients previews a move, moves a client, and checks that the later
// orders earn what the preview has shown.
func TestBrokerMovesClients(t *testing.T) { //nolint:tparallel // the subtests share a server
	t.Parallel()
	w := apitest.SetupWorld(t)
	programmetest.WithOverrides(t, w.Programme) // Beta is a sub-partner of Alpha, which earns 10 % of its rewards
	w.SetLevel(t, programmetest.Beta, "Advanced", "2026-01-01")
	broker, ctx := w.Broker(t), t.Context()
	w.MustFeed(t, w.Order("1001", 1, "EURUSD", "2026-05-01T10:00:00Z", ``), w.Order("1001", 2, "EURUSD", "2026-06-20T10:00:00Z", ``),
		w.Order("1001", 3, "EURUSD", "2026-06-29T10:00:00Z", ``), w.Order("1001", 4, "EURUSD", "2026-06-21T10:00:00Z", ``),
		w.Fact("order.reversed", "2026-06-22T10:00:00Z", `"server":"Real","ticket":4,"reason":"test"`))
	from := time.Date(2026, 6, 25, 0, 0, 0, 0, time.UTC)
	in := sdk.MoveClientsIn{ClientUIDs: []string{programmetest.Client1, programmetest.Client1}, PartnerUID: programmetest.PartnerB, Reason: "closed", From: from, DryRun: new(true)}

	shown := apitest.OK(broker.MoveClients(ctx, in))(t)
	require.Equal(t, "6", w.Rewards(t, programmetest.PartnerA), "nothing has changed")
	require.Empty(t, shown.FactIDs)
	earns := func(of sdk.BrokerMoveEffect) []string {
		out := []string{string(of.BeforeUSD), string(of.AfterUSD), string(of.DifferenceUSD)}
		for _, p := range of.Partners {
			out = append(out, fmt.Sprintf("%s %s %s", p.Email, p.BeforeUSD, p.AfterUSD))
		}
		return out
	}
	require.EqualValues(t, 2, shown.Preview.Last30Days.Orders)
	require.Equal(t, []string{"4", "5.5", "1.5", "b@example.com 0 5", "a@example.com 4 0.5"}, earns(shown.Preview.Last30Days))
	require.EqualValues(t, 1, shown.Preview.Corrected.Orders)
	require.Equal(t, []string{"2", "2.75", "0.75", "b@example.com 0 2.5", "a@example.com 2 0.25"}, earns(shown.Preview.Corrected))

	in.DryRun = nil
	once := sdk.WithIdempotencyKey("k")
	moved := apitest.OK(broker.MoveClients(ctx, in, once))(t)
	require.Equal(t, "beta", moved.PartnerCode)
	require.Len(t, moved.FactIDs, 1, "a client is moved once, even if it is named twice")
	require.Equal(t, moved.FactIDs, apitest.OK(broker.MoveClients(ctx, in, once))(t).FactIDs)
	require.Equal(t, "2.5", w.Rewards(t, programmetest.PartnerB))
	require.EqualValues(t, 250_000, dbtest.Scalar(t, w.DB, `SELECT sum(amount_usd_e6) FROM overrides`))
	require.EqualValues(t, 1, dbtest.Scalar(t, w.DB, `SELECT count(*) FROM audit_log WHERE action = 'client.moved' AND actor = 'broker' AND subject = $1`, programmetest.Client1))
	programmetest.RequireSound(t, w.DB)

	t.Run("refused", func(t *testing.T) {
		valid := func(change func(*sdk.MoveClientsIn)) sdk.MoveClientsIn {
			out := sdk.MoveClientsIn{ClientUIDs: []string{programmetest.Client1}, PartnerUID: programmetest.PartnerB, Reason: "closed"}
			change(&out)
			return out
		}
		later := w.Clock.Now().Add(time.Second)
		for _, dry := range []bool{true, false} {
			for fault, in := range map[string]sdk.MoveClientsIn{
				"from in_future":               valid(func(in *sdk.MoveClientsIn) { in.From = later }),
				"partner_uid does_not_exist":   valid(func(in *sdk.MoveClientsIn) { in.PartnerUID = programmetest.Client1 }),
				"client_uids.1 does_not_exist": valid(func(in *sdk.MoveClientsIn) { in.ClientUIDs = append(in.ClientUIDs, noUID) }),
				"reason blank":                 valid(func(in *sdk.MoveClientsIn) { in.Reason = "" }),
				"client_uids empty":            valid(func(in *sdk.MoveClientsIn) { in.ClientUIDs = []string{} }),
			} {
				in.DryRun = &dry
				apitest.Refused(broker.MoveClients(ctx, in))(t, sdk.ValidationError, fault)
			}
		}
		house := "00000000-0000-0000-0000-000000000000"
		apitest.Refused(broker.MoveClients(ctx, valid(func(in *sdk.MoveClientsIn) { in.PartnerUID = house })))(t, sdk.ValidationError, "partner_uid does_not_exist")
		require.EqualValues(t, 1, dbtest.Scalar(t, w.DB, `SELECT count(*) FROM audit_log WHERE action = 'client.moved'`))
	})
}
