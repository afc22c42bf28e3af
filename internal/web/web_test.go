package web_test

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/web"
)

const browser = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"

func newPage(t *testing.T) *web.Page {
	t.Helper()
	pack := func(text string) *fstest.MapFile {
		var packed bytes.Buffer
		w := gzip.NewWriter(&packed)
		_, err := w.Write([]byte(text))
		require.NoError(t, err)
		require.NoError(t, w.Close())
		return &fstest.MapFile{Data: packed.Bytes()}
	}
	return web.Of(fstest.MapFS{
		"index.html.gz": pack("<!doctype html>"), "index.html.br": {Data: []byte("brotli")}, "assets/index-abc.js.gz": pack("script"),
	})
}

func get(t *testing.T, h http.Handler, method, target string, pairs ...string) *httptest.ResponseRecorder {
	t.Helper()
	req := httptest.NewRequestWithContext(t.Context(), method, target, nil)
	for i := 0; i < len(pairs); i += 2 {
		req.Header.Set(pairs[i], pairs[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, req)
	return w
}

func TestPage_TakesBrowsersAlone(t *testing.T) {
	t.Parallel()
	page := newPage(t)
	for _, c := range []struct {
		method, path, accept string
		takes                bool
	}{
		{"GET", "/", browser, true},
		{"HEAD", "/rewards", browser, true},
		{"GET", "/explain/MT5Real1:210685732", browser, true},
		{"GET", "/assets/index-abc.js", "*/*", true},
		{"GET", "/", "*/*", false},
		{"GET", "/rewards", "application/json", false},
		{"POST", "/rewards", browser, false},
		{"GET", "/promo/files/1-x/", browser, false},
		{"GET", "/api/schema/", browser, false},
		{"GET", "//api/partner/summary/", browser, false},
		{"GET", "//rewards", browser, false},
		{"GET", "/broker/v1/plans/", browser, false},
		{"GET", "/nothing", browser, false},
	} {
		req := httptest.NewRequestWithContext(t.Context(), c.method, "http://localhost"+c.path, nil)
		req.Header.Set("Accept", c.accept)
		require.Equal(t, c.takes, page.Takes(req), "%s %s", c.method, c.path)
		require.False(t, web.Of(fstest.MapFS{}).Takes(req), "a page that is not built takes nothing")
	}
}

func TestPage_IndexIsAskedForEachTime(t *testing.T) {
	t.Parallel()
	page := newPage(t)
	w := get(t, page, "GET", "/rewards?closed=month", "Accept", browser)
	require.Equal(t, 200, w.Code)
	require.Equal(t, "<!doctype html>", w.Body.String())
	require.Equal(t, "no-cache", w.Header().Get("Cache-Control"))
	require.Equal(t, "text/html; charset=utf-8", w.Header().Get("Content-Type"))
	require.NotContains(t, w.Header().Get("Content-Security-Policy"), "unsafe")
	require.Contains(t, w.Header().Get("Content-Security-Policy"), "default-src 'none'; script-src 'self'; style-src 'self';")

	again := get(t, page, "GET", "/", "Accept", browser, "If-None-Match", w.Header().Get("ETag"))
	require.Equal(t, 304, again.Code)
	require.Zero(t, again.Body.Len())
	require.Zero(t, get(t, page, "HEAD", "/", "Accept", browser).Body.Len())

	for accepts, coding := range map[string]string{"gzip, deflate, br": "br", "gzip": "gzip", "br;q=0, gzip": "gzip", "": ""} {
		require.Equal(t, coding, get(t, page, "GET", "/", "Accept", browser, "Accept-Encoding", accepts).Header().Get("Content-Encoding"))
	}
}

func TestPage_FilesNeverChange(t *testing.T) {
	t.Parallel()
	page := newPage(t)
	w := get(t, page, "GET", "/assets/index-abc.js", "Accept-Encoding", "br, gzip")
	require.Equal(t, 200, w.Code)
	require.Equal(t, "public, max-age=31536000, immutable", w.Header().Get("Cache-Control"))
	require.Equal(t, "gzip", w.Header().Get("Content-Encoding"), "there is no brotli of this one")
	require.Equal(t, "text/javascript; charset=utf-8", w.Header().Get("Content-Type"))

	for _, path := range []string{"/assets/index-old.js", "/assets/", "/assets/../index.html", "/assets/%2e%2e/index.html"} {
		w := get(t, page, "GET", path)
		require.Equal(t, 404, w.Code, path)
		require.Equal(t, "no-store", w.Header().Get("Cache-Control"), path)
	}
}

// The path / must redirect programs and serve the page to browsers.
func TestFront(t *testing.T) {
	t.Parallel()
	none := web.Of(fstest.MapFS{})
	for _, c := range []struct {
		about, method, accept string
		page                  *web.Page
		status                int
		location              string
	}{
		{"a browser", "GET", browser, newPage(t), 200, ""},
		{"a program", "GET", "*/*", newPage(t), 302, "/api/schema/"},
		{"a browser, without a page", "GET", browser, none, 302, "/api/schema/"},
		{"a probe, without a page", "HEAD", "", none, 302, "/api/schema/"},
		{"a form", "POST", browser, newPage(t), 405, ""},
	} {
		w := get(t, c.page.Front(), c.method, "/", "Accept", c.accept)
		require.Equal(t, c.status, w.Code, c.about)
		require.Equal(t, c.location, w.Header().Get("Location"), c.about)
		require.Contains(t, w.Header()["Vary"], "Accept", c.about)
	}
}

// The server and the page must have the same list of the page's paths.
func TestRoutesAreThePages(t *testing.T) {
	t.Parallel()
	var named []string
	for _, file := range []string{"../../ui/src/shell/screens.ts", "../../ui/src/app.tsx"} {
		source, err := os.ReadFile(file)
		require.NoError(t, err)
		for _, found := range regexp.MustCompile(`path[:=] ?"/([a-z-]*)[/"]`).FindAllSubmatch(source, -1) {
			named = append(named, string(found[1]))
		}
	}
	require.Greater(t, len(named), 5)
	for _, first := range named {
		require.Contains(t, web.Routes(), first)
	}
	for _, first := range web.Routes() {
		require.True(t, first == "sign-in" || slices.Contains(named, first), "no screen is at /%s", first)
	}
}
