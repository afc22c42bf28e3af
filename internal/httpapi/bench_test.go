package httpapi_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/tributary-server/tributary/internal/httpapi"
	"github.com/tributary-server/tributary/internal/identity/caller"
)

type discard struct{ header http.Header }

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) Write(p []byte) (int, error) { return len(p), nil }
func (d *discard) WriteHeader(int)             {}

func measure(b *testing.B, handler http.Handler, method, target, body string) {
	b.Helper()
	req := httptest.NewRequestWithContext(b.Context(), method, target, nil)
	req.Header.Set("Authorization", "JWT partner")
	req.Header.Set("Content-Type", jsonType)
	req.Header.Set("Accept", "*/*")
	b.ReportAllocs()
	for b.Loop() {
		if body != "" {
			req = httptest.NewRequestWithContext(b.Context(), method, target, strings.NewReader(body))
			req.Header.Set("Authorization", "JWT partner")
			req.Header.Set("Content-Type", jsonType)
		}
		handler.ServeHTTP(&discard{header: http.Header{}}, req)
	}
}

// BenchmarkTrivialHandler measures the time that a Router adds to a request. It calls
// the same handler directly and through a Router.
func BenchmarkTrivialHandler(b *testing.B) {
	bare := http.NewServeMux()
	bare.HandleFunc("GET /api/ping/{$}", func(w http.ResponseWriter, r *http.Request) {
		if _, err := (keys{}).Authenticate(r.Context(), "partner"); err != nil {
			b.Fatal(err)
		}
		w.Header().Set("Content-Type", jsonType)
		text, err := json.Marshal(pong{Pong: "yes"})
		if err != nil {
			b.Fatal(err)
		}
		_, _ = w.Write(text)
	})
	router := fuzzRouter()
	b.Run("bare", func(b *testing.B) { measure(b, bare, "GET", "/api/ping/", "") })
	b.Run("httpapi", func(b *testing.B) { measure(b, router, "GET", "/api/ping/", "") })
	limited := httpapi.New(httpapi.Config{Authenticator: keys{}, Limits: map[caller.Role]httpapi.Limit{caller.Partner: {Rate: 1 << 30}}})
	ping(limited, httpapi.Op{Path: "/api/ping/"})
	b.Run("httpapi, throttled", func(b *testing.B) { measure(b, limited, "GET", "/api/ping/", "") })
}

func BenchmarkBody(b *testing.B) {
	router := httpapi.New(httpapi.Config{AddressLimit: httpapi.Limit{Rate: -1}})
	httpapi.Handle(router, httpapi.Op{Method: "POST", Path: "/api/auth/", ID: "auth", Access: httpapi.Public},
		func(context.Context, *loginIn) (*pong, error) { return &pong{Pong: "yes"}, nil })
	measure(b, router, "POST", "/api/auth/", `{"login":"partner@example.com","password":"secret","token":null}`)
}
