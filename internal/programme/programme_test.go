package programme_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/sqlite"
	"github.com/tributary-server/tributary/internal/programme"
	"github.com/tributary-server/tributary/internal/settings"
)

func open(t *testing.T) (db, clicks db.DB) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "tributary.db")
	main, err := sqlite.Open(t.Context(), path)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, main.Close()) })
	beside, err := sqlite.OpenClicks(t.Context(), path)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, beside.Close()) })
	return main, beside
}

func build(t *testing.T, c programme.Config) *programme.Programme {
	t.Helper()
	db, clicks := open(t)
	p, err := programme.Build(t.Context(), db, clicks, c)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, p.Close()) })
	return p
}

func get(t *testing.T, h http.Handler, path string) *httptest.ResponseRecorder {
	t.Helper()
	answer := httptest.NewRecorder()
	h.ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
	return answer
}

// Each path outside the API works in only one spelling, because a proxy that blocks
// such a path compares it exactly as the client sent it.
func TestPathsBesideTheAPIHaveOneSpelling(t *testing.T) {
	t.Parallel()
	p := build(t, programme.Config{})
	for _, path := range []string{"/metrics", "/metrics?x=1"} {
		answer := get(t, p.Handler, path)
		require.Equal(t, http.StatusOK, answer.Code)
		require.Contains(t, answer.Body.String(), "tributary_build_info", path)
	}
	for _, path := range []string{"/%6detrics", "/metric%73", "//metrics", "/metrics/", "/x/../metrics", "/%2fmetrics", "/%61/alpha"} {
		answer := get(t, p.Handler, path)
		require.Equal(t, http.StatusNotFound, answer.Code, path)
		require.Contains(t, answer.Body.String(), `"code":"NotFound"`, path)
	}
}

// /readyz must return 200 only if the server's own check and the checks of both
// databases pass.
func TestReady(t *testing.T) {
	t.Parallel()
	require.Equal(t, http.StatusOK, get(t, build(t, programme.Config{}).Handler, "/readyz").Code)
	starting := programme.Config{Ready: func(context.Context) error { return errors.New("starting") }}
	require.Equal(t, http.StatusServiceUnavailable, get(t, build(t, starting).Handler, "/readyz").Code)

	db, clicks := open(t)
	p, err := programme.Build(t.Context(), db, clicks, programme.Config{})
	require.NoError(t, err)
	require.NoError(t, p.Close())
	require.NoError(t, clicks.Close())
	require.Equal(t, http.StatusServiceUnavailable, get(t, p.Handler, "/readyz").Code, "the database of clicks cannot be reached")
}

func TestBuildRefuses(t *testing.T) {
	t.Parallel()
	athens, err := clock.ParseZone("Europe/Athens")
	require.NoError(t, err)
	for name, c := range map[string]programme.Config{
		"a link base without a scheme":    {LinkBase: "go.example.com"},
		"a public address without a host": {PublicURL: "partners"},
		"not the fixed time zone":         {Zone: athens},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db, clicks := open(t)
			_, err := settings.NewStore(db).FixZone(t.Context(), time.UTC, clock.System().Now())
			require.NoError(t, err)
			_, err = programme.Build(t.Context(), db, clicks, c)
			require.ErrorAs(t, err, new(programme.ConfigError))
		})
	}
}
