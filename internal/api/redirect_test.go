package api_test

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/click"
	"github.com/tributary-server/tributary/internal/programme"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
	"github.com/tributary-server/tributary/sdk"
)

const browser = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36"

// clickWorld is a world with tracked links that can be followed.
type clickWorld struct {
	*world
	finder *click.Finder
}

func setupClicks(t *testing.T) *clickWorld {
	t.Helper()
	dead, err := url.Parse("https://broker.example.com/gone")
	require.NoError(t, err)
	w := &clickWorld{world: setupWorld(t, func(c *programme.Config) {
		c.DeadLink, c.TrustedProxies, c.CountryHeader = dead, []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}, "Cf-Ipcountry"
	})}
	signer, err := click.NewSigner(t.Context(), w.p.Stores.Clicks, w.Clock)
	require.NoError(t, err)
	w.finder = click.NewFinder(w.p.Stores.Clicks, signer)
	w.landing(t, "", "https://broker.example.com/?lang=en")
	w.landing(t, "signup", "https://broker.example.com/signup#form")
	return w
}

// visit follows a link; pairs are header names and values.
func (w *clickWorld) visit(t *testing.T, method, target string, pairs ...string) *httptest.ResponseRecorder {
	t.Helper()
	req := httptest.NewRequestWithContext(t.Context(), method, target, nil)
	req.RemoteAddr = "10.0.0.1:4711"
	req.Header.Set("User-Agent", browser)
	req.Header.Set("X-Forwarded-For", "192.0.2.1")
	for i := 0; i < len(pairs); i += 2 {
		req.Header.Set(pairs[i], pairs[i+1])
	}
	answer := httptest.NewRecorder()
	w.p.Handler.ServeHTTP(answer, req)
	return answer
}

// lands follows a link to its page. It returns the page's address without the
// click's id, and the stored click.
func (w *clickWorld) lands(t *testing.T, method, target string, pairs ...string) (page string, kept click.Click) {
	t.Helper()
	answer := w.visit(t, method, target, pairs...)
	require.Equal(t, http.StatusFound, answer.Code, target)
	require.Equal(t, "no-store", answer.Header().Get("Cache-Control"))
	require.Equal(t, "no-referrer", answer.Header().Get("Referrer-Policy"))
	require.Empty(t, answer.Header().Values("Set-Cookie"))
	require.Empty(t, answer.Body.String())
	location, err := url.Parse(answer.Header().Get("Location"))
	require.NoError(t, err)
	values := location.Query()
	name := values.Get("click_id")
	found, err := w.finder.Clicks(t.Context(), []string{name})
	require.NoError(t, err)
	values.Del("click_id")
	location.RawQuery = values.Encode()
	return location.String(), found[name]
}

func TestTrackedLink(t *testing.T) {
	t.Parallel()
	w := setupClicks(t)
	a := w.partner(t, "a")
	code := campaign(t, a, "Spring").CampaignCode
	linked, err := url.Parse(ok(a.CreateCampaignLink(t.Context(), code, sdk.CreateCampaignLinkIn{
		Domain: "go.example.com", Page: new("signup"), Platform: sdk.LinkPlatformMobile, Tags: []string{"news"},
	}))(t).Link)
	require.NoError(t, err)

	page, kept := w.lands(t, http.MethodGet, linked.RequestURI()+"&sub_id=site-1&utm_source=x%26y&gclid=G1&m=5&unknown=1&partner_code=evil&click_id=z", "Cf-Ipcountry", "pl")
	require.Equal(t, "https://broker.example.com/signup?campaign="+code+"&gclid=G1&m=5&partner_code=alpha&sub_id=site-1&utm_source=x%26y#form", page)
	require.Equal(t, click.Source{
		LinkCode: "alpha", CampaignCode: code, LinkID: kept.LinkID, Tags: "news", SubID: "site-1", Country: "PL", Platform: "mobile", MaterialID: 5,
	}, kept.Source)
	require.Equal(t, linked.Query().Get("l"), strconv.FormatInt(kept.LinkID, 10))
	require.Equal(t, "utm_source=x%26y&gclid=G1&unknown=1", kept.Params)
	require.Equal(t, click.Counted, kept.Kind)
	require.True(t, kept.Unique)
	require.Equal(t, w.Clock.Now(), kept.At)

	for _, target := range []string{"/a/alpha", "/a/alpha/", "//a//alpha", "/a/alpha?campaign=nobodys&l=99", "http://another.example/a/alpha"} {
		page, kept = w.lands(t, http.MethodGet, target)
		require.Equal(t, "https://broker.example.com/?lang=en&partner_code=alpha", page, target)
		require.Equal(t, click.Source{LinkCode: "alpha", Platform: "web"}, kept.Source)
		require.False(t, kept.Unique, "seen before")
	}
	page, _ = w.lands(t, http.MethodGet, "/a/c_gamma")
	require.Equal(t, "https://broker.example.com/?lang=en&partner_code=gamma", page, "an affiliate's")

	_, kept = w.lands(t, http.MethodGet, "/a/alpha", "User-Agent", "Mozilla/5.0 (iPhone) Mobile", "X-Forwarded-For", "192.0.2.9")
	require.Equal(t, "mobile", kept.Platform)
	require.True(t, kept.Unique)
	for kind, pairs := range map[click.Kind][]string{
		click.Bot:      {"User-Agent", "Googlebot/2.1"},
		click.Prefetch: {"Sec-Purpose", "prefetch;prerender"},
	} {
		_, kept = w.lands(t, http.MethodGet, "/a/alpha", pairs...)
		require.Equal(t, kind, kept.Kind)
	}
	_, kept = w.lands(t, http.MethodHead, "/a/alpha")
	require.Equal(t, click.Head, kept.Kind)
	sums, err := click.NewSQLStore(w.clicks).Sums(t.Context(), click.Query{PartnerID: programmetest.Alpha, From: click.DayOf(kept.Hour), To: click.DayOf(kept.Hour)})
	require.NoError(t, err)
	require.Equal(t, click.Counts{Clicks: 7, Uniques: 2, Bots: 1, Prefetches: 1, Heads: 1}, sums[0].Counts)

	answer := w.visit(t, http.MethodPost, "/a/alpha")
	require.Equal(t, http.StatusMethodNotAllowed, answer.Code)
	require.Equal(t, "GET, HEAD", answer.Header().Get("Allow"))
	for _, target := range []string{"/api/partner/links/", "/ab/alpha", "/A/alpha", "/"} {
		answer := w.visit(t, http.MethodGet, target)
		require.NotContains(t, answer.Header().Get("Location"), "broker.example.com", target)
	}
}

// Only a trusted proxy's header gives a click's country.
func TestCountryOfAClick(t *testing.T) {
	t.Parallel()
	w := setupClicks(t)
	for said, expected := range map[string]string{"de": "DE", "DEU": "", "XX": "", "T1": "", "": ""} {
		_, kept := w.lands(t, http.MethodGet, "/a/alpha", "Cf-Ipcountry", said)
		require.Equal(t, expected, kept.Country, said)
	}
	req := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/a/alpha?sub_id=direct", nil)
	req.RemoteAddr = "198.51.100.7:4711"
	req.Header.Set("Cf-Ipcountry", "DE")
	req.Header.Set("User-Agent", browser)
	w.p.Handler.ServeHTTP(httptest.NewRecorder(), req)
	var of string
	require.NoError(t, w.clicks.QueryRow(t.Context(), `SELECT country FROM clicks WHERE sub_id = 'direct'`).Scan(&of))
	require.Empty(t, of)
}

func TestLinksThatLeadNowhere(t *testing.T) {
	t.Parallel()
	w := setupClicks(t)
	a := w.partner(t, "a")
	code := campaign(t, a, "x").CampaignCode
	archive := func(archived bool) {
		t.Helper()
		ok(a.UpdateCampaign(t.Context(), code, sdk.UpdateCampaignIn{Archived: &archived}))(t)
	}
	// gone expects the page of dead links after the caches have expired.
	gone := func(target string) {
		t.Helper()
		w.Clock.Advance(5 * time.Second)
		answer := w.visit(t, http.MethodGet, target)
		require.Equal(t, http.StatusFound, answer.Code)
		require.Equal(t, "https://broker.example.com/gone", answer.Header().Get("Location"), target)
	}
	lives := func(target string) {
		t.Helper()
		w.Clock.Advance(5 * time.Second)
		_, kept := w.lands(t, http.MethodGet, target)
		require.Equal(t, "alpha", kept.LinkCode, target)
	}
	for _, target := range []string{"/a/", "/a/nobody", "/a/alpha/more", "/a/c_alpha", "/a/c_", "/a/https:%2F%2Fevil.example", "/a/%00", "/a/%ff%fe", "/a/..%2F..%2Fetc"} {
		gone(target)
	}
	lives("/a/alpha?campaign=" + code)
	archive(true)
	gone("/a/alpha?campaign=" + code)
	archive(false)
	lives("/a/alpha?campaign=" + code)
	w.exec(t, `UPDATE campaigns SET is_blocked = $1`, true)
	gone("/a/alpha?campaign=" + code)
	lives("/a/alpha?sub_id=s1")
	w.exec(t, `INSERT INTO sub_publishers (partner_id, sub_id, blocked_at) VALUES ($1, 's1', 0)`, programmetest.Alpha)
	gone("/a/alpha?sub_id=%20s1")
	lives("/a/alpha?sub_id=s2")
	w.exec(t, `UPDATE partner_links SET is_blocked = $1 WHERE link_code = 'alpha'`, true)
	gone("/a/alpha")
}

func TestAClickThatCannotBeKept(t *testing.T) {
	t.Parallel()
	w := setupClicks(t)
	require.NoError(t, w.clicks.Close())
	answer := w.visit(t, http.MethodGet, "/a/alpha")
	require.Equal(t, http.StatusServiceUnavailable, answer.Code)
	require.Equal(t, "1", answer.Header().Get("Retry-After"))
	require.Empty(t, answer.Header().Get("Location"))
}
