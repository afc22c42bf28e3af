package main

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/db/sqlite"
)

// TestAStoreThatCannotBeWritten checks a server whose database cannot be
// written. /readyz must soon report it. Requests that write must be refused
// with 503, and requests that read must succeed.
func TestAStoreThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	w := setupMatrix(t)
	ready := func() int { return w.send(t, "", http.MethodGet, "/readyz", nil).Code }
	require.Equal(t, http.StatusOK, ready())

	database, err := w.app.cli.Database()
	require.NoError(t, err)
	other, err := sqlite.Open(t.Context(), database.Address) // opens the file as another process would
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, other.Close()) })
	conn, err := other.Writer().Conn(t.Context())
	require.NoError(t, err)
	_, err = conn.ExecContext(t.Context(), `BEGIN IMMEDIATE`)
	require.NoError(t, err)

	// /readyz caches success for a second. A check takes up to two seconds, or
	// longer on a busy machine.
	require.Eventually(t, func() bool { return ready() == http.StatusServiceUnavailable }, 10*time.Second, 50*time.Millisecond)

	note := &matrixBody{"application/json", `{"title":"A campaign"}`}
	answer := w.send(t, w.a, http.MethodPost, "/api/campaigns/", note)
	require.Equal(t, http.StatusServiceUnavailable, answer.Code, answer.Body)
	require.JSONEq(t, `{"code":"ServiceUnavailable","message":"The service is temporarily unavailable"}`, answer.Body.String())
	require.NotEmpty(t, answer.Header().Get("Retry-After"))
	require.Equal(t, http.StatusOK, w.send(t, w.a, http.MethodGet, "/api/reports/rewards/", nil).Code)

	_, err = conn.ExecContext(context.WithoutCancel(t.Context()), `ROLLBACK`)
	require.NoError(t, err)
	require.NoError(t, conn.Close())
	require.Eventually(t, func() bool { return ready() == http.StatusOK }, 30*time.Second, 100*time.Millisecond)
	require.Equal(t, http.StatusCreated, w.send(t, w.a, http.MethodPost, "/api/campaigns/", note).Code)
}
