package httpapi_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/httpapi"
	"github.com/tributary-server/tributary/internal/httpapi/openapi"
)

func TestRouter_PathAnswersInEverySpelling(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ping(b.router, httpapi.Op{Path: "/api/partner/summary/", Aliases: []string{"/api/v3/partner/summary"}, Access: httpapi.Public})

	for _, path := range []string{
		"/api/partner/summary/", "/api/partner/summary", "//api/partner/summary/", "//api//partner///summary//", "/api/partner/summary//",
		"/api/v3/partner/summary/", "/api/v3/partner/summary", "/%61pi/partner/summary", "/api/partner/summary/?limit=1", "/api/partner/summary?x=//y",
	} {
		w := b.call(t, "GET", path, "")
		require.Equal(t, 200, w.Code, path)
		require.JSONEq(t, `{"pong":"yes"}`, w.Body.String(), path)
	}
}

func TestRouter_RefusesInTheContractsForm(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ping(b.router, httpapi.Op{Path: "/api/partner/summary/", ID: "summary"})
	ping(b.router, httpapi.Op{Path: "/api/partner/{name}/", ID: "by_name", Access: httpapi.Public})
	ping(b.router, httpapi.Op{Method: "DELETE", Path: "/api/partner/summary/", ID: "forget"})

	for _, c := range []struct {
		method, target string
		status         int
		body           string
	}{
		{"GET", "/", 404, `{"code":"NotFound","message":"Not found"}`},
		{"GET", "/api", 404, `{"code":"NotFound","message":"Not found"}`},
		{"GET", "/api/", 404, `{"code":"NotFound","message":"Not found"}`},
		{"POST", "/api/nothing/here", 404, `{"code":"NotFound","message":"Not found"}`},
		{"GET", "/elsewhere", 404, `{"code":"NotFound","message":"Not found"}`},
		{"GET", "/api/x/../partner/summary/", 404, `{"code":"NotFound","message":"Not found"}`},
		{"GET", "/api/partner/./summary/", 404, `{"code":"NotFound","message":"Not found"}`},
		{"GET", "/api/partner/%2e%2e/", 404, `{"code":"NotFound","message":"Not found"}`},
		{"GET", "/api/partner/%2E/", 404, `{"code":"NotFound","message":"Not found"}`},
		{"GET", "/api/partner%2Fsummary/", 404, `{"code":"NotFound","message":"Not found"}`},
		{"GET", "/api/partner/%ff/", 404, `{"code":"NotFound","message":"Not found"}`},
		{"GET", "/api/partner/a%00b/", 404, `{"code":"NotFound","message":"Not found"}`},
		{"POST", "/api/partner/summary/", 405, `{"code":"MethodNotAllowed","message":"Method \"POST\" not allowed"}`},
		{"TRACE", "/api/partner/summary/", 405, `{"code":"MethodNotAllowed","message":"Method \"TRACE\" not allowed"}`},
		{"OPTIONS", "//api/partner/summary", 405, `{"code":"MethodNotAllowed","message":"Method \"OPTIONS\" not allowed"}`},
		{"GET", "/api/partner/summary/", 401, `{"code":"NotAuthenticated","message":"Authentication credentials were not provided"}`},
		{"GET", "//api//partner//summary", 401, `{"code":"NotAuthenticated","message":"Authentication credentials were not provided"}`},
		{"GET", "/api/partner/%73ummary/", 401, `{"code":"NotAuthenticated","message":"Authentication credentials were not provided"}`},
		{"GET", "/api/partner/a%2fb/", 200, `{"pong":"yes"}`},
	} {
		w := b.call(t, c.method, c.target, "")
		require.Equal(t, c.status, w.Code, c.target)
		require.Equal(t, "application/json", w.Header().Get("Content-Type"), c.target)
		require.JSONEq(t, c.body, w.Body.String(), c.target)
		require.Equal(t, "500", w.Header().Get("Ratelimit-Limit"), c.target)
		require.NotEmpty(t, w.Header().Get("X-Request-ID"), c.target)
		require.Empty(t, w.Header().Get("Location"), c.target)
		if c.status == 405 {
			require.Equal(t, "DELETE, GET, HEAD", w.Header().Get("Allow"))
		}
		if c.status == 401 {
			require.Equal(t, `JWT realm="api"`, w.Header().Get("WWW-Authenticate"))
		}
	}
}

func TestRouter_HeadIsGetWithoutABody(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ping(b.router, httpapi.Op{Path: "/api/ping/", Access: httpapi.Public})
	b.router.Add(httpapi.Op{Method: "GET", Path: "/api/rows/", ID: "rows", Access: httpapi.Public, Formats: httpapi.ReportFormats()}, nil, openapi.Responses{},
		func(context.Context, *httpapi.Request) (httpapi.Response, error) {
			return httpapi.Response{ContentType: "text/csv", Stream: func(io.Writer) error { panic("a HEAD must not write rows") }}, nil
		})

	get, head := b.call(t, "GET", "/api/ping/", ""), b.call(t, "HEAD", "/api/ping", "")
	require.Equal(t, 200, head.Code)
	require.Equal(t, get.Header().Get("Content-Length"), head.Header().Get("Content-Length"))
	require.Zero(t, head.Body.Len())

	head = b.call(t, "HEAD", "/api/rows/?format=csv", "")
	require.Equal(t, 200, head.Code)
	require.Equal(t, "text/csv", head.Header().Get("Content-Type"))
	require.Zero(t, b.call(t, "HEAD", "/api/nothing/", "").Body.Len())
}

func TestRouter_EverythingElseIsTheFallbacks(t *testing.T) {
	t.Parallel()
	b := setup(t, func(c *httpapi.Config) {
		c.Fallback = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "page ", r.URL.Path) })
	})
	ping(b.router, httpapi.Op{Path: "/api/ping/", Access: httpapi.Public})
	require.Equal(t, "page /a/abc123", b.call(t, "GET", "/a/abc123", "").Body.String())
	require.Equal(t, "page /", b.call(t, "GET", "/", "").Body.String())
	problem(t, b.call(t, "GET", "/api/pong/", ""), 404, "NotFound")
	problem(t, b.call(t, "GET", "//api/pong/", ""), 404, "NotFound")
	problem(t, b.call(t, "GET", "/%61pi/pong/", ""), 404, "NotFound")
}

func TestRouter_MistakesInDeclarationsPanic(t *testing.T) {
	t.Parallel()
	type noParam struct {
		Name string `path:"name"`
	}
	type badType struct {
		Rate float64 `query:"rate"`
	}
	type body struct {
		Name string `json:"name"`
	}
	for name, declare := range map[string]func(r *httpapi.Router){
		"no id": func(r *httpapi.Router) {
			r.Add(httpapi.Op{Method: "GET", Path: "/api/x/", Access: partners}, nil, openapi.Responses{}, nil)
		},
		"an id twice": func(r *httpapi.Router) { ping(r, httpapi.Op{Path: "/api/x/"}); ping(r, httpapi.Op{Path: "/api/y/"}) },
		"a path twice": func(r *httpapi.Router) {
			ping(r, httpapi.Op{Path: "/api/x/"})
			ping(r, httpapi.Op{Path: "/api/x", ID: "2"})
		},
		"a relative path": func(r *httpapi.Router) { ping(r, httpapi.Op{Path: "api/x/"}) },
		"a path without the input's parameter": func(r *httpapi.Router) {
			httpapi.Handle(r, httpapi.Op{Method: "GET", Path: "/api/x/", ID: "x", Access: partners}, func(context.Context, *noParam) (*pong, error) { return nil, nil })
		},
		"a float": func(r *httpapi.Router) {
			httpapi.Handle(r, httpapi.Op{Method: "GET", Path: "/api/x/", ID: "x", Access: partners}, func(context.Context, *badType) (*pong, error) { return nil, nil })
		},
		"a GET with a body": func(r *httpapi.Router) {
			httpapi.Handle(r, httpapi.Op{Method: "GET", Path: "/api/x/", ID: "x", Access: partners}, func(context.Context, *body) (*pong, error) { return nil, nil })
		},
	} {
		require.Panics(t, func() { declare(setup(t).router) }, name)
	}
	require.Panics(t, func() { ping(httpapi.New(httpapi.Config{}), httpapi.Op{Path: "/api/x/"}) }, "an operation for callers without an Authenticator")
	for name, op := range map[string]httpapi.Op{
		"an operation that does not say who may call it": {Method: "GET", Path: "/api/x/", ID: "x"},
		"a body without bound from anyone":               {Method: "POST", Path: "/api/x/", ID: "x", Access: httpapi.Public, MaxBody: -1},
	} {
		require.Panics(t, func() { setup(t).router.Add(op, nil, openapi.Responses{}, nil) }, name)
	}
}

func TestOpen(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ping(b.router, httpapi.Op{Path: "/api/open/", Aliases: []string{"/api/v2/open/"}, ID: "open", Access: httpapi.Public})
	ping(b.router, httpapi.Op{Path: "/api/hidden/", ID: "hidden", Access: httpapi.Public, Hidden: true})
	ping(b.router, httpapi.Op{Method: "POST", Path: "/api/both/", ID: "both", Access: optional})
	ping(b.router, httpapi.Op{Path: "/api/mine/", ID: "mine"})
	ping(b.router, httpapi.Op{Path: "/broker/", ID: "broker", Access: brokers})
	require.Equal(t, []string{"GET /api/hidden/", "GET /api/open/", "GET /api/v2/open/", "POST /api/both/"}, b.router.Open())
	require.Panics(t, func() { ping(b.router, httpapi.Op{Path: "/api/secret/", ID: "secret", Hidden: true}) })
}
