package httpapi_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/httpapi"
	"github.com/tributary-server/tributary/internal/httpapi/openapi"
)

func TestRequestID_IsEchoedWhenItIsSafe(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ping(b.router, httpapi.Op{Path: "/api/ping/", Access: httpapi.Public})
	for _, given := range []string{"a", "req-1:2/3_4.5=6+7", strings.Repeat("x", 128)} {
		require.Equal(t, given, b.call(t, "GET", "/api/ping/", "", "X-Request-Id", given).Header().Get("X-Request-ID"))
	}
	seen := map[string]bool{}
	for _, given := range []string{"", "a b", "a\"b", "a\x00b", "ü", strings.Repeat("x", 129), "<script>"} {
		made := b.call(t, "GET", "/api/ping/", "", "X-Request-Id", given).Header().Get("X-Request-ID")
		require.Regexp(t, "^[0-9a-f]{32}$", made)
		require.False(t, seen[made], "each request has its own id")
		seen[made] = true
	}
}

func TestAnswers_CarryTheSafeHeaders(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ping(b.router, httpapi.Op{Path: "/api/ping/", Access: httpapi.Public})
	for _, path := range []string{"/api/ping/", "/api/nothing/"} {
		header := b.call(t, "GET", path, "").Header()
		require.Equal(t, "nosniff", header.Get("X-Content-Type-Options"))
		require.Equal(t, "DENY", header.Get("X-Frame-Options"))
		require.Equal(t, "no-referrer", header.Get("Referrer-Policy"))
		require.Equal(t, "no-store", header.Get("Cache-Control"))
		require.Equal(t, "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'", header.Get("Content-Security-Policy"))
	}
}

func TestAnswers_AreLoggedAndObserved(t *testing.T) {
	t.Parallel()
	type seen struct {
		op     string
		status int
		took   time.Duration
		bytes  int64
	}
	var log bytes.Buffer
	var observed []seen
	b := setup(t, func(c *httpapi.Config) {
		c.Logger = slog.New(slog.NewJSONHandler(&log, nil))
		c.Observe = func(op string, status int, took time.Duration, bytes int64) {
			observed = append(observed, seen{op, status, took, bytes})
		}
	})
	httpapi.Handle(b.router, httpapi.Op{Method: "GET", Path: "/api/reset/{secret}/", ID: "reset", Access: partners}, func(ctx context.Context, _ *empty) (*pong, error) {
		b.clock.Advance(time.Millisecond)
		httpapi.SetHeader(ctx, "Idempotent-Replayed", "true")
		slog.New(httpapi.LogHandler(slog.NewTextHandler(&log, nil))).InfoContext(ctx, "from the domain")
		return &pong{Pong: httpapi.UserAgent(ctx)}, nil
	})
	w := b.call(t, "GET", "/api/reset/s3cr3t/?email=a@b.co", "", "Authorization", "JWT partner", "User-Agent", "bot/1", "X-Request-Id", "r1")
	require.JSONEq(t, `{"pong":"bot/1"}`, w.Body.String())
	require.Equal(t, "true", w.Header().Get("Idempotent-Replayed"))
	b.call(t, "GET", "/api/reset/s3cr3t/", "")
	b.call(t, "GET", "/api/other/", "")

	require.Equal(t, []seen{{"reset", 200, time.Millisecond, int64(w.Body.Len())}, {"reset", 401, 0, 84}, {"", 404, 0, 41}}, observed)
	require.Contains(t, log.String(), "from the domain\" request_id=r1")
	require.Contains(t, log.String(), `"path":"/api/reset/{secret}/","operation":"reset","status":200,"ms":1,`)
	require.Contains(t, log.String(), `"caller":"partner"`)
	require.Contains(t, log.String(), partnerID.String())
	require.NotContains(t, log.String(), "s3cr3t")
	require.NotContains(t, log.String(), "a@b.co")
	require.Empty(t, httpapi.RequestID(t.Context()))
}

func TestRaw_ABodyIsTheHandlersOwn(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.router.Add(httpapi.Op{Method: "POST", Path: "/broker/v1/events", ID: "events", Access: brokers, Consumes: []string{"application/x-ndjson"}, MaxBody: -1}, nil,
		openapi.Responses{}, func(_ context.Context, req *httpapi.Request) (httpapi.Response, error) {
			n, err := io.Copy(io.Discard, req.HTTP.Body)
			return httpapi.Response{Value: map[string]int64{"bytes": n}}, err
		})
	server := httptest.NewServer(b.router)
	defer server.Close()
	post := func(path, contentType string, body io.Reader) (int, string) {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+path, body)
		require.NoError(t, err)
		req.Header.Set("Content-Type", contentType)
		req.Header.Set("Authorization", "JWT broker")
		res, err := server.Client().Do(req)
		require.NoError(t, err)
		defer res.Body.Close()
		text, err := io.ReadAll(res.Body)
		require.NoError(t, err)
		return res.StatusCode, string(text)
	}
	long := strings.Repeat("x", 3<<20)
	status, text := post("/broker/v1/events", "application/x-ndjson", io.MultiReader(strings.NewReader(long))) // the length of a MultiReader is unknown, so the body is chunked
	require.Equal(t, 200, status)
	require.JSONEq(t, `{"bytes":3145728}`, text)
	status, _ = post("/broker/v1/events/", "text/csv", strings.NewReader("x"))
	require.Equal(t, 415, status)
	status, _ = post("/broker/v1/events/", "text/csv", nil)
	require.Equal(t, 200, status)
}

func TestBind_OverARealConnection(t *testing.T) {
	t.Parallel()
	b, _ := declarePost[ruledIn](t, "/api/r/")
	server := httptest.NewServer(b.router)
	defer server.Close()
	for name, c := range map[string]struct {
		body        io.Reader
		contentType string
		status      int
	}{
		"whole":                      {strings.NewReader(`{"password":"x"}`), jsonType, 200},
		"chunked":                    {io.MultiReader(strings.NewReader(`{"password":`), strings.NewReader(`"x"}`)), jsonType, 200},
		"chunked and empty":          {io.MultiReader(), "text/html", 400},
		"chunked, with another type": {io.MultiReader(strings.NewReader(`<x/>`)), "text/html", 415},
		"chunked, too long":          {io.MultiReader(strings.NewReader(strings.Repeat("x", 2<<20))), jsonType, 400},
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+"/api/r", c.body)
		require.NoError(t, err)
		req.Header.Set("Content-Type", c.contentType)
		res, err := server.Client().Do(req)
		require.NoError(t, err, name)
		require.NoError(t, res.Body.Close())
		require.Equal(t, c.status, res.StatusCode, name)
	}
}
