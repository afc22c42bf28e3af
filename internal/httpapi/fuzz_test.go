package httpapi_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/tributary-server/tributary/internal/httpapi"
	"github.com/tributary-server/tributary/internal/identity/caller"
	"github.com/tributary-server/tributary/internal/page"
)

var statuses = map[string]int{
	"AuthenticationFailed": 401, "NotAuthenticated": 401, "TokenExpired": 401, "PermissionDenied": 403, "NotFound": 404,
	"MethodNotAllowed": 405, "NotAcceptable": 406, "ParseError": 400, "ValidationError": 400, "UnsupportedMediaType": 415, "Throttled": 429,
}

type listIn struct {
	Page page.Page `ordering:"reg_date,reward" default:"1000"`
}

func fuzzRouter() *httpapi.Router {
	r := httpapi.New(httpapi.Config{Authenticator: keys{}, AddressLimit: httpapi.Limit{Rate: -1}, Limits: map[caller.Role]httpapi.Limit{caller.Partner: {Rate: -1}, caller.Broker: {Rate: -1}}})
	httpapi.Handle(r, httpapi.Op{Method: "POST", Path: "/api/auth/", ID: "auth", Access: httpapi.Public}, func(_ context.Context, in *loginIn) (*loginIn, error) { return in, nil })
	httpapi.Handle(r, httpapi.Op{Method: "GET", Path: "/api/list/", ID: "list", Access: httpapi.Public}, func(_ context.Context, in *listIn) (*listIn, error) { return in, nil })
	ping(r, httpapi.Op{Path: "/api/ping/"})
	declareFormats(r)
	return r
}

// serve fails the test unless the response is a success or a documented error.
func serve(t *testing.T, r *httpapi.Router, req *http.Request) {
	t.Helper()
	w := httptest.NewRecorder()
	r.ServeHTTP(w, req)
	if w.Code == http.StatusOK {
		return
	}
	var p httpapi.Problem
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || !utf8.Valid(w.Body.Bytes()) {
		t.Fatalf("%d %q is not an error of the contract", w.Code, w.Body)
	}
	if statuses[string(p.Code)] != w.Code || w.Header().Get("Content-Type") != "application/json" {
		t.Fatalf("%d %q is not a row of the table", w.Code, w.Body)
	}
	if (p.Code == "ValidationError") != (len(p.Details) > 0) {
		t.Fatalf("%q: details and code disagree", w.Body)
	}
}

func FuzzQuery(f *testing.F) {
	for _, seed := range []string{"limit=1&offset=2&ordering=-reward,reg_date", "limit=99999999999999999999", "kind=banner,,video&kind=", "date_from=2026-02-30", "%zz&=&;", "a=%00", "limit=-0", "format=csv"} {
		f.Add(seed)
	}
	r := fuzzRouter()
	f.Fuzz(func(t *testing.T, query string) {
		for _, path := range []string{"/api/list/", "/api/report/"} {
			req := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)
			req.URL.RawQuery = query
			serve(t, r, req)
		}
	})
}

func FuzzHeaders(f *testing.F) {
	for _, seed := range []string{"JWT partner", "Bearer JWT x", "JWT", "text/csv;q=0.5, */*;q=0", "application/json;q=\xff", "a/b;q=1e400", ", ,", "gzip;q=0"} {
		f.Add(seed, seed, seed)
	}
	r := fuzzRouter()
	f.Fuzz(func(t *testing.T, authorization, accept, contentType string) {
		for _, path := range []string{"/api/ping/", "/api/report/"} {
			req := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)
			req.Header["Authorization"], req.Header["Accept"], req.Header["X-Request-Id"] = []string{authorization}, []string{accept}, []string{accept}
			serve(t, r, req)
		}
		req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/api/auth/", strings.NewReader(`{"login":"a","password":"b"}`))
		req.Header["Content-Type"] = []string{contentType}
		serve(t, r, req)
	})
}

func FuzzPath(f *testing.F) {
	for _, seed := range []string{"/api/ping", "//api//ping//", "/api/../ping", "/api/%2e%2e/%00", "/%61pi/ping/", "", "*", "/api/x/%2f/y", "api"} {
		f.Add("GET", seed)
	}
	r := fuzzRouter()
	f.Fuzz(func(t *testing.T, method, path string) {
		req := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
		req.Method, req.URL.Path = method, path
		serve(t, r, req)
		req.URL.Path, req.URL.RawPath = path, path
		serve(t, r, req)
	})
}
