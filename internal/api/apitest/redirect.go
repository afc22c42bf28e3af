package apitest

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/click"
	"github.com/tributary-server/tributary/internal/programme"
)

const Browser = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36"

// ClickWorld is a World with a handler for tracked links.
type ClickWorld struct {
	*World
	finder *click.Finder
}

func SetupClicks(t *testing.T) *ClickWorld {
	t.Helper()
	dead, err := url.Parse("https://broker.example.com/gone")
	require.NoError(t, err)
	w := &ClickWorld{World: SetupWorld(t, func(c *programme.Config) {
		c.DeadLink, c.TrustedProxies, c.CountryHeader = dead, []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}, "Cf-Ipcountry"
	})}
	signer, err := click.NewSigner(t.Context(), w.Server.Stores.Clicks, w.Clock)
	require.NoError(t, err)
	w.finder = click.NewFinder(w.Server.Stores.Clicks, signer)
	w.Landing(t, "", "https://broker.example.com/?lang=en")
	w.Landing(t, "signup", "https://broker.example.com/signup#form")
	return w
}

// Visit follows a link. The headers are given as names and values in turn.
func (w *ClickWorld) Visit(t *testing.T, method, target string, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	req := httptest.NewRequestWithContext(t.Context(), method, target, nil)
	req.RemoteAddr = "10.0.0.1:4711"
	req.Header.Set("User-Agent", Browser)
	req.Header.Set("X-Forwarded-For", "192.0.2.1")
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	answer := httptest.NewRecorder()
	w.Server.Handler.ServeHTTP(answer, req)
	return answer
}

// Lands follows a link. It returns the stored click, and the address of the
// landing page without the click id.
func (w *ClickWorld) Lands(t *testing.T, method, target string, pairs ...string) (page string, kept click.Click) {
	t.Helper()
	answer := w.Visit(t, method, target, pairs...)
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
