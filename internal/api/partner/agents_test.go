package partner_test

// Some tests send raw requests, because they compare whole responses with golden files.

import (
	"math"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/api/apitest"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
	"github.com/tributary-server/tributary/sdk"
)

const (
	clientsV2Path = "/api/v2/reports/clients/shared/"
	clientsV3Path = "/api/v3/reports/clients/shared/"
	rewardsV4Path = "/api/v4/reports/rewards/shared/"
)

// agreementTerms are the terms of an agreement. They are also the payload of the
// operation that needs a code.
type agreementTerms struct {
	LinkID int64       `json:"link_id"`
	Share  sdk.Decimal `json:"share_perc"`
	Cap    sdk.Decimal `json:"cap_amount_usd,omitzero"`
}

func (o agreementTerms) request() sdk.CreateAgentAgreementIn {
	return sdk.CreateAgentAgreementIn{SharePerc: o.Share, CapAmountUSD: o.Cap}
}

func blog(t *testing.T, owner *sdk.Partner) *sdk.AgentLink {
	t.Helper()
	return apitest.OK(owner.CreateAgentLink(t.Context(), sdk.CreateAgentLinkIn{Alias: "Blog", Email: "b@example.com"}))(t)
}

// rowOf returns a new link as the list shows it.
func rowOf(l *sdk.AgentLink) sdk.AgentLinkRow {
	return sdk.AgentLinkRow{
		ID: l.ID, LinkCode: l.LinkCode, ReferralLink: l.ReferralLink, Alias: l.Alias, Email: l.Email, Created: l.Created,
		SharedReports: []sdk.SharedReport{},
	}
}

func TestAgentLinks(t *testing.T) {
	t.Parallel()
	w := apitest.SetupWorld(t)
	a, ctx := w.Partner(t, "a"), t.Context()
	require.Empty(t, apitest.All(t, a.AgentLinks(ctx, sdk.PageQuery{})))
	link := apitest.OK(a.CreateAgentLink(ctx, sdk.CreateAgentLinkIn{Alias: " Blog ", Email: "B@Example.com"}))(t)
	require.Equal(t, &sdk.AgentLink{
		ID: link.ID, LinkCode: link.LinkCode, ReferralLink: "https://go.example.com/a/" + link.LinkCode,
		Alias: "Blog", Email: "b@example.com", Created: w.Clock.Now(),
	}, link)
	second := apitest.OK(a.CreateAgentLink(ctx, sdk.CreateAgentLinkIn{Alias: "Channel", Email: "unknown@example.com"}))(t)
	require.Contains(t, blog(t, w.Partner(t, "c")).ReferralLink, "https://go.example.com/a/c_", "an affiliate's")
	listed := apitest.All(t, a.AgentLinks(ctx, sdk.PageQuery{Limit: 1}))
	require.Equal(t, []sdk.AgentLinkRow{rowOf(second), rowOf(link)}, listed, "newest first, without agreements and without shared reports")

	for want, in := range map[string]sdk.CreateAgentLinkIn{
		"alias already_in_use: This alias is already in use.": {Alias: "Blog", Email: "other@example.com"},
		"email invalid":    {Alias: "x", Email: "x"},
		"alias blank":      {Alias: " ", Email: "x@example.com"},
		"alias max_length": {Alias: strings.Repeat("x", 101), Email: "x@example.com"},
	} {
		apitest.Refused(a.CreateAgentLink(ctx, in))(t, sdk.ValidationError, want)
	}
	require.True(t, slices.ContainsFunc(apitest.All(t, a.Links(ctx, sdk.PageQuery{})), func(l sdk.Link) bool {
		return l.LinkCode == second.LinkCode && !l.IsDefault && !l.IsBlocked && !l.IsCustom
	}), "clients can use the link")

	// Two requests with the same Idempotency-Key create only one link.
	var again sdk.Answer
	in, key := sdk.CreateAgentLinkIn{Alias: "Keyed", Email: "x@example.com"}, sdk.WithIdempotencyKey("k1")
	require.Equal(t, apitest.OK(a.CreateAgentLink(ctx, in, key))(t), apitest.OK(a.CreateAgentLink(ctx, in, key, sdk.WithAnswer(&again)))(t))
	require.True(t, again.Replayed)
}

func TestAgentLinks_TakeTheClientsThatCome(t *testing.T) {
	t.Parallel()
	w := apitest.SetupWorld(t)
	a, b, ctx := w.Partner(t, "a"), w.Partner(t, "b"), t.Context()
	link := blog(t, a)
	w.MustFeed(t, w.Fact(feed.ClientRegistered, "2026-06-30T12:30:00Z",
		`"client_uid":"33333333-0000-4000-8000-000000000003","email":"three@example.com","country":"IT","partner_code":"`+link.LinkCode+`"`))
	client := sdk.AffiliationIn{Email: new("three@example.com")}
	require.True(t, apitest.OK(a.Affiliation(ctx, client))(t).Affiliation, "the owner's")
	require.False(t, apitest.OK(b.Affiliation(ctx, client))(t).Affiliation, "not the agent's")
}

func TestAgentAgreements(t *testing.T) {
	t.Parallel()
	w := apitest.SetupWorld(t)
	a, b, ctx := w.Partner(t, "a"), w.Partner(t, "b"), t.Context()
	link := blog(t, a)
	balance := func(p *sdk.Partner) sdk.Decimal { return apitest.OK(p.WalletAccounts(ctx))(t).Accounts[0].Balance }

	offer := agreementTerms{link.ID, "25", "0.75"}
	code := w.Code(t, a, sdk.OperationTypeSetAgentCommission, offer)
	apitest.RequireUncoded(t, a.CreateAgentAgreement(ctx, link.ID, offer.request()))
	apitest.RequireUncoded(t, a.CreateAgentAgreement(ctx, link.ID, offer.request(), sdk.WithTemporaryToken("x")))
	for name, other := range map[string]sdk.CreateAgentAgreementIn{
		"another share": {SharePerc: "26", CapAmountUSD: "0.75"},
		"another limit": {SharePerc: "25", CapAmountUSD: "0.76"},
		"no limit":      {SharePerc: "25"},
	} {
		t.Log(name)
		apitest.RequireUncoded(t, a.CreateAgentAgreement(ctx, link.ID, other, code))
	}
	for want, in := range map[string]sdk.CreateAgentAgreementIn{
		"share_perc required":           {CapAmountUSD: "0.75"},
		"share_perc max_value":          {SharePerc: "100.01"},
		"share_perc min_value":          {SharePerc: "-1"},
		"share_perc max_decimal_places": {SharePerc: "0.001"},
		"share_perc invalid":            {SharePerc: "x"},
		"cap_amount_usd min_value: Ensure this value is greater than 0.": {SharePerc: "1", CapAmountUSD: "0"},
	} {
		apitest.RequireRefused(t, a.CreateAgentAgreement(ctx, link.ID, in, code), sdk.ValidationError, want)
	}
	require.NoError(t, a.CreateAgentAgreement(ctx, link.ID, offer.request(), code))
	apitest.RequireUncoded(t, a.CreateAgentAgreement(ctx, link.ID, offer.request(), code))

	w.MustFeed(t, w.OpenBy(link, "7001"), w.Order("7001", 1, "EURUSD", "2026-06-30T13:00:00Z", ``), w.Order("7001", 2, "EURUSD", "2026-06-30T13:00:00Z", ``))
	require.Equal(t, sdk.Decimal("0.69"), balance(b), "0.5 of 2 USD, then the 0.25 that the limit left; in EUR over 1.085")
	require.Equal(t, sdk.Decimal("3.25"), balance(a))

	later := agreementTerms{LinkID: link.ID, Share: "10.50"}
	require.NoError(t, a.CreateAgentAgreement(ctx, link.ID, later.request(), w.Code(t, a, sdk.OperationTypeSetAgentCommission, later)))
	code, once := w.Code(t, a, sdk.OperationTypeSetAgentCommission, later), sdk.WithIdempotencyKey("k")
	for range 2 {
		apitest.RequireUncoded(t, a.CreateAgentAgreement(ctx, link.ID, later.request(), sdk.WithTemporaryToken("x"), once))
	}
	for range 2 {
		require.NoError(t, a.CreateAgentAgreement(ctx, link.ID, later.request(), code, once), "a refusal uses up neither the key nor the token")
	}
	day := w.Clock.Now()
	require.Equal(t, []sdk.AgentAgreement{
		{SharePerc: "10.5", EarnedUSD: "0", EffectiveFrom: day},
		{SharePerc: "10.5", EarnedUSD: "0", EffectiveFrom: day},
		{SharePerc: "25", CapAmountUSD: "0.75", EarnedUSD: "0.75", EffectiveFrom: day},
	}, apitest.All(t, a.AgentAgreements(ctx, link.ID, sdk.PageQuery{Limit: 2})))
	other := apitest.OK(a.CreateAgentLink(ctx, sdk.CreateAgentLinkIn{Alias: "Channel", Email: "c@example.com"}))(t)
	inForce := rowOf(link)
	inForce.Agreement = &sdk.AgentAgreement{SharePerc: "10.5", EarnedUSD: "0", EffectiveFrom: day}
	require.Equal(t, []sdk.AgentLinkRow{rowOf(other), inForce}, apitest.All(t, a.AgentLinks(ctx, sdk.PageQuery{})), "the newest agreement only")

	apitest.Refused(b.AgentAgreementsPage(ctx, link.ID, sdk.PageQuery{}))(t, sdk.NotFound)
	apitest.RequireRefused(t, b.CreateAgentAgreement(ctx, link.ID, offer.request()), sdk.NotFound)
	apitest.RequireRefused(t, a.CreateAgentAgreement(ctx, 1<<40, offer.request()), sdk.NotFound)
	programmetest.RequireSound(t, w.DB)
}

func TestAgentSharedReports(t *testing.T) {
	t.Parallel()
	w := apitest.SetupWorld(t)
	a, b, ctx := w.Partner(t, "a"), w.Partner(t, "b"), t.Context()
	link := blog(t, a)
	w.MustFeed(t, w.OpenBy(link, "7001"), w.Order("7001", 1, "EURUSD", "2026-06-30T13:00:00Z", ``))
	reads := func(p *sdk.Partner) (clients, rewards int) {
		clients = len(apitest.All(t, p.ClientsShared(ctx, sdk.ClientsSharedQuery{})))
		require.Len(t, apitest.All(t, p.ClientsSharedV3(ctx, sdk.ClientsSharedV3Query{})), clients)
		require.Len(t, apitest.OK(p.ClientsSharedFilters(ctx, sdk.FiltersQuery{Field: "client_account"}))(t).ClientAccount, clients)
		rewards = len(apitest.All(t, p.RewardsShared(ctx, sdk.RewardsSharedQuery{})))
		require.Len(t, apitest.OK(p.RewardsSharedFilters(ctx, sdk.FiltersQuery{Field: "client_account"}))(t).ClientAccount, rewards)
		return clients, rewards
	}
	const clients, rewards = sdk.SharedReportClientReport, sdk.SharedReportRewardHistory
	require.Empty(t, apitest.OK(a.AgentSharedReports(ctx, link.ID))(t).SharedReports)
	for _, step := range []struct{ set, want []sdk.SharedReport }{
		{[]sdk.SharedReport{clients}, []sdk.SharedReport{clients}},
		{[]sdk.SharedReport{rewards, rewards}, []sdk.SharedReport{rewards}},
		{[]sdk.SharedReport{clients, rewards}, []sdk.SharedReport{rewards, clients}},
		{[]sdk.SharedReport{}, []sdk.SharedReport{}},
	} {
		set := apitest.OK(a.SetAgentSharedReports(ctx, link.ID, sdk.SetAgentSharedReportsIn{SharedReports: step.set}))(t)
		require.Equal(t, step.want, set.SharedReports)
		require.Equal(t, set, apitest.OK(a.AgentSharedReports(ctx, link.ID))(t))
		require.Equal(t, step.want, apitest.All(t, a.AgentLinks(ctx, sdk.PageQuery{}))[0].SharedReports)
		listed, rewarded := reads(b)
		require.Equal(t, slices.Contains(step.set, clients), listed == 1)
		require.Equal(t, slices.Contains(step.set, rewards), rewarded == 1)
		listed, rewarded = reads(a)
		require.Zero(t, listed+rewarded, "the owner is not an agent")
	}
	apitest.Refused(b.AgentSharedReports(ctx, link.ID))(t, sdk.NotFound)
	apitest.Refused(b.SetAgentSharedReports(ctx, link.ID, sdk.SetAgentSharedReportsIn{SharedReports: []sdk.SharedReport{}}))(t, sdk.NotFound)
	apitest.Refused(a.SetAgentSharedReports(ctx, link.ID, sdk.SetAgentSharedReportsIn{SharedReports: []sdk.SharedReport{"all"}}))(t,
		sdk.ValidationError, "shared_reports.0 invalid_choice")
	apitest.Refused(a.SetAgentSharedReports(ctx, link.ID, sdk.SetAgentSharedReportsIn{}))(t, sdk.ValidationError, "shared_reports required")
}

func TestAgentAffiliation(t *testing.T) {
	t.Parallel()
	w := apitest.SetupWorld(t)
	a, b, ctx := w.Partner(t, "a"), w.Partner(t, "b"), t.Context()
	link := blog(t, a)
	w.MustFeed(t, w.OpenBy(link, "7001"), w.OpenBy(link, "7002"))
	found := func(accounts ...string) *sdk.AgentAffiliation {
		return &sdk.AgentAffiliation{IsAffiliated: true, LinkCode: &link.LinkCode, Accounts: accounts}
	}
	none := &sdk.AgentAffiliation{Accounts: []string{}}
	for _, tt := range []struct {
		name  string
		asks  *sdk.Partner
		email string
		most  *int64
		want  *sdk.AgentAffiliation
	}{
		{"the agent's", b, " ONE@example.com", new(int64(5)), found("7001", "7002")},
		{"cut", b, "one@example.com", new(int64(1)), found("7001")},
		{"many", b, "one@example.com", new(int64(math.MaxInt64)), found("7001", "7002")},
		{"no number", b, "one@example.com", nil, found("7001", "7002")},
		{"the agent's own client, without a link", b, "two@example.com", nil, none},
		{"an unknown client", b, "nobody@example.com", nil, none},
		{"the owner asks", a, "one@example.com", nil, none},
		{"another partner asks", w.Partner(t, "c"), "one@example.com", nil, none},
	} {
		require.Equal(t, tt.want, apitest.OK(tt.asks.AgentAffiliation(ctx, sdk.AgentAffiliationIn{ClientEmail: tt.email, MaxAccounts: tt.most}))(t), tt.name)
	}
	apitest.Refused(b.AgentAffiliation(ctx, sdk.AgentAffiliationIn{ClientEmail: "one@example.com", MaxAccounts: new(int64(-1))}))(t, sdk.ValidationError, "max_accounts min_value")
	apitest.Refused(b.AgentAffiliation(ctx, sdk.AgentAffiliationIn{ClientEmail: "one"}))(t, sdk.ValidationError, "client_email invalid")
}

// TestAgentReports_Golden compares the agents' reports with golden files, byte by
// byte.
func TestAgentReports_Golden(t *testing.T) {
	t.Parallel()
	w := apitest.SetupWorld(t)
	w.AgentLink(t, programmetest.PartnerA, 700, "blog", "b@example.com")
	w.AgentLink(t, apitest.PartnerC, 700, "channel", "b@example.com")
	w.Agree(t, programmetest.PartnerA, 700, "2026-03-01T00:00:00Z", 25_0000, 0)
	open := func(account, client, code string) string {
		return w.Fact(feed.AccountOpened, "2026-02-0"+account[3:]+"T00:00:00Z", `"client_account":"`+account+`","client_uid":"`+client+
			`","server":"Real","platform":"mt5","account_type":"Standard","currency":"USD","partner_code":"`+code+`"`)
	}
	w.MustFeed(t, open("7002", programmetest.Client1, "blog"), open("7003", programmetest.Client1, "blog"), open("7004", programmetest.Client2, "channel"),
		w.Order("7002", 1, "EURUSD", "2026-02-10T10:00:00Z", ``), w.Order("7002", 2, "EURUSD", "2026-03-02T10:00:00Z", ``),
		w.Order("7002", 3, "USDJPY", "2026-03-03T10:00:00Z", ``), w.Order("7004", 4, "EURUSD", "2026-03-03T10:00:00Z", ``),
		w.Fact(feed.OrderReversed, "2026-03-05T00:00:00Z", `"server":"Real","ticket":2,"reason":"x"`))
	for name, target := range map[string]string{
		"clients_shared.json":            clientsV2Path,
		"clients_shared.csv":             clientsV2Path + "?format=csv",
		"clients_shared_filters.json":    clientsV2Path + "filters/",
		"clients_shared_v3.json":         clientsV3Path,
		"clients_shared_v3.csv":          clientsV3Path + "?format=csv",
		"clients_shared_v3_filters.json": clientsV3Path + "filters/",
		"rewards_shared.json":            rewardsV4Path,
		"rewards_shared.csv":             rewardsV4Path + "?format=csv",
		"rewards_shared_filters.json":    rewardsV4Path + "filters/",
	} {
		got := w.Call(t, "b", "GET", target, "")
		require.Equal(t, http.StatusOK, got.Code, got.Body)
		path := filepath.Join("testdata", "reports", name)
		if *updateReports {
			require.NoError(t, os.WriteFile(path, got.Body.Bytes(), 0o600))
		}
		want, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Equal(t, string(want), got.Body.String(), name)
	}
	require.Equal(t, http.StatusOK, w.Call(t, "b", "GET", clientsV2Path+"?format=xlsx", "").Code)
	none := w.Call(t, "b", "GET", rewardsV4Path+"?country=XX", "")
	require.JSONEq(t, `{"data":[],"totals":{"count":0,"volume_lots":0,"volume_mln_usd":0,"share_amount_usd":0}}`, none.Body.String())
}
