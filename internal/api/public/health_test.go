package public_test

// This test sends raw requests, because /healthz is not part of the API.

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/api/public"
)

func TestHealthAndReady(t *testing.T) {
	t.Parallel()
	broken := errors.New("the store does not answer")
	var heard []error
	hear := func(_ context.Context, err error) { heard = append(heard, err) }
	good := func(context.Context) error { return nil }
	bad := func(context.Context) error { return broken }
	deadline := func(ctx context.Context) error {
		_, has := ctx.Deadline()
		require.True(t, has, "each check has a deadline")
		return nil
	}
	for _, c := range []struct {
		name    string
		handler http.Handler
		method  string
		status  int
		body    string
	}{
		{"health", public.Health(), "GET", 200, "ok\n"},
		{"health by head", public.Health(), "HEAD", 200, ""},
		{"health by post", public.Health(), "POST", 405, ""},
		{"ready", public.Ready(hear, good, deadline), "GET", 200, "ok\n"},
		{"not ready", public.Ready(hear, good, bad), "GET", 503, "not ready\n"},
		{"not ready by head", public.Ready(hear, bad), "HEAD", 503, ""},
	} {
		answer := httptest.NewRecorder()
		c.handler.ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), c.method, "/healthz", nil))
		require.Equal(t, c.status, answer.Code, c.name)
		require.Equal(t, c.body, answer.Body.String(), c.name)
		require.Equal(t, "no-store", answer.Header().Get("Cache-Control"), c.name)
	}
	require.Equal(t, []error{broken, broken}, heard)
}
