package campaign_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/campaign"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
)

func linkDomains(t *testing.T, c *campaigns) {
	ctx, code := t.Context(), c.mustCreate(t, "linked").Code
	domains, err := c.Domains(ctx)
	require.NoError(t, err)
	require.Equal(t, []campaign.Domain{{Domain: "go.example.com", Scheme: "https", IsDefault: true}}, domains, "the server's own address")

	first, err := c.SetDomain(ctx, campaign.Domain{Domain: " One.Example.com"})
	require.NoError(t, err)
	require.Equal(t, campaign.Domain{Domain: "one.example.com", Scheme: "https", IsDefault: true, CreatedAt: programmetest.Now}, first, "the first one is the default")
	second, err := c.SetDomain(ctx, campaign.Domain{Domain: "two.example.com:8443", Scheme: "http", Region: "asia"})
	require.NoError(t, err)
	require.False(t, second.IsDefault)
	domains, err = c.Domains(ctx)
	require.NoError(t, err)
	require.Equal(t, []campaign.Domain{first, second}, domains)

	link, err := c.AddLink(ctx, campaign.Link{PartnerID: programmetest.Alpha, CampaignCode: code, Domain: second.Domain})
	require.NoError(t, err)
	require.Contains(t, link.Address, "http://two.example.com:8443/a/alpha?campaign=")
	_, err = c.AddLink(ctx, campaign.Link{PartnerID: programmetest.Alpha, CampaignCode: code, Domain: "go.example.com"})
	programmetest.RequireRefused(t, err, "domain", "does_not_exist")

	require.ErrorIs(t, c.RemoveDomain(ctx, first.Domain), campaign.ErrIsDefault)
	second.IsDefault = true
	_, err = c.SetDomain(ctx, second)
	require.NoError(t, err)
	require.NoError(t, c.RemoveDomain(ctx, first.Domain))
	require.ErrorIs(t, c.RemoveDomain(ctx, first.Domain), campaign.ErrUnknown)
	found, err := c.Get(ctx, programmetest.Alpha, code)
	require.NoError(t, err)
	require.Contains(t, found.Base, "http://two.example.com:8443/")
	require.NoError(t, c.RemoveDomain(ctx, second.Domain), "the last one may go, though it is the default")
	found, err = c.Get(ctx, programmetest.Alpha, code)
	require.NoError(t, err)
	require.Contains(t, found.Links[0].Address, "https://go.example.com/", "a link of a domain that is gone")

	for _, tt := range []struct {
		field, code string
		domain      campaign.Domain
	}{
		{"domain", "invalid", campaign.Domain{Domain: ""}},
		{"domain", "invalid", campaign.Domain{Domain: "evil_host"}},
		{"domain", "invalid", campaign.Domain{Domain: "a..b"}},
		{"domain", "invalid", campaign.Domain{Domain: "https://x.example"}},
		{"domain", "invalid", campaign.Domain{Domain: strings.Repeat("x.", 200) + "com"}},
		{"scheme", "invalid_choice", campaign.Domain{Domain: "x.example", Scheme: "ftp"}},
		{"region", "max_length", campaign.Domain{Domain: "x.example", Region: strings.Repeat("x", 1000)}},
	} {
		_, err = c.SetDomain(ctx, tt.domain)
		programmetest.RequireRefused(t, err, tt.field, tt.code)
	}
}

// A change by another process can take five seconds to become visible, because
// the default base is cached.
func defaultBase(t *testing.T, c *campaigns) {
	base := func() string {
		u, err := c.DefaultBase(t.Context())
		require.NoError(t, err)
		return u.String()
	}
	require.Equal(t, "https://go.example.com", base())
	_, err := c.SetDomain(t.Context(), campaign.Domain{Domain: "one.example.com"})
	require.NoError(t, err)
	require.Equal(t, "https://one.example.com", base())

	require.NoError(t, c.store.RemoveDomain(t.Context(), "one.example.com")) // another process would remove the domain in this way, past the cache
	c.Clock.Advance(5*time.Second - time.Microsecond)
	require.Equal(t, "https://one.example.com", base())
	c.Clock.Advance(time.Microsecond)
	require.Equal(t, "https://go.example.com", base())
	require.NoError(t, c.store.SetDomain(t.Context(), campaign.Domain{Domain: "two.example.com", Scheme: "https", IsDefault: true}))
	c.Clock.Advance(-time.Hour)
	require.Equal(t, "https://two.example.com", base(), "a clock that is set back does not keep it for an hour")
}

func landingPages(t *testing.T, c *campaigns) {
	ctx, code := t.Context(), c.mustCreate(t, "linked").Code
	signUp, err := c.SetPage(ctx, campaign.Page{Name: "sign-up", URL: "https://broker.example.com/?a=b", Title: "Sign up"})
	require.NoError(t, err)
	start, err := c.SetPage(ctx, campaign.Page{URL: "http://broker.example.com"})
	require.NoError(t, err)
	signUp.URL = "https://broker.example.com/new"
	signUp, err = c.SetPage(ctx, signUp)
	require.NoError(t, err)
	pages, err := c.Pages(ctx)
	require.NoError(t, err)
	require.Equal(t, []campaign.Page{start, signUp}, pages)
	link, err := c.AddLink(ctx, campaign.Link{PartnerID: programmetest.Alpha, CampaignCode: code, Domain: "go.example.com", Page: "sign-up"})
	require.NoError(t, err)
	require.Equal(t, "sign-up", link.Page)

	for _, target := range []string{"", "javascript:alert(1)", "//evil.example", "ftp://x.example", "https://user@x.example", "https://", "https://x.example/" + strings.Repeat("x", 5000)} {
		_, err = c.SetPage(ctx, campaign.Page{Name: "p", URL: target})
		programmetest.RequireRefused(t, err, "url", "invalid")
	}
	for _, name := range []string{"A", "a b", "ü", strings.Repeat("a", 1000)} {
		_, err = c.SetPage(ctx, campaign.Page{Name: name, URL: "https://x.example"})
		programmetest.RequireRefused(t, err, "page", "invalid")
	}
	require.NoError(t, c.RemovePage(ctx, "sign-up"))
	require.ErrorIs(t, c.RemovePage(ctx, "sign-up"), campaign.ErrUnknown)
}

func TestAddress(t *testing.T) {
	t.Parallel()
	base, err := url.Parse("https://go.example.com")
	require.NoError(t, err)
	for want, traffic := range map[string]campaign.Traffic{
		"https://go.example.com/a/alpha?campaign=abc&l=7":    {Code: "alpha", Programme: "ib"},
		"https://go.example.com/a/c_alpha?campaign=abc&l=7":  {Code: "alpha", Programme: "affiliate"},
		"https://go.example.com/a/a%2Fb%3F?campaign=abc&l=7": {Code: "a/b?", Programme: "ib"},
	} {
		require.Equal(t, want, campaign.Address(base, traffic, "abc", 7))
	}
	require.Equal(t, "https://go.example.com/a/alpha?campaign=a%26l%3D1", campaign.Address(base, campaign.Traffic{Code: "alpha"}, "a&l=1", 0))
}

// Only the server's own address can have a path. On any other domain, the
// broker's proxy adds the path.
func pathOfTheServer(t *testing.T, c *campaigns) {
	fallback, err := url.Parse("https://example.com/partners")
	require.NoError(t, err)
	c.Service = campaign.New(c.store, c.Clock, fallback)
	made := c.mustCreate(t, "under a path")
	require.Equal(t, "https://example.com/partners/a/alpha?campaign="+made.Code, made.Base)
	for _, domain := range []string{"example.com", "two.example.com"} {
		_, err := c.SetDomain(t.Context(), campaign.Domain{Domain: domain})
		require.NoError(t, err)
	}
	link := func(domain string) string {
		l, err := c.AddLink(t.Context(), campaign.Link{PartnerID: programmetest.Alpha, CampaignCode: made.Code, Domain: domain})
		require.NoError(t, err)
		return l.Address
	}
	require.Contains(t, link("example.com"), "https://example.com/partners/a/alpha?")
	require.Contains(t, link("two.example.com"), "https://two.example.com/a/alpha?")
}
