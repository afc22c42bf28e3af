package public_test

// These tests send raw requests, because tracked links are not part of the API.

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/api/apitest"
	"github.com/tributary-server/tributary/internal/click"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
	"github.com/tributary-server/tributary/sdk"
)

func TestTrackedLink(t *testing.T) {
	t.Parallel()
	w := apitest.SetupClicks(t)
	a := w.Partner(t, "a")
	code := apitest.Campaign(t, a, "Spring").CampaignCode
	linked, err := url.Parse(apitest.OK(a.CreateCampaignLink(t.Context(), code, sdk.CreateCampaignLinkIn{
		Domain: "go.example.com", Page: new("signup"), Platform: sdk.LinkPlatformMobile, Tags: []string{"news"},
	}))(t).Link)
	require.NoError(t, err)

	page, kept := w.Lands(t, http.MethodGet, linked.RequestURI()+"&sub_id=site-1&utm_source=x%26y&gclid=G1&m=5&unknown=1&partner_code=evil&click_id=z", "Cf-Ipcountry", "pl")
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
		page, kept = w.Lands(t, http.MethodGet, target)
		require.Equal(t, "https://broker.example.com/?lang=en&partner_code=alpha", page, target)
		require.Equal(t, click.Source{LinkCode: "alpha", Platform: "web"}, kept.Source)
		require.False(t, kept.Unique, "seen before")
	}
	page, _ = w.Lands(t, http.MethodGet, "/a/c_gamma")
	require.Equal(t, "https://broker.example.com/?lang=en&partner_code=gamma", page, "an affiliate's")

	_, kept = w.Lands(t, http.MethodGet, "/a/alpha", "User-Agent", "Mozilla/5.0 (iPhone) Mobile", "X-Forwarded-For", "192.0.2.9")
	require.Equal(t, "mobile", kept.Platform)
	require.True(t, kept.Unique)
	for kind, pairs := range map[click.Kind][]string{
		click.Bot:      {"User-Agent", "Googlebot/2.1"},
		click.Prefetch: {"Sec-Purpose", "prefetch;prerender"},
	} {
		_, kept = w.Lands(t, http.MethodGet, "/a/alpha", pairs...)
		require.Equal(t, kind, kept.Kind)
	}
	_, kept = w.Lands(t, http.MethodHead, "/a/alpha")
	require.Equal(t, click.Head, kept.Kind)
	sums, err := click.NewSQLStore(w.Clicks).Sums(t.Context(), click.Query{PartnerID: programmetest.Alpha, From: click.DayOf(kept.Hour), To: click.DayOf(kept.Hour)})
	require.NoError(t, err)
	require.Equal(t, click.Counts{Clicks: 7, Uniques: 2, Bots: 1, Prefetches: 1, Heads: 1}, sums[0].Counts)

	answer := w.Visit(t, http.MethodPost, "/a/alpha")
	require.Equal(t, http.StatusMethodNotAllowed, answer.Code)
	require.Equal(t, "GET, HEAD", answer.Header().Get("Allow"))
	for _, target := range []string{"/api/partner/links/", "/ab/alpha", "/A/alpha", "/"} {
		answer := w.Visit(t, http.MethodGet, target)
		require.NotContains(t, answer.Header().Get("Location"), "broker.example.com", target)
	}
}

// TestCountryOfAClick checks that the country of a click comes only from the header of
// a trusted proxy.
func TestCountryOfAClick(t *testing.T) {
	t.Parallel()
	w := apitest.SetupClicks(t)
	for said, expected := range map[string]string{"de": "DE", "DEU": "", "XX": "", "T1": "", "": ""} {
		_, kept := w.Lands(t, http.MethodGet, "/a/alpha", "Cf-Ipcountry", said)
		require.Equal(t, expected, kept.Country, said)
	}
	req := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/a/alpha?sub_id=direct", nil)
	req.RemoteAddr = "198.51.100.7:4711"
	req.Header.Set("Cf-Ipcountry", "DE")
	req.Header.Set("User-Agent", apitest.Browser)
	w.Server.Handler.ServeHTTP(httptest.NewRecorder(), req)
	var of string
	require.NoError(t, w.Clicks.QueryRow(t.Context(), `SELECT country FROM clicks WHERE sub_id = 'direct'`).Scan(&of))
	require.Empty(t, of)
}

func TestLinksThatLeadNowhere(t *testing.T) {
	t.Parallel()
	w := apitest.SetupClicks(t)
	a := w.Partner(t, "a")
	code := apitest.Campaign(t, a, "x").CampaignCode
	archive := func(archived bool) {
		t.Helper()
		apitest.OK(a.UpdateCampaign(t.Context(), code, sdk.UpdateCampaignIn{Archived: &archived}))(t)
	}
	// gone checks that a link leads to the page for dead links once caches have expired.
	gone := func(target string) {
		t.Helper()
		w.Clock.Advance(5 * time.Second)
		answer := w.Visit(t, http.MethodGet, target)
		require.Equal(t, http.StatusFound, answer.Code)
		require.Equal(t, "https://broker.example.com/gone", answer.Header().Get("Location"), target)
	}
	lives := func(target string) {
		t.Helper()
		w.Clock.Advance(5 * time.Second)
		_, kept := w.Lands(t, http.MethodGet, target)
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
	w.Exec(t, `UPDATE campaigns SET is_blocked = $1`, true)
	gone("/a/alpha?campaign=" + code)
	lives("/a/alpha?sub_id=s1")
	w.Exec(t, `INSERT INTO sub_publishers (partner_id, sub_id, blocked_at) VALUES ($1, 's1', 0)`, programmetest.Alpha)
	gone("/a/alpha?sub_id=%20s1")
	lives("/a/alpha?sub_id=s2")
	w.Exec(t, `UPDATE partner_links SET is_blocked = $1 WHERE link_code = 'alpha'`, true)
	gone("/a/alpha")
}

func TestAClickThatCannotBeKept(t *testing.T) {
	t.Parallel()
	w := apitest.SetupClicks(t)
	require.NoError(t, w.Clicks.Close())
	answer := w.Visit(t, http.MethodGet, "/a/alpha")
	require.Equal(t, http.StatusServiceUnavailable, answer.Code)
	require.Equal(t, "1", answer.Header().Get("Retry-After"))
	require.Empty(t, answer.Header().Get("Location"))
}
