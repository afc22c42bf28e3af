package httpapi_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/httpapi"
	"github.com/tributary-server/tributary/internal/httpapi/openapi"
)

const (
	pageOrigin    = "https://app.example.com"
	foreignOrigin = "https://evil.example.com"
	exposedNames  = "Ratelimit-Limit, Ratelimit-Remaining, Ratelimit-Reset, Retry-After, X-Request-Id, " +
		"Idempotent-Replayed, Content-Disposition, Www-Authenticate" // header names ignore case
)

// browser returns a function that sends requests to a router with two allowed
// origins.
func browser(t *testing.T, change ...func(*httpapi.Config)) (call func(method, target, origin string, pairs ...string) *httptest.ResponseRecorder) {
	t.Helper()
	b := setup(t, append([]func(*httpapi.Config){lowLimits}, change...)...)
	ping(b.router, httpapi.Op{Path: "/api/ping/"})
	b.router.Add(httpapi.Op{Method: http.MethodGet, Path: "/api/list/", ID: "list", Formats: httpapi.ReportFormats(), Access: partners}, nil, openapi.Responses{},
		func(_ context.Context, req *httpapi.Request) (httpapi.Response, error) {
			return httpapi.Response{ContentType: req.Format.Type, Filename: "list.csv", Stream: func(w io.Writer) error {
				_, err := io.WriteString(w, "a,b\n")
				return err
			}}, nil
		})
	b.router.Add(httpapi.Op{Method: http.MethodGet, Path: "/api/panic/", ID: "panic", Access: httpapi.Public}, nil, openapi.Responses{},
		func(context.Context, *httpapi.Request) (httpapi.Response, error) { panic("on purpose") })
	handler := httpapi.CORS([]string{pageOrigin, "http://localhost:3000"}, b.router)
	return func(method, target, origin string, pairs ...string) *httptest.ResponseRecorder {
		req := httptest.NewRequestWithContext(t.Context(), method, target, nil)
		if origin != "" {
			req.Header.Set("Origin", origin)
		}
		for i := 0; i < len(pairs); i += 2 {
			req.Header.Set(pairs[i], pairs[i+1])
		}
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, req)
		return w
	}
}

func TestCORS_EveryAnswerCarriesTheHeaders(t *testing.T) {
	t.Parallel()
	call := browser(t, func(c *httpapi.Config) { c.AddressLimit = httpapi.Limit{Rate: 100} })
	for name, c := range map[string]struct {
		method, target, token string
		status                int
	}{
		"a list":            {"GET", "/api/list/", "JWT partner", 200},
		"CSV":               {"GET", "/api/list/?format=csv", "JWT partner", 200},
		"no credentials":    {"GET", "/api/ping/", "", 401},
		"not allowed":       {"GET", "/api/ping/", "JWT broker", 403},
		"an unknown path":   {"GET", "/api/nothing/", "JWT partner", 404},
		"a wrong method":    {"DELETE", "/api/ping/", "JWT partner", 405},
		"plain OPTIONS":     {"OPTIONS", "/api/ping/", "JWT partner", 405},
		"a server error":    {"GET", "/api/ping/", "JWT broken", 500},
		"a panic":           {"GET", "/api/panic/", "", 500},
		"a path with noise": {"GET", "/api/%00/", "", 404},
	} {
		w := call(c.method, c.target, pageOrigin, "Authorization", c.token)
		require.Equal(t, c.status, w.Code, name)
		require.Equal(t, pageOrigin, w.Header().Get("Access-Control-Allow-Origin"), name)
		require.Equal(t, exposedNames, w.Header().Get("Access-Control-Expose-Headers"), name)
		require.Contains(t, w.Header().Values("Vary"), "Origin", name)
		require.Empty(t, w.Header().Get("Access-Control-Allow-Credentials"), name)
	}
	for range 3 {
		call("GET", "/api/ping/", pageOrigin, "Authorization", "JWT key")
	}
	w := call("GET", "/api/ping/", "http://localhost:3000", "Authorization", "JWT key")
	problem(t, w, http.StatusTooManyRequests, "Throttled")
	require.Equal(t, "http://localhost:3000", w.Header().Get("Access-Control-Allow-Origin"))
	require.Equal(t, exposedNames, w.Header().Get("Access-Control-Expose-Headers"))
}

func TestCORS_Preflight(t *testing.T) {
	t.Parallel()
	call := browser(t)
	for _, target := range []string{"/api/ping/", "/api/list", "/api/nothing/"} {
		w := call("OPTIONS", target, pageOrigin, "Access-Control-Request-Method", "PATCH",
			"Access-Control-Request-Headers", "authorization,content-type,idempotency-key,x-temporary-token")
		require.Equal(t, http.StatusNoContent, w.Code, target)
		header := w.Header()
		require.Equal(t, pageOrigin, header.Get("Access-Control-Allow-Origin"))
		require.Equal(t, "PATCH", header.Get("Access-Control-Allow-Methods"))
		require.Equal(t, "authorization,content-type,idempotency-key,x-temporary-token", header.Get("Access-Control-Allow-Headers"))
		require.Equal(t, "600", header.Get("Access-Control-Max-Age"))
		require.Empty(t, header.Get("Access-Control-Allow-Credentials"))
	}
}

func TestCORS_OthersGetNothing(t *testing.T) {
	t.Parallel()
	call := browser(t)
	for _, origin := range []string{"", foreignOrigin, "null", pageOrigin + ".evil.example.com", "http://app.example.com"} {
		for _, method := range []string{"GET", "OPTIONS"} {
			w := call(method, "/api/ping/", origin, "Authorization", "JWT partner", "Access-Control-Request-Method", "GET")
			for name := range w.Header() {
				require.NotContains(t, name, "Access-Control-", "%s %q", method, origin)
			}
		}
	}
	b := setup(t)
	require.Same(t, b.router, httpapi.CORS(nil, b.router), "without origins CORS returns the handler itself")
}
