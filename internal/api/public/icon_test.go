package public_test

// This test sends raw requests, because the icon is not part of the API.

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/api/public"
)

// TestFixedFiles checks the files that browsers and crawlers request from every
// server.
func TestFixedFiles(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		method, path string
		handler      http.Handler
		status       int
		location     string
		body         string
	}{
		{http.MethodGet, "/favicon.ico", public.Favicon(), http.StatusOK, "", "<svg"},
		{http.MethodHead, "/favicon.ico", public.Favicon(), http.StatusOK, "", ""},
		{http.MethodPost, "/favicon.ico", public.Favicon(), http.StatusMethodNotAllowed, "", ""},
		{http.MethodGet, "/robots.txt", public.Robots(), http.StatusOK, "", "Disallow: /api/"},
	} {
		t.Run(tt.method+" "+tt.path, func(t *testing.T) {
			t.Parallel()
			w := httptest.NewRecorder()
			tt.handler.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), tt.method, tt.path, nil))
			require.Equal(t, tt.status, w.Code)
			require.Equal(t, tt.location, w.Header().Get("Location"))
			if tt.body == "" {
				require.Empty(t, w.Body.String())
			}
			require.Contains(t, w.Body.String(), tt.body)
		})
	}
}
