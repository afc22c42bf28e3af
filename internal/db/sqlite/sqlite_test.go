package sqlite_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/sqlite"
	"github.com/tributary-server/tributary/internal/id"
)

func TestOpenTwice(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a folder", "tributary.db")
	for range 2 {
		s, err := sqlite.Open(t.Context(), path)
		require.NoError(t, err)
		require.NoError(t, s.Write(t.Context(), func(ctx context.Context, q db.Querier) error {
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

// TestManyReaders runs more readers than there are connections. None of their
// statements is in the cache yet. A reader that waits for a connection must not
// hold the mutex of the cache, because other readers need it to finish.
func TestManyReaders(t *testing.T) {
	t.Parallel()
	s, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "tributary.db"))
	require.NoError(t, err)
	defer s.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	var callers errgroup.Group
	for caller := range 16 {
		callers.Go(func() error {
			for n := range 60 {
				err := s.Read(ctx, func(ctx context.Context, q db.Querier) error {
					for part := range 2 {
						var got int
						query := fmt.Sprintf("SELECT %d FROM (SELECT count(*) FROM facts) c", caller*1000+n*2+part)
						if err := q.QueryRow(ctx, query).Scan(&got); err != nil {
							return err
						}
					}
					return nil
				})
				if err != nil {
					return err
				}
				if _, err := s.Exec(ctx, fmt.Sprintf("SELECT %d", caller*1000+n)); err != nil {
					return err
				}
			}
			return nil
		})
	}
	require.NoError(t, callers.Wait())
}

// TestOpenTogether opens a new file several times at once, as happens when
// several commands start together.
func TestOpenTogether(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "tributary.db")
	var openers errgroup.Group
	for range 4 {
		openers.Go(func() error {
			s, err := sqlite.Open(t.Context(), path)
			if err != nil {
				return err
			}
			return s.Close()
		})
	}
	require.NoError(t, openers.Wait())
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.EqualValues(t, 0o600, info.Mode().Perm(), "it holds the signing keys")
}
