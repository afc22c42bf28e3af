package broker_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/api/apitest"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
	"github.com/tributary-server/tributary/internal/settings"
	"github.com/tributary-server/tributary/sdk"
)

const selfUID = "55555555-0000-4000-8000-000000000005"

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
		w.MustFeed(t, w.Fact("client.registered", "2026-02-01T00:00:00Z", `"client_uid":"`+selfUID+`","email":"B+me@example.com","country":"DE","partner_code":"alpha"`))
		_, err := settings.NewStore(w.DB).Set(ctx, &settings.SelfReferral.Info, settings.RefuseSelfReferral, from, from)
		require.NoError(t, err)
		for _, dry := range []bool{true, false} {
			in := valid(func(in *sdk.MoveClientsIn) {
				in.ClientUIDs, in.DryRun = append(in.ClientUIDs, selfUID), &dry
			})
			apitest.Refused(broker.MoveClients(ctx, in))(t, sdk.ValidationError, "client_uids.1 self_referral")
		}
		house := "00000000-0000-0000-0000-000000000000"
		apitest.Refused(broker.MoveClients(ctx, valid(func(in *sdk.MoveClientsIn) { in.PartnerUID = house })))(t, sdk.ValidationError, "partner_uid does_not_exist")
		require.EqualValues(t, 1, dbtest.Scalar(t, w.DB, `SELECT count(*) FROM audit_log WHERE action = 'client.moved'`))
	})
}

// TestPreviewOfMoves checks that a preview shows the effect that the move then has. The
// client has a later move, and an account with a typed code.
func TestPreviewOfMoves(t *testing.T) {
	t.Parallel()
	w := apitest.SetupWorld(t)
	broker, ctx := w.Broker(t), t.Context()
	account := func(number, opened, code string) string {
		return w.Fact("account.opened", opened, fmt.Sprintf(`"client_account":%q,"client_uid":%q,"server":"Real","platform":"mt5","account_type":"Standard","currency":"USD"%s`,
			number, programmetest.Client1, code))
	}
	w.MustFeed(t, account("1002", "2026-06-10T00:00:00Z", `,"partner_code":"alpha"`), account("1003", "2026-06-10T00:00:00Z", ``),
		w.Fact("client.moved", "2026-06-20T00:00:00Z", `"client_uid":"`+programmetest.Client1+`","partner_code":"gamma","reason":"test"`))
	for i, number := range []string{"1001", "1002", "1003"} {
		w.MustFeed(t, w.Order(number, 10+i, "EURUSD", "2026-06-15T10:00:00Z", ``), w.Order(number, 20+i, "EURUSD", "2026-06-25T10:00:00Z", ``))
	}
	for _, c := range []struct {
		from               time.Time
		orders, last30     int64
		alpha, beta, gamma string
	}{
		{time.Date(2026, 6, 5, 0, 0, 0, 0, time.UTC), 2, 0, "2", "4", "6"},   // gamma has the client since 20 June, and alpha's code was typed for 1002
		{time.Date(2026, 6, 22, 0, 0, 0, 0, time.UTC), 3, 6, "2", "10", "0"}, // the move goes on
	} {
		in := sdk.MoveClientsIn{ClientUIDs: []string{programmetest.Client1}, PartnerUID: programmetest.PartnerB, Reason: "test", From: c.from, DryRun: new(true)}
		before := map[string]string{}
		for _, uid := range []string{programmetest.PartnerA, programmetest.PartnerB, apitest.PartnerC} {
			before[uid] = w.Rewards(t, uid)
		}
		shown := apitest.OK(broker.MoveClients(ctx, in))(t)
		require.Equal(t, c.orders, shown.Preview.Corrected.Orders)
		require.Equal(t, c.last30, shown.Preview.Last30Days.Orders)
		in.DryRun = nil
		apitest.OK(broker.MoveClients(ctx, in))(t)
		require.Equal(t, []string{c.alpha, c.beta, c.gamma},
			[]string{w.Rewards(t, programmetest.PartnerA), w.Rewards(t, programmetest.PartnerB), w.Rewards(t, apitest.PartnerC)})
		for _, p := range shown.Preview.Corrected.Partners {
			was, err := money.Parse[money.Amount](before[p.PartnerUID])
			require.NoError(t, err)
			is, err := money.Parse[money.Amount](w.Rewards(t, p.PartnerUID))
			require.NoError(t, err)
			require.Equal(t, (is - was).String(), string(p.DifferenceUSD), p.Email)
		}
	}
	programmetest.RequireSound(t, w.DB)
}

// TestMovesFollowMonthlyWork checks that the monthly work that is due comes before a
// move, even if the request has an Idempotency-Key.
func TestMovesFollowMonthlyWork(t *testing.T) {
	t.Parallel()
	w := apitest.SetupWorld(t)
	w.Clock.Advance(24 * time.Hour)
	done := func() int64 {
		return dbtest.Scalar(t, w.DB, `SELECT count(*) FROM level_review_days WHERE review_day = $1`, int64(clock.DayOf(w.Clock.Now(), time.UTC)))
	}
	require.Zero(t, done())
	in := sdk.MoveClientsIn{ClientUIDs: []string{programmetest.Client1}, PartnerUID: programmetest.PartnerB, Reason: "test"}
	apitest.OK(w.Broker(t).MoveClients(t.Context(), in, sdk.WithIdempotencyKey("k")))(t)
	require.EqualValues(t, 1, done())
}
