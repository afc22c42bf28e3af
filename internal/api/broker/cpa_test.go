package broker_test

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/api/apitest"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
	"github.com/tributary-server/tributary/internal/reward"
	"github.com/tributary-server/tributary/sdk"
)

func TestBrokerDecidesCPA(t *testing.T) {
	t.Parallel()
	w := apitest.SetupWorld(t)
	programmetest.WithBundles(t, w.Programme, reward.CPA{Name: "All", AmountUSD: 200_000_000, MinDepositUSD: 100_000_000, WithinDays: 30, Approval: reward.ManualApproval})
	uid := func(n int) string { return fmt.Sprintf("c%07d-0000-4000-8000-000000000000", n) }
	for n := 1; n <= 4; n++ {
		account := strconv.Itoa(5000 + n)
		w.MustFeed(t,
			w.Fact(feed.ClientRegistered, fmt.Sprintf("2026-06-%02dT00:00:00Z", n), fmt.Sprintf(`"client_uid":%q,"email":"cpa%d@example.com","country":"PL","partner_code":"alpha"`, uid(n), n)),
			w.Fact(feed.AccountOpened, "2026-06-05T00:00:00Z", fmt.Sprintf(
				`"client_account":%q,"client_uid":%q,"server":"Real","platform":"mt5","account_type":"Standard","currency":"USD"`, account, uid(n))))
		if n < 4 {
			w.MustFeed(t, w.Fact(feed.DepositReceived, "2026-06-06T00:00:00Z", fmt.Sprintf(`"client_account":%q,"amount_usd":150`, account)))
		}
	}
	b, ctx := w.Broker(t), t.Context()
	list := func(query sdk.BrokerCPAClientsQuery) (uids []string) {
		t.Helper()
		for _, c := range apitest.All(t, b.CPAClients(ctx, query)) {
			uids = append(uids, c.ClientUID[:8])
		}
		return uids
	}
	require.Equal(t, []string{"c0000001", "c0000002", "c0000003"}, list(sdk.BrokerCPAClientsQuery{Status: []sdk.CPAStatus{"pending"}}), "client 4 has not met the conditions")
	met := time.Date(2026, 6, 6, 0, 0, 0, 0, time.UTC)
	want := sdk.CPAClient{
		ClientUID: uid(1), PartnerUID: programmetest.PartnerA, Bundle: "All", Country: "PL", LinkCode: "alpha", RegisteredAt: time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC),
		FTDAt: met, FTDUSD: "150", QualifiedAt: met, Status: "approved", CPAUSD: "200",
	}
	for range 2 {
		require.Equal(t, &want, apitest.OK(b.ApproveCPA(ctx, uid(1)))(t))
	}
	for _, reason := range []string{"two accounts", "another reason"} {
		rejected := apitest.OK(b.RejectCPA(ctx, uid(2), sdk.RejectCPAIn{Reason: reason}))(t)
		require.Equal(t, []any{sdk.CPAStatus("rejected"), "two accounts", sdk.Decimal("0")}, []any{rejected.Status, *rejected.Reason, rejected.CPAUSD}, "the first reason remains")
	}
	require.Equal(t, []string{"c0000003"}, list(sdk.BrokerCPAClientsQuery{Status: []sdk.CPAStatus{"pending"}, PartnerUID: []string{programmetest.PartnerA}, Bundle: []string{"All"}}))
	require.Empty(t, list(sdk.BrokerCPAClientsQuery{PartnerUID: []string{programmetest.PartnerB}}))
	require.Empty(t, list(sdk.BrokerCPAClientsQuery{Bundle: []string{"Other"}}))
	var actions []string
	for _, entry := range apitest.All(t, w.Partner(t, "a").AuditLog(ctx, sdk.AuditLogQuery{Subject: []string{uid(1), uid(2)}})) {
		actions = append(actions, entry.Action)
	}
	require.Equal(t, []string{"cpa.rejected", "cpa.approved"}, actions)

	apitest.Refused(b.ApproveCPA(ctx, uid(4)))(t, sdk.ValidationError, "client_uid conflict: This client has not met the conditions.")
	apitest.Refused(b.RejectCPA(ctx, uid(3), sdk.RejectCPAIn{}))(t, sdk.ValidationError, "reason blank")
	for _, unknown := range []string{noUID, programmetest.Client1, "x"} {
		apitest.Refused(b.ApproveCPA(ctx, unknown))(t, sdk.NotFound)
		apitest.Refused(b.RejectCPA(ctx, unknown, sdk.RejectCPAIn{Reason: "x"}))(t, sdk.NotFound)
	}
	w.Clock.Advance(12 * time.Hour)
	require.NoError(t, w.Server.CPA.Run(ctx))
	apitest.Refused(b.RejectCPA(ctx, uid(1), sdk.RejectCPAIn{Reason: "x"}))(t, sdk.ValidationError,
		"client_uid conflict: The CPA for this client was paid on 2026-07-01. Only a reversal of the first deposit takes it back.")
	want.PaidOn = "2026-07-01"
	require.Equal(t, &want, apitest.OK(b.ApproveCPA(ctx, uid(1)))(t))
	w.MustFeed(t, w.Fact(feed.DepositReversed, "2026-07-01T00:00:00Z", `"client_account":"5003","amount_usd":150`))
	apitest.Refused(b.ApproveCPA(ctx, uid(3)))(t, sdk.ValidationError, "client_uid conflict: The first deposit of this client was reversed.")
	programmetest.RequireSound(t, w.DB)
}

// TestBrokerDecidesCPA_BeforeTheRun rejects a client with an Idempotency-Key on
// the 1st, before the run that pays another client.
func TestBrokerDecidesCPA_BeforeTheRun(t *testing.T) {
	t.Parallel()
	w := apitest.SetupWorld(t)
	programmetest.WithBundles(t, w.Programme, reward.CPA{Name: "All", AmountUSD: 200_000_000, MinDepositUSD: 100_000_000, WithinDays: 30, Approval: reward.AutomaticApproval})
	uid := func(n int) string { return fmt.Sprintf("c%07d-0000-4000-8000-000000000000", n) }
	for n := 1; n <= 2; n++ {
		account := strconv.Itoa(5000 + n)
		w.MustFeed(t,
			w.Fact(feed.ClientRegistered, "2026-06-20T00:00:00Z", fmt.Sprintf(`"client_uid":%q,"email":"cpa%d@example.com","country":"PL","partner_code":"alpha"`, uid(n), n)),
			w.Fact(feed.AccountOpened, "2026-06-20T00:00:00Z", fmt.Sprintf(
				`"client_account":%q,"client_uid":%q,"server":"Real","platform":"mt5","account_type":"Standard","currency":"USD"`, account, uid(n))))
	}
	w.MustFeed(t, w.Fact(feed.DepositReceived, "2026-06-21T00:00:00Z", `"client_account":"5001","amount_usd":150`))
	require.NoError(t, w.Server.CPA.Run(t.Context()))
	w.Clock.Advance(12 * time.Hour)
	once := sdk.WithIdempotencyKey("k")
	for range 2 {
		rejected := apitest.OK(w.Broker(t).RejectCPA(t.Context(), uid(2), sdk.RejectCPAIn{Reason: "a friend"}, once))(t)
		require.EqualValues(t, "rejected", rejected.Status)
		require.NoError(t, w.Server.CPA.Run(t.Context()))
		require.Equal(t, "c0000001 approved 200 paid, c0000002 rejected a friend 0", w.CPA(t, programmetest.Alpha))
	}
}
