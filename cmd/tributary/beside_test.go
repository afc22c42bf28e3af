package main

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/api"
	"github.com/tributary-server/tributary/internal/telemetry"
)

// What stands beside the API has one spelling: a proxy that keeps strangers
// from it compares paths as they come.
func TestPathsBesideTheAPIHaveOneSpelling(t *testing.T) {
	t.Parallel()
	said := func(text string) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Said", text) })
	}
	handler := inTurn(telemetry.Logger(t.Output(), "info", "text", false), map[string]http.Handler{"/metrics": said("metrics")}, &api.Redirect{}, said("router"))
	for path, want := range map[string]string{
		"/metrics": "metrics", "/metrics?x=1": "metrics",
		"/%6detrics": "router", "/metric%73": "router", "//metrics": "router", "/metrics/": "router", "/x/../metrics": "router", "/%2fmetrics": "router",
		"/%61/alpha": "router",
	} {
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
		require.Equal(t, want, answer.Header().Get("Said"), path)
	}
}
