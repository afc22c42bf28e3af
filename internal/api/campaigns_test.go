package api_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/sdk"
)

// campaign makes a campaign for a partner.
func campaign(t *testing.T, p *sdk.Partner, title string) *sdk.Campaign {
	t.Helper()
	return ok(p.CreateCampaign(t.Context(), sdk.CreateCampaignIn{Title: title}))(t)
}

// landing sets one of the programme's landing pages.
func (w *world) landing(t *testing.T, page, url string) {
	t.Helper()
	ok(w.broker(t).SetPage(t.Context(), sdk.SetPageIn{Page: &page, URL: url}))(t)
}

func TestCampaign(t *testing.T) {
	t.Parallel()
	w := setupWorld(t)
	a, b, ctx := w.partner(t, "a"), w.partner(t, "b"), t.Context()
	made := campaign(t, a, "  Spring ")
	code := made.CampaignCode
	require.Regexp(t, `^[a-z2-9]{8}$`, code)
	base := "https://go.example.com/a/alpha?campaign=" + code
	require.Equal(t, &sdk.Campaign{
		CampaignCode: code, Title: "Spring", BaseLink: base, Created: w.Clock.Now(), Links: []sdk.CampaignLink{}, RewardSchema: "revenue_share",
	}, made)

	home := sdk.CreateCampaignLinkIn{Domain: "go.example.com"}
	link := ok(a.CreateCampaignLink(ctx, code, sdk.CreateCampaignLinkIn{Domain: "Go.Example.com", OS: sdk.LinkOSIOS, Tags: []string{"News", "x1"}}))(t)
	require.True(t, strings.HasPrefix(link.Link, base+"&l="))
	require.Equal(t, []string{"News", "x1"}, link.Tags)
	require.Equal(t, "web", link.Platform)
	made = ok(a.Campaign(ctx, code))(t)
	require.Equal(t, []sdk.CampaignLink{*link}, made.Links)
	require.EqualValues(t, 1, made.LinkCount)

	refused(b.Campaign(ctx, code))(t, sdk.NotFound)
	refused(b.UpdateCampaign(ctx, code, sdk.UpdateCampaignIn{Title: new("x")}))(t, sdk.NotFound)
	refused(b.CreateCampaignLink(ctx, code, home))(t, sdk.NotFound)
	refused(a.CreateCampaign(ctx, sdk.CreateCampaignIn{}))(t, sdk.ValidationError, "title blank")
	refused(a.UpdateCampaign(ctx, code, sdk.UpdateCampaignIn{Title: new("  ")}))(t, sdk.ValidationError, "title blank")
	for fault, in := range map[string]sdk.CreateCampaignLinkIn{
		"domain does_not_exist: The programme has no such domain: choose one from /api/campaigns/domains/.": {Domain: "evil.example"},
		"page does_not_exist: The programme has no such page: choose one from /api/campaigns/pages/.":       {Domain: "go.example.com", Page: new("https://evil.example")},
		"tags.1 invalid: A tag has 1 to 16 Latin letters and digits.":                                       {Domain: "go.example.com", Tags: []string{"a", "b c"}},
	} {
		refused(a.CreateCampaignLink(ctx, code, in))(t, sdk.ValidationError, fault)
	}

	// An archived campaign can only be unarchived.
	ok(a.UpdateCampaign(ctx, code, sdk.UpdateCampaignIn{Archived: new(true)}))(t)
	for _, in := range []sdk.UpdateCampaignIn{{Title: new("x")}, {Archived: new(true)}, {Archived: new(false), Title: new("x")}, {}} {
		_, err := a.UpdateCampaign(ctx, code, in)
		require.Equal(t, sdk.PermissionDenied, sdk.ErrorCode(err))
	}
	_, err := a.CreateCampaignLink(ctx, code, home)
	require.Equal(t, sdk.PermissionDenied, sdk.ErrorCode(err))
	_, err = a.SetCampaignCost(ctx, code, sdk.SetCampaignCostIn{Costs: []sdk.DayCost{{Day: "2026-06-01", AmountUSD: "1"}}})
	require.Equal(t, sdk.PermissionDenied, sdk.ErrorCode(err))
	only(t, a.Campaigns(ctx, sdk.CampaignsQuery{Archived: new(true)}))
	require.Empty(t, all(t, a.Campaigns(ctx, sdk.CampaignsQuery{Archived: new(false)})))
	ok(a.UpdateCampaign(ctx, code, sdk.UpdateCampaignIn{Archived: new(false)}))(t)
	ok(a.UpdateCampaign(ctx, code, sdk.UpdateCampaignIn{Title: new("Summer"), Description: new("later")}))(t)
	campaign(t, a, "Frühling ÄÖ")
	for text, found := range map[string]int{"SUM": 1, "FRÜHLING ä": 1, "%": 0} {
		require.Len(t, all(t, a.Campaigns(ctx, sdk.CampaignsQuery{Q: text})), found, text)
	}
	require.Empty(t, all(t, b.Campaigns(ctx, sdk.CampaignsQuery{})))
}

func TestAffiliatesLinks(t *testing.T) {
	t.Parallel()
	require.Contains(t, campaign(t, setupWorld(t).partner(t, "c"), "x").BaseLink, "https://go.example.com/a/c_gamma?campaign=")
}

func TestCampaignCosts(t *testing.T) {
	t.Parallel()
	w := setupWorld(t)
	a, ctx := w.partner(t, "a"), t.Context()
	code := campaign(t, a, "x").CampaignCode
	sets := func(costs ...sdk.DayCost) (*sdk.Page[sdk.CampaignCost, sdk.CampaignCostTotals], error) {
		return a.SetCampaignCost(ctx, code, sdk.SetCampaignCostIn{Costs: costs})
	}
	both := ok(sets(sdk.DayCost{Day: "2026-06-01", AmountUSD: "12.50"}, sdk.DayCost{Day: "2026-06-02", AmountUSD: "7", Comment: new("ads")}))(t)
	require.Equal(t, sdk.CampaignCostTotals{Count: 2, AmountUSD: "19.5"}, both.Totals)
	left := ok(sets(sdk.DayCost{Day: "2026-06-01", AmountUSD: "0"}))(t)
	require.Equal(t, []sdk.CampaignCost{{Day: "2026-06-02", AmountUSD: "7", Comment: "ads"}}, left.Data)
	require.Empty(t, all(t, a.CampaignCosts(ctx, code, sdk.CampaignCostsQuery{DateTo: "2026-06-01"})))
	day := func(day sdk.Date, amount sdk.Decimal) sdk.DayCost { return sdk.DayCost{Day: day, AmountUSD: amount} }
	for _, tt := range []struct {
		fault string
		costs []sdk.DayCost
	}{
		{"costs.0.day invalid: Must be between 1970 and 2099.", []sdk.DayCost{day("9999-12-31", "1")}},
		{"costs.0.day invalid", []sdk.DayCost{day("1.6.2026", "1")}},
		{"costs.0.amount_usd min_value", []sdk.DayCost{day("2026-06-01", "-1")}},
		{"costs.0.amount_usd invalid: Must be between 0 and 1,000,000,000.", []sdk.DayCost{day("2026-06-01", "1e12")}},
		{"costs.0.amount_usd required", []sdk.DayCost{day("2026-06-01", "")}},
		{"costs required", nil},
		{"costs.1.day duplicate", []sdk.DayCost{day("2026-06-01", "1"), day("2026-06-01", "2")}},
	} {
		refused(sets(tt.costs...))(t, sdk.ValidationError, tt.fault)
	}
	refused(w.partner(t, "b").CampaignCostsPage(ctx, code, sdk.CampaignCostsQuery{}))(t, sdk.NotFound)
}

func TestLinkDomains(t *testing.T) {
	t.Parallel()
	w := setupWorld(t)
	a, broker, ctx := w.partner(t, "a"), w.broker(t), t.Context()
	code := campaign(t, a, "x").CampaignCode
	first := ok(broker.SetDomain(ctx, "One.example.com", sdk.SetDomainIn{IsDefault: new(false)}))(t)
	require.True(t, first.IsDefault, "the first domain is the default")
	const second = "two.example.com:8443"
	ok(broker.SetDomain(ctx, second, sdk.SetDomainIn{Scheme: sdk.SchemeHTTP, Region: new("asia")}))(t)
	require.Contains(t, ok(a.Campaign(ctx, code))(t).BaseLink, "https://one.example.com/a/alpha")
	link := ok(a.CreateCampaignLink(ctx, code, sdk.CreateCampaignLinkIn{Domain: second}))(t)
	require.Contains(t, link.Link, "http://two.example.com:8443/a/alpha")
	refused(a.CreateCampaignLink(ctx, code, sdk.CreateCampaignLinkIn{Domain: "go.example.com"}))(t, sdk.ValidationError, "domain does_not_exist")
	requireRefused(t, broker.RemoveDomain(ctx, "one.example.com"), sdk.ValidationError, "domain is_default")
	ok(broker.SetDomain(ctx, second, sdk.SetDomainIn{IsDefault: new(true)}))(t)
	require.NoError(t, broker.RemoveDomain(ctx, "one.example.com"))
	requireRefused(t, broker.RemoveDomain(ctx, "one.example.com"), sdk.NotFound)
	refused(broker.SetDomain(ctx, "evil_host", sdk.SetDomainIn{}))(t, sdk.ValidationError, "domain invalid")

	w.landing(t, "signup", "https://broker.example.com/?a=b")
	ok(a.CreateCampaignLink(ctx, code, sdk.CreateCampaignLinkIn{Domain: second, Page: new("signup")}))(t)
	for _, bad := range []string{`javascript:alert(1)`, `//evil.example`, `ftp://x.example`, `https://user@x.example`, `https://`} {
		refused(broker.SetPage(ctx, sdk.SetPageIn{Page: new("p"), URL: bad}))(t, sdk.ValidationError, "url invalid")
	}
	require.Len(t, ok(a.CampaignPages(ctx))(t), 1)
	require.NoError(t, broker.RemovePage(ctx, sdk.RemovePageQuery{Page: "signup"}))
	requireRefused(t, broker.RemovePage(ctx, sdk.RemovePageQuery{Page: "signup"}), sdk.NotFound)
	require.Equal(t, http.StatusForbidden, w.call(t, "a", http.MethodPut, "/broker/v1/link-domains/three.example.com/", `{}`).Code)
}
