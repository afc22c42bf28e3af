package postgres_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/db/postgres"
)

// TestLostServersReleaseTheirLocks checks the settings that make PostgreSQL release
// the locks of a server on a failed machine within half a minute. The database's URL
// can override these settings.
func TestLostServersReleaseTheirLocks(t *testing.T) {
	t.Parallel()
	address := dbtest.New(t)
	for dsn, want := range map[string]string{address: "10 5 3 25000 30s", address + "&tcp_user_timeout=5000&lock_timeout=1000": "10 5 3 5000 1s"} {
		s, err := postgres.Open(t.Context(), dsn)
		require.NoError(t, err)
		var got []string
		for _, name := range []string{"tcp_keepalives_idle", "tcp_keepalives_interval", "tcp_keepalives_count", "tcp_user_timeout", "lock_timeout"} {
			var value string
			require.NoError(t, s.QueryRow(t.Context(), `SELECT current_setting($1)`, name).Scan(&value))
			got = append(got, value)
		}
		require.NoError(t, s.Close())
		require.Equal(t, want, strings.Join(got, " "))
	}
}
