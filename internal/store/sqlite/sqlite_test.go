package sqlite_test

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/store/sqldb"
	"github.com/tributary-server/tributary/internal/store/sqlite"
)

func TestOpenTwice(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a folder", "tributary.db")
	for range 2 {
		s, err := sqlite.Open(t.Context(), path)
		require.NoError(t, err)
		require.NoError(t, s.Write(t.Context(), func(ctx context.Context, q sqldb.Querier) error {
			_, err := q.Exec(ctx, `INSERT INTO link_codes (link_code, partner_id) VALUES ($1, $2) ON CONFLICT DO NOTHING`, "abc", id.Nil)
			return err
		}))
		var n int
		require.NoError(t, s.QueryRow(t.Context(), `SELECT count(*) FROM link_codes WHERE link_code @any($1) AND partner_id @anyid($2)`,
			[]string{"abc"}, []id.UUID{id.Nil}).Scan(&n))
		require.Equal(t, 1, n)
		require.NoError(t, s.Close())
	}
}
