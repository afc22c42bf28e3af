package partner_test

// One test sends a raw request, because no SDK client calls the broker's API with a
// partner's token.

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/api/apitest"
	"github.com/tributary-server/tributary/sdk"
)

func TestCampaign(t *testing.T) {
	t.Parallel()
	w := apitest.SetupWorld(t)
	a, b, ctx := w.Partner(t, "a"), w.Partner(t, "b"), t.Context()
	made := apitest.Campaign(t, a, "  Spring ")
	code := made.CampaignCode
	require.Regexp(t, `^[a-z2-9]{8}$`, code)
	base := "https://go.example.com/a/alpha?campaign=" + code
	require.Equal(t, &sdk.Campaign{
		CampaignCode: code, Title: "Spring", BaseLink: base, Created: w.Clock.Now(), Links: []sdk.CampaignLink{}, RewardSchema: "revenue_share",
	}, made)

	home := sdk.CreateCampaignLinkIn{Domain: "go.example.com"}
	link := apitest.OK(a.CreateCampaignLink(ctx, code, sdk.CreateCampaignLinkIn{Domain: "Go.Example.com", OS: sdk.LinkOSIOS, Tags: []string{"News", "x1"}}))(t)
	require.True(t, strings.HasPrefix(link.Link, base+"&l="))
	require.Equal(t, []string{"News", "x1"}, link.Tags)
	require.Equal(t, "web", link.Platform)
	made = apitest.OK(a.Campaign(ctx, code))(t)
	require.Equal(t, []sdk.CampaignLink{*link}, made.Links)
	require.EqualValues(t, 1, made.LinkCount)

	apitest.Refused(b.Campaign(ctx, code))(t, sdk.NotFound)
	apitest.Refused(b.UpdateCampaign(ctx, code, sdk.UpdateCampaignIn{Title: new("x")}))(t, sdk.NotFound)
	apitest.Refused(b.CreateCampaignLink(ctx, code, home))(t, sdk.NotFound)
	apitest.Refused(a.CreateCampaign(ctx, sdk.CreateCampaignIn{}))(t, sdk.ValidationError, "title blank")
	apitest.Refused(a.UpdateCampaign(ctx, code, sdk.UpdateCampaignIn{Title: new("  ")}))(t, sdk.ValidationError, "title blank")
	for fault, in := range map[string]sdk.CreateCampaignLinkIn{
		"domain does_not_exist: The programme has no such domain. Send one from /api/campaigns/domains/.": {Domain: "evil.example"},
		"page does_not_exist: The programme has no such page. Send one from /api/campaigns/pages/.":       {Domain: "go.example.com", Page: new("https://evil.example")},
		"tags.1 invalid: Send a tag of 1 to 16 Latin letters and digits.":                                 {Domain: "go.example.com", Tags: []string{"a", "b c"}},
	} {
		apitest.Refused(a.CreateCampaignLink(ctx, code, in))(t, sdk.ValidationError, fault)
	}

	// An archived campaign can only be unarchived.
	apitest.OK(a.UpdateCampaign(ctx, code, sdk.UpdateCampaignIn{Archived: new(true)}))(t)
	for _, in := range []sdk.UpdateCampaignIn{{Title: new("x")}, {Archived: new(true)}, {Archived: new(false), Title: new("x")}, {}} {
		_, err := a.UpdateCampaign(ctx, code, in)
		require.Equal(t, sdk.PermissionDenied, sdk.ErrorCode(err))
	}
	_, err := a.CreateCampaignLink(ctx, code, home)
	require.Equal(t, sdk.PermissionDenied, sdk.ErrorCode(err))
	_, err = a.SetCampaignCost(ctx, code, sdk.SetCampaignCostIn{Costs: []sdk.DayCost{{Day: "2026-06-01", AmountUSD: "1"}}})
	require.Equal(t, sdk.PermissionDenied, sdk.ErrorCode(err))
	apitest.Only(t, a.Campaigns(ctx, sdk.CampaignsQuery{Archived: new(true)}))
	require.Empty(t, apitest.All(t, a.Campaigns(ctx, sdk.CampaignsQuery{Archived: new(false)})))
	apitest.OK(a.UpdateCampaign(ctx, code, sdk.UpdateCampaignIn{Archived: new(false)}))(t)
	apitest.OK(a.UpdateCampaign(ctx, code, sdk.UpdateCampaignIn{Title: new("Summer"), Description: new("later")}))(t)
	apitest.Campaign(t, a, "Frühling ÄÖ")
	for text, found := range map[string]int{"SUM": 1, "FRÜHLING ä": 1, "%": 0} {
		require.Len(t, apitest.All(t, a.Campaigns(ctx, sdk.CampaignsQuery{Q: text})), found, text)
	}
	require.Empty(t, apitest.All(t, b.Campaigns(ctx, sdk.CampaignsQuery{})))
}

func TestAffiliatesLinks(t *testing.T) {
	t.Parallel()
	require.Contains(t, apitest.Campaign(t, apitest.SetupWorld(t).Partner(t, "c"), "x").BaseLink, "https://go.example.com/a/c_gamma?campaign=")
}

func TestCampaignCosts(t *testing.T) {
	t.Parallel()
	w := apitest.SetupWorld(t)
	a, ctx := w.Partner(t, "a"), t.Context()
	code := apitest.Campaign(t, a, "x").CampaignCode
	sets := func(costs ...sdk.DayCost) (*sdk.Page[sdk.CampaignCost, sdk.CampaignCostTotals], error) {
		return a.SetCampaignCost(ctx, code, sdk.SetCampaignCostIn{Costs: costs})
	}
	both := apitest.OK(sets(sdk.DayCost{Day: "2026-06-01", AmountUSD: "12.50"}, sdk.DayCost{Day: "2026-06-02", AmountUSD: "7", Comment: new("ads")}))(t)
	require.Equal(t, sdk.CampaignCostTotals{Count: 2, AmountUSD: "19.5"}, both.Totals)
	left := apitest.OK(sets(sdk.DayCost{Day: "2026-06-01", AmountUSD: "0"}))(t)
	require.Equal(t, []sdk.CampaignCost{{Day: "2026-06-02", AmountUSD: "7", Comment: "ads"}}, left.Data)
	require.Empty(t, apitest.All(t, a.CampaignCosts(ctx, code, sdk.CampaignCostsQuery{DateTo: "2026-06-01"})))
	day := func(day sdk.Date, amount sdk.Decimal) sdk.DayCost { return sdk.DayCost{Day: day, AmountUSD: amount} }
	for _, tt := range []struct {
		fault string
		costs []sdk.DayCost
	}{
		{"costs.0.day invalid: Send a day between 1970 and 2099.", []sdk.DayCost{day("9999-12-31", "1")}},
		{"costs.0.day invalid", []sdk.DayCost{day("1.6.2026", "1")}},
		{"costs.0.amount_usd min_value", []sdk.DayCost{day("2026-06-01", "-1")}},
		{"costs.0.amount_usd invalid: Send an amount between 0 and 1,000,000,000.", []sdk.DayCost{day("2026-06-01", "1e12")}},
		{"costs.0.amount_usd required", []sdk.DayCost{day("2026-06-01", "")}},
		{"costs required", nil},
		{"costs.1.day duplicate", []sdk.DayCost{day("2026-06-01", "1"), day("2026-06-01", "2")}},
	} {
		apitest.Refused(sets(tt.costs...))(t, sdk.ValidationError, tt.fault)
	}
	apitest.Refused(w.Partner(t, "b").CampaignCostsPage(ctx, code, sdk.CampaignCostsQuery{}))(t, sdk.NotFound)
}

func TestLinkDomains(t *testing.T) {
	t.Parallel()
	w := apitest.SetupWorld(t)
	a, broker, ctx := w.Partner(t, "a"), w.Broker(t), t.Context()
	code := apitest.Campaign(t, a, "x").CampaignCode
	first := apitest.OK(broker.SetDomain(ctx, "One.example.com", sdk.SetDomainIn{IsDefault: new(false)}))(t)
	require.True(t, first.IsDefault, "the first domain is the default")
	const second = "two.example.com:8443"
	apitest.OK(broker.SetDomain(ctx, second, sdk.SetDomainIn{Scheme: sdk.SchemeHTTP, Region: new("asia")}))(t)
	require.Contains(t, apitest.OK(a.Campaign(ctx, code))(t).BaseLink, "https://one.example.com/a/alpha")
	link := apitest.OK(a.CreateCampaignLink(ctx, code, sdk.CreateCampaignLinkIn{Domain: second}))(t)
	require.Contains(t, link.Link, "http://two.example.com:8443/a/alpha")
	apitest.Refused(a.CreateCampaignLink(ctx, code, sdk.CreateCampaignLinkIn{Domain: "go.example.com"}))(t, sdk.ValidationError, "domain does_not_exist")
	apitest.RequireRefused(t, broker.RemoveDomain(ctx, "one.example.com"), sdk.ValidationError, "domain is_default")
	apitest.OK(broker.SetDomain(ctx, second, sdk.SetDomainIn{IsDefault: new(true)}))(t)
	require.NoError(t, broker.RemoveDomain(ctx, "one.example.com"))
	apitest.RequireRefused(t, broker.RemoveDomain(ctx, "one.example.com"), sdk.NotFound)
	apitest.Refused(broker.SetDomain(ctx, "evil_host", sdk.SetDomainIn{}))(t, sdk.ValidationError, "domain invalid")

	w.Landing(t, "signup", "https://broker.example.com/?a=b")
	apitest.OK(a.CreateCampaignLink(ctx, code, sdk.CreateCampaignLinkIn{Domain: second, Page: new("signup")}))(t)
	for _, bad := range []string{`javascript:alert(1)`, `//evil.example`, `ftp://x.example`, `https://user@x.example`, `https://`} {
		apitest.Refused(broker.SetPage(ctx, sdk.SetPageIn{Page: new("p"), URL: bad}))(t, sdk.ValidationError, "url invalid")
	}
	require.Len(t, apitest.OK(a.CampaignPages(ctx))(t), 1)
	require.NoError(t, broker.RemovePage(ctx, sdk.RemovePageQuery{Page: "signup"}))
	apitest.RequireRefused(t, broker.RemovePage(ctx, sdk.RemovePageQuery{Page: "signup"}), sdk.NotFound)
	require.Equal(t, http.StatusForbidden, w.Call(t, "a", http.MethodPut, "/broker/v1/link-domains/three.example.com/", `{}`).Code)
}
