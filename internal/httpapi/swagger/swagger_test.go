package swagger_test

import (
	"compress/gzip"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/httpapi"
	"github.com/tributary-server/tributary/internal/httpapi/openapi"
	"github.com/tributary-server/tributary/internal/httpapi/swagger"
)

func setup(t *testing.T) func(target string, pairs ...string) *httptest.ResponseRecorder {
	t.Helper()
	router := httpapi.New(httpapi.Config{Document: openapi.Info{Title: "Test", Version: "1"}})
	swagger.Declare(router)
	return func(target string, pairs ...string) *httptest.ResponseRecorder {
		req := httptest.NewRequestWithContext(t.Context(), http.MethodGet, target, nil)
		for i := 0; i < len(pairs); i += 2 {
			req.Header.Set(pairs[i], pairs[i+1])
		}
		w := httptest.NewRecorder()
		router.ServeHTTP(w, req)
		return w
	}
}

const browser = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"

func TestSchema_ProgramsGetTheDocumentAndBrowsersThePage(t *testing.T) {
	t.Parallel()
	get := setup(t)
	for name, c := range map[string]struct {
		target, accept, contentType string
	}{
		"a program":                  {"/api/schema/", "application/json", "application/json"},
		"without the slash":          {"/api/schema", "application/json", "application/json"},
		"curl":                       {"/api/schema/", "*/*", "application/json"},
		"no Accept at all":           {"/api/schema/", "", "application/json"},
		"a browser":                  {"/api/schema/", browser, "text/html; charset=utf-8"},
		"a browser asking by format": {"/api/schema/?format=openapi", browser, "application/json"},
		"the page":                   {"/api/schema/?format=openapi-3.0", "application/json,*/*", "application/json"},
		"a browser where the original has its page": {"/api/schema/swagger-ui/", browser, "text/html; charset=utf-8"},
		"the same without the slash":                {"/api/schema/swagger-ui", browser, "text/html; charset=utf-8"},
		"a program there":                           {"/api/schema/swagger-ui/", "application/json", "application/json"},
		"a program asking by format":                {"/api/schema/?format=html", "application/json", "text/html; charset=utf-8"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := get(c.target, "Accept", c.accept)
			require.Equal(t, 200, w.Code)
			require.Equal(t, c.contentType, w.Header().Get("Content-Type"))
		})
	}
	require.Equal(t, 406, get("/api/schema/", "Accept", "image/png").Code)
	require.Equal(t, 400, get("/api/schema/?format=yaml").Code)
}

func TestSchema_DocumentIsTheSameCompressed(t *testing.T) {
	t.Parallel()
	get := setup(t)
	plain, packed := get("/api/schema/"), get("/api/schema/", "Accept-Encoding", "br, gzip")
	require.Equal(t, "gzip", packed.Header().Get("Content-Encoding"))
	require.Empty(t, get("/api/schema/", "Accept-Encoding", "gzip;q=0").Header().Get("Content-Encoding"))
	unpacked, err := gzip.NewReader(packed.Body)
	require.NoError(t, err)
	text, err := io.ReadAll(unpacked)
	require.NoError(t, err)
	require.Equal(t, plain.Body.String(), string(text))

	doc, err := openapi3.NewLoader().LoadFromData(text)
	require.NoError(t, err)
	require.NoError(t, doc.Validate(t.Context()))
	require.NotNil(t, doc.Paths.Value("/api/schema/"))
}

// TestSchema_PageLoadsNothingFromElsewhere checks that the page loads only files
// that its policy allows and that this server has.
func TestSchema_PageLoadsNothingFromElsewhere(t *testing.T) {
	t.Parallel()
	get := setup(t)
	for _, file := range []string{"page/index.html", "page/missing.html"} {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		html := string(text)
		require.NotContains(t, html, "://")
		require.NotRegexp(t, `<style|style=|<script>|\son\w+=`, html, "the policy forbids inline code")
		for _, link := range regexp.MustCompile(`/api/schema/assets/([\w.-]+)`).FindAllStringSubmatch(html, -1) {
			w := get(link[0])
			if w.Code == 404 && strings.HasPrefix(link[1], "swagger-ui") || link[1] == "NOTICE.txt" {
				continue // this checkout has no Swagger UI
			}
			require.Equal(t, 200, w.Code, link[0])
			require.Equal(t, "public, max-age=3600", w.Header().Get("Cache-Control"))
		}
	}
	w := get("/api/schema/", "Accept", browser)
	require.Contains(t, w.Body.String(), "<title>Tributary API</title>")
	policy := w.Header().Get("Content-Security-Policy")
	require.Contains(t, policy, "default-src 'none'; script-src 'self'; style-src 'self';")
	require.NotContains(t, policy, "unsafe")
}

// TestSchema_OnlyThePageGetsTheOlderVersion checks that only the page gets the
// 3.0 document, and that programs get the 3.1 document.
func TestSchema_OnlyThePageGetsTheOlderVersion(t *testing.T) {
	t.Parallel()
	get := setup(t)
	script := get("/api/schema/assets/initializer.js").Body.String()
	require.Contains(t, script, `url: "/api/schema/?format=openapi-3.0"`)
	require.Contains(t, script, `docExpansion: "none"`)
	for target, version := range map[string]string{
		"/api/schema/": "3.1.0", "/api/schema/?format=openapi": "3.1.0", "/api/schema/?format=json": "3.1.0", "/api/schema/?format=openapi-3.0": "3.0.3",
	} {
		var document struct{ OpenAPI string }
		require.NoError(t, json.Unmarshal(get(target, "Accept", "application/json").Body.Bytes(), &document))
		require.Equal(t, version, document.OpenAPI, target)
	}
}

func TestSchema_AssetIsAskedForByItsTag(t *testing.T) {
	t.Parallel()
	get := setup(t)
	first := get("/api/schema/assets/page.css", "Accept", "text/css,*/*;q=0.1")
	require.Equal(t, 200, first.Code)
	require.Equal(t, "text/css; charset=utf-8", first.Header().Get("Content-Type"))
	again := get("/api/schema/assets/page.css", "If-None-Match", first.Header().Get("ETag"))
	require.Equal(t, 304, again.Code)
	require.Zero(t, again.Body.Len())

	for _, path := range []string{"nothing.js", "..%2Findex.html", "dist", ".lock"} {
		w := get("/api/schema/assets/" + path)
		require.Equal(t, 404, w.Code, path)
		require.JSONEq(t, `{"code":"NotFound","message":"Not found"}`, w.Body.String())
	}
}
