package public_test

// These tests send raw requests, because tracked links are not part of the API.

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/api/apitest"
	"github.com/tributary-server/tributary/sdk"
)

// TestPublishedForms checks every form in which partners publish links. It includes
// links that people or programs have changed.
func TestPublishedForms(t *testing.T) {
	t.Parallel()
	w := apitest.SetupClicks(t)
	for _, target := range []string{
		"/a/alpha", "/boarding/sign-up/a/alpha", "/boarding/sign-up/303589/a/alpha", "/intl/en/a/alpha", "/intl/zh-Hans/a/alpha/", "//intl//en//a//alpha",
		"/a/ALPHA", "/a/Alpha.", "/a/alpha)", "/a/alpha%E2%80%9D", "/intl/en/a/ALPHA,", "/a/alpha&", "/a/alpha%20",
	} {
		page, kept := w.Lands(t, http.MethodGet, target)
		require.Equal(t, "https://broker.example.com/?lang=en&partner_code=alpha", page, target)
		require.Equal(t, "alpha", kept.LinkCode, target)
	}
	for _, target := range []string{
		"/a/alpha?sub_id=x", "/a/alpha?subid=x", "/a/alpha&sub_id=x", "/a/alpha&subid=x?utm_source=", "/a/alpha%26sub_id=x", "/a/alpha%3Fsubid=x",
		"/a/alpha?utm_source=&amp;sub_id=x", "/a/alpha?sub_id=x&subid=y", "/intl/en/a/ALPHA&sub_id=x",
	} {
		page, kept := w.Lands(t, http.MethodGet, target)
		require.Equal(t, "https://broker.example.com/?lang=en&partner_code=alpha&sub_id=x", page, target)
		require.Equal(t, "x", kept.SubID, target)
	}
	page, kept := w.Lands(t, http.MethodGet, "/intl/en/a/C_GAMMA.")
	require.Equal(t, "https://broker.example.com/?lang=en&partner_code=gamma", page)
	require.Equal(t, "gamma", kept.LinkCode)
	for _, target := range []string{"/intl/en/a/alphas", "/a/al%70h", "/boarding/sign-up/1/a/alpha%2Fx", "/a/(alpha", "/a/c_ALPHA"} {
		answer := w.Visit(t, http.MethodGet, target)
		require.Equal(t, "https://broker.example.com/gone", answer.Header().Get("Location"), target)
	}
}

// TestLandingPagesKeepTheirQuery checks that a redirect does not change the query and
// the fragment of a landing page, not even the order of parameters. The redirect adds
// its own parameters before the fragment.
func TestLandingPagesKeepTheirQuery(t *testing.T) {
	t.Parallel()
	w := apitest.SetupClicks(t)
	for own, want := range map[string]string{
		"https://broker.example.com/s":                     "https://broker.example.com/s?OURS",
		"https://broker.example.com/s?":                    "https://broker.example.com/s?OURS",
		"https://broker.example.com/s?a=1;b=2":             "https://broker.example.com/s?a=1;b=2&OURS",
		"https://broker.example.com/s?q=%zz&x=1":           "https://broker.example.com/s?q=%zz&x=1&OURS",
		"https://broker.example.com/s?flag&x=a%20b&a=+#f":  "https://broker.example.com/s?flag&x=a%20b&a=+&OURS#f",
		"https://broker.example.com/s?z=1&a=2&z=3&":        "https://broker.example.com/s?z=1&a=2&z=3&OURS",
		"https://broker.example.com#/app?tab=1":            "https://broker.example.com?OURS#/app?tab=1",
		"https://broker.example.com/%7e/%2F?sig=aB%2f=#%7": "https://broker.example.com/%7e/%2F?sig=aB%2f=&OURS#%7",
		"https://broker.example.com/s?b=ü&partner_code=x":  "https://broker.example.com/s?b=%C3%BC&partner_code=x&OURS",
	} {
		if strings.HasSuffix(own, "%7") { // the fragment ends inside a percent-encoded byte, so this is not a URL
			apitest.Refused(w.Broker(t).SetPage(t.Context(), sdk.SetPageIn{Page: new(""), URL: own}))(t, sdk.ValidationError, "url invalid")
			continue
		}
		w.Landing(t, "", own)
		w.Clock.Advance(5 * time.Second)
		answer := w.Visit(t, http.MethodGet, "/a/alpha?sub_id=s&gclid=G%201&m=5&utm_source=u")
		require.Equal(t, http.StatusFound, answer.Code)
		location := answer.Header().Get("Location")
		_, told, _ := strings.Cut(location, "click_id=")
		id, _, _ := strings.Cut(told, "&")
		require.Len(t, id, 60)
		ours := "click_id=" + id + "&partner_code=alpha&sub_id=s&m=5&gclid=G+1&utm_source=u"
		require.Equal(t, strings.Replace(want, "OURS", ours, 1), location)
		_, err := url.Parse(location)
		require.NoError(t, err)
	}
}
