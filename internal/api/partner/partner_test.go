package partner_test

// Some tests send raw requests, because they compare whole bodies or send bodies
// that the SDK cannot write.

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/api/apitest"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/partner"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
	"github.com/tributary-server/tributary/sdk"
)

func TestSummary(t *testing.T) {
	t.Parallel()
	w := apitest.SetupWorld(t)
	w.MustFeed(t,
		w.Fact(feed.ClientVerified, "2026-02-03T00:00:00Z", `"client_uid":"`+programmetest.Client1+`"`),
		w.Fact(feed.DepositReceived, "2026-02-03T00:00:00Z", `"client_account":"1001","amount_usd":100`),
		w.Order("1001", 1, "EURUSD", "2026-03-01T10:00:00Z", `,"open_spread":8,"close_spread":"9.5"`),
		w.Order("1001", 2, "EURUSD", "2026-06-02T10:00:00Z", ``),
		w.Order("2001", 3, "usdjpy", "2026-06-30T10:00:00Z", ``))

	const summaryA = `{
		"partner_uid":"aaaaaaaa-0000-4000-8000-000000000001","email":"a@example.com","country":"CY","status":"active","programme":"ib",
		"level":"Trading Partner","level_progress":{"from":"2026-04-02","volume_mln_usd":0.04,"active_clients":1,
			"next_review":"2026-07-01","changes_to":null,"falls_to":null,
			"next_level":{"name":"Advanced","min_volume_mln_usd":%MIN_VOLUME%,"min_active_clients":%MIN_CLIENTS%,
				"missing_volume_mln_usd":4.96,"missing_active_clients":4,"rise_pays_usd":0.5}},
		"security_type":"standard","accounts":[{"id":"%ACCOUNT_A%","name":"a","currency":"USD","balance":3.75}],
		"clients":{"ACTIVE":1,"INACTIVE":0,"CHANGING":0,"LEFT":0,"total":1},
		"reward_usd":{"today":0,"this_month":2,"all_time":3.75},"override_usd":{"today":0,"this_month":0,"all_time":0},
		"volume_mln_usd":{"today":0,"this_month":0.12,"all_time":0.24},"volume_lots":{"today":0,"this_month":1,"all_time":2},
		"default_link":{"full_default_link":"https://go.example.com/a/alpha","domain":"go.example.com","code":"alpha"}}`
	const summaryB = `{
		"partner_uid":"bbbbbbbb-0000-4000-8000-000000000002","email":"b@example.com","country":"TH","status":"active","programme":"ib",
		"level":"Trading Partner","level_progress":{"from":"2026-04-02","volume_mln_usd":0.0003,"active_clients":1,
			"next_review":"2026-07-01","changes_to":null,"falls_to":null,
			"next_level":{"name":"Advanced","min_volume_mln_usd":%MIN_VOLUME%,"min_active_clients":%MIN_CLIENTS%,
				"missing_volume_mln_usd":4.9998,"missing_active_clients":4,"rise_pays_usd":0.42}},
		"security_type":"standard","accounts":[{"id":"%ACCOUNT_B%","name":"b","currency":"EUR","balance":1.53}],
		"clients":{"ACTIVE":0,"INACTIVE":1,"CHANGING":0,"LEFT":0,"total":1},
		"reward_usd":{"today":1.67,"this_month":1.67,"all_time":1.67},"override_usd":{"today":0,"this_month":0,"all_time":0},
		"volume_mln_usd":{"today":0.0008,"this_month":0.0008,"all_time":0.0008},"volume_lots":{"today":1,"this_month":1,"all_time":1},
		"default_link":{"full_default_link":"https://go.example.com/a/beta","domain":"go.example.com","code":"beta"}}`
	fill := placeholderFiller(t)
	w.Play(t, []apitest.Scene{
		{Name: "a", Token: "a", Target: "/api/partner/summary/", Status: 200, Answer: fill(summaryA)},
		{Name: "b", Token: "b", Target: "/api/partner/summary/", Status: 200, Answer: fill(summaryB)},
		{Name: "v3", Token: "a", Target: "/api/v3/partner/summary", Status: 200, Answer: fill(summaryA)},
	})

	w.Exec(t, `INSERT INTO partner_levels (partner_id, from_day, level) VALUES ($1, 20000, 'Brilliant')`, programmetest.Alpha)
	a, ctx := w.Partner(t, "a"), t.Context()
	top := apitest.OK(a.Summary(ctx))(t)
	require.Equal(t, "Brilliant", top.Level)
	require.Nil(t, top.LevelProgress.NextLevel)
	w.Exec(t, `INSERT INTO partner_security (partner_id, security_type, changed_at) VALUES ($1, 'secure', 0)`, programmetest.Alpha)
	require.Equal(t, sdk.SecurityTypeSecure, apitest.OK(a.Summary(ctx))(t).SecurityType)
}

func TestSummary_ShowsWhatTheFeedAcknowledged(t *testing.T) {
	t.Parallel()
	w := apitest.SetupWorld(t)
	a := w.Partner(t, "a")
	for n, want := range []sdk.Decimal{"2", "4", "6"} {
		w.MustFeed(t, w.Order("1001", n, "EURUSD", "2026-06-30T10:00:00Z", ``))
		require.Equal(t, want, apitest.OK(a.Summary(t.Context()))(t).RewardUSD.Today)
	}
}

func TestAffiliation(t *testing.T) {
	t.Parallel()
	w := apitest.SetupWorld(t)
	a, ctx := w.Partner(t, "a"), t.Context()
	mine, not := &sdk.Affiliation{Affiliation: true, Accounts: []string{"1001"}, ClientUID: new("11111111")}, &sdk.Affiliation{Accounts: []string{}}
	for email, want := range map[string]*sdk.Affiliation{
		"one@example.com":    mine,
		"two@example.com":    not, // another partner's client
		"nobody@example.com": not,
	} {
		require.Equal(t, want, apitest.OK(a.Affiliation(ctx, sdk.AffiliationIn{Email: &email}))(t), email)
	}
	require.Equal(t, mine, apitest.OK(a.Affiliation(ctx, sdk.AffiliationIn{Email: new(" ONE@Example.com ")}))(t), "trimmed, in any case")
	for account, want := range map[string]*sdk.Affiliation{"1001": mine, "2001": not, "3": not} {
		require.Equal(t, want, apitest.OK(a.Affiliation(ctx, sdk.AffiliationIn{ClientAccount: &account}))(t), account)
	}
	require.Equal(t, []string{"2001"}, apitest.OK(w.Partner(t, "b").Affiliation(ctx, sdk.AffiliationIn{Email: new("two@example.com")}))(t).Accounts)
	for fault, in := range map[string]sdk.AffiliationIn{
		"email invalid: Enter a valid email address.": {Email: new("one")},
		"email blank":            {Email: new("")},
		"email required":         {},
		"client_account invalid": {ClientAccount: new("x")},
		"client_account invalid: Send email or client_account, not both.": {Email: new("one@example.com"), ClientAccount: new("1001")},
	} {
		apitest.Refused(a.Affiliation(ctx, in))(t, sdk.ValidationError, fault)
	}
}

// TestAffiliation_Wire sends request bodies that the SDK cannot write.
func TestAffiliation_Wire(t *testing.T) {
	t.Parallel()
	w := apitest.SetupWorld(t)
	const target, mine = "/api/partner/affiliation/", `{"affiliation":true,"accounts":["1001"],"client_uid":"11111111"}`
	ask := func(name, body string, status int, answer string) apitest.Scene {
		return apitest.Scene{Name: name, Token: "a", Method: "POST", Target: target, Body: body, Status: status, Answer: answer}
	}
	required := apitest.Wrong("email", "required", "This field is required.")
	w.Play(t, []apitest.Scene{
		ask("null", `{"email":null}`, 400, required),
		ask("an object", `{"email":{}}`, 400, apitest.Wrong("email", "invalid", "Not a valid string.")),
		ask("nothing", ``, 400, required),
		ask("no JSON", `{`, 400, apitest.BadInput),
		ask("an account as a number", `{"email":null,"client_account":1001.0}`, 200, mine),
	})
	form := w.Send(t, "a", "POST", target, strings.NewReader("email=one%40example.com"), "Content-Type", "application/x-www-form-urlencoded")
	require.JSONEq(t, mine, form.Body.String())
}

func TestAllocation(t *testing.T) {
	t.Parallel()
	w := apitest.SetupWorld(t)
	w.MustFeed(t, w.Fact(feed.AccountOpened, "2026-02-02T00:00:00Z",
		`"client_account":"22222222","client_uid":"`+programmetest.Client1+`","server":"Real","platform":"mt5","account_type":"Pro","currency":"USD"`))
	a, ctx := w.Partner(t, "a"), t.Context()
	registered := time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC)
	const byEmail, byUID, byAccount = sdk.AllocationTypeEmail, sdk.AllocationTypeClientUID, sdk.AllocationTypeClientAccount
	for value, kind := range map[string]sdk.AllocationType{
		"One@example.com": byEmail, programmetest.Client1: byUID, "11111111": byUID, "1001": byAccount,
		"1001.0":   byAccount, // some spreadsheets write whole numbers in this way
		"22222222": byAccount, // a client's uid can also begin with these eight digits, but they are the number of an account
	} {
		require.Equal(t, &sdk.Allocation{Value: value, Type: kind, ClientUID: "11111111", RegisteredAt: registered, ClientStatus: sdk.ClientStatusInactive},
			apitest.OK(a.Allocation(ctx, value))(t))
	}
	require.Equal(t, byUID, apitest.OK(w.Partner(t, "b").Allocation(ctx, "22222222"))(t).Type, "which is a uid to b")
	for _, value := range []string{"two@example.com", programmetest.Client2, "2001", "98765432109876543210", "й!"} {
		apitest.Refused(a.Allocation(ctx, value))(t, sdk.NotFound)
	}
	apitest.Refused(a.Allocation(ctx, " "))(t, sdk.ValidationError, "value blank")
	apitest.Refused(a.Allocation(ctx, ""))(t, sdk.ValidationError, "value required")
	require.Equal(t, 200, w.Call(t, "a", "GET", "/api/affiliate/partner/allocation/?value=one@example.com", "").Code, "with a slash")
	require.JSONEq(t, apitest.Wrong("value", "required", "This field is required."), w.Call(t, "a", "GET", "/api/affiliate/partner/allocation", "").Body.String())
}

func TestLinks(t *testing.T) {
	t.Parallel()
	w := apitest.SetupWorld(t)
	a, b, ctx := w.Partner(t, "a"), w.Partner(t, "b"), t.Context()
	const code = "my_code-too"
	alpha := sdk.Link{RewardSchema: "revenue_share", LinkCode: "alpha", IsDefault: true, PartnerAccount: apitest.AccountA}
	mine := sdk.Link{RewardSchema: "revenue_share", LinkCode: code, IsCustom: true, PartnerAccount: apitest.AccountA}
	require.Equal(t, []sdk.Link{alpha}, apitest.All(t, a.Links(ctx, sdk.PageQuery{})))
	require.Equal(t, &mine, apitest.OK(a.CreateLink(ctx, sdk.CreateLinkIn{LinkCode: code}))(t))
	for _, p := range []*sdk.Partner{a, b} {
		apitest.Refused(p.CreateLink(ctx, sdk.CreateLinkIn{LinkCode: code}))(t, sdk.ValidationError, "link_code already_in_use: This code is already in use.")
	}
	const form = "link_code invalid: A code has 1 to 20 lower-case letters, hyphens and underscores."
	for code, fault := range map[string]string{
		"alpha": "link_code already_in_use", "Capital": form, "digits1": form, "a code": form,
		"abcdefghijklmnopqrstu": "link_code max_length",
		"c_gamma":               "link_code invalid: A code cannot begin with c_, because links put c_ before affiliates' codes.",
		"":                      "link_code blank",
	} {
		apitest.Refused(b.CreateLink(ctx, sdk.CreateLinkIn{LinkCode: code}))(t, sdk.ValidationError, fault)
	}
	require.Equal(t, []sdk.Link{mine, alpha}, apitest.All(t, a.Links(ctx, sdk.PageQuery{Limit: 1})))
	past := apitest.OK(a.LinksPage(ctx, sdk.PageQuery{Offset: 5}))(t)
	require.Empty(t, past.Data)
	require.EqualValues(t, 2, past.Totals.Count)

	mine.IsDefault = true
	require.Equal(t, &mine, apitest.OK(a.UpdateLink(ctx, code, sdk.UpdateLinkIn{IsDefault: new(true)}))(t))
	require.Equal(t, &sdk.DefaultLink{FullDefaultLink: "https://go.example.com/a/" + code, Domain: "go.example.com", Code: code}, apitest.OK(a.DefaultLink(ctx))(t))
	require.Equal(t, &alpha, apitest.OK(a.UpdateLink(ctx, "alpha", sdk.UpdateLinkIn{}))(t), "the default again")
	apitest.Refused(a.UpdateLink(ctx, "alpha", sdk.UpdateLinkIn{IsDefault: new(false)}))(t,
		sdk.ValidationError, "is_default invalid: One link is always the default. Make another link the default instead.")
	apitest.Refused(b.UpdateLink(ctx, "alpha", sdk.UpdateLinkIn{}))(t, sdk.NotFound)
	apitest.Refused(a.UpdateLink(ctx, "unknown", sdk.UpdateLinkIn{}))(t, sdk.NotFound)
	require.Equal(t, "https://go.example.com/a/c_gamma", apitest.OK(w.Partner(t, "c").DefaultLink(ctx))(t).FullDefaultLink, "an affiliate's")
	w.Exec(t, `UPDATE partner_links SET is_blocked = 1 WHERE link_code = $1`, code)
	apitest.Refused(a.UpdateLink(ctx, code, sdk.UpdateLinkIn{}))(t, sdk.PermissionDenied, "non_field_errors permission_denied: A blocked link cannot be the default.")
}

func TestLinks_TakeTheClientsThatWaitForThem(t *testing.T) {
	t.Parallel()
	w := apitest.SetupWorld(t)
	s := w.Feed(t,
		w.Fact(feed.ClientRegistered, "2025-02-01T00:00:00Z", `"client_uid":"33333333-0000-4000-8000-000000000003","email":"three@example.com","country":"IT","partner_code":"later"`),
		w.Fact(feed.AccountOpened, "2025-02-02T00:00:00Z", `"client_account":"3001","client_uid":"33333333-0000-4000-8000-000000000003","server":"Real","platform":"mt5","account_type":"Standard","currency":"USD"`),
		w.Order("3001", 1, "EURUSD", "2026-03-01T10:00:00Z", ``))
	require.EqualValues(t, 3, s.Unattributed)
	c, ctx := w.Partner(t, "c"), t.Context()
	apitest.OK(c.CreateLink(ctx, sdk.CreateLinkIn{LinkCode: "later"}))(t)
	require.Equal(t, []string{"3001"}, apitest.OK(c.Affiliation(ctx, sdk.AffiliationIn{Email: new("three@example.com")}))(t).Accounts)
	require.Equal(t, sdk.Decimal("2"), apitest.OK(c.WalletAccounts(ctx))(t).Accounts[0].Balance, "and its order is paid")
}

func TestLinks_Limit(t *testing.T) {
	t.Parallel()
	w := apitest.SetupWorld(t)
	w.Exec(t, `INSERT INTO partner_links (partner_id, link_code, reward_schema, is_default, is_blocked, is_custom, created_at)
		WITH RECURSIVE n(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE value < $2)
		SELECT $1, 'n' || value, 'revenue_share', 0, 0, 1, 0 FROM n`, programmetest.Alpha, int64(partner.MaxLinks-1))
	apitest.Refused(w.Partner(t, "a").CreateLink(t.Context(), sdk.CreateLinkIn{LinkCode: "more"}))(t,
		sdk.ValidationError, "link_code limit_reached: A partner can have at most 1000 links.")
}
