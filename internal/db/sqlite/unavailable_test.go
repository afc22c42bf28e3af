package sqlite_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/sqlite"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/limit"
)

func open(t *testing.T, path string) *sqlite.Store {
	t.Helper()
	s, err := sqlite.Open(t.Context(), path)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

func write(ctx context.Context, s *sqlite.Store) error {
	return s.Write(ctx, func(ctx context.Context, q db.Querier) error {
		_, err := q.Exec(ctx, `INSERT INTO link_codes (link_code, partner_id) VALUES ($1, $2)`, id.New().String(), id.New())
		return err
	})
}

func requireUnavailable(t *testing.T, err error) {
	t.Helper()
	require.Equal(t, fault.ServiceUnavailable, fault.CodeOf(err), "%v", err)
}

// TestAFileThatCannotBeWritten makes writing impossible in several ways. A
// write must report the fault, Writable must fail, and reads must work. Once
// the cause is removed, everything must work again.
func TestAFileThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		breaks, mends func(t *testing.T, s *sqlite.Store)
	}{
		"full": {
			func(t *testing.T, s *sqlite.Store) {
				t.Helper()
				var pages int64
				require.NoError(t, s.Writer().QueryRowContext(t.Context(), `PRAGMA max_page_count = 1`).Scan(&pages)) // prevent the file from growing
			},
			func(t *testing.T, s *sqlite.Store) {
				t.Helper()
				_, err := s.Writer().ExecContext(t.Context(), `PRAGMA max_page_count = 1073741823`)
				require.NoError(t, err)
			},
		},
		"read-only": {
			func(t *testing.T, s *sqlite.Store) {
				t.Helper()
				_, err := s.Writer().ExecContext(t.Context(), `PRAGMA query_only = ON`)
				require.NoError(t, err)
			},
			func(t *testing.T, s *sqlite.Store) {
				t.Helper()
				_, err := s.Writer().ExecContext(t.Context(), `PRAGMA query_only = OFF`)
				require.NoError(t, err)
			},
		},
		"gone": {
			func(t *testing.T, s *sqlite.Store) {
				t.Helper()
				require.NoError(t, os.Rename(s.Path(), s.Path()+".away"))
			},
			func(t *testing.T, s *sqlite.Store) {
				t.Helper()
				require.NoError(t, os.Rename(s.Path()+".away", s.Path()))
			},
		},
		"replaced": {
			func(t *testing.T, s *sqlite.Store) {
				t.Helper()
				require.NoError(t, os.Rename(s.Path(), s.Path()+".away"))
				require.NoError(t, os.WriteFile(s.Path(), []byte("another"), 0o600))
			},
			func(t *testing.T, s *sqlite.Store) {
				t.Helper()
				require.NoError(t, os.Rename(s.Path()+".away", s.Path()))
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := open(t, filepath.Join(t.TempDir(), "tributary.db"))
			require.NoError(t, write(t.Context(), s))
			require.NoError(t, s.Writable(t.Context()))
			// SQLite need not grow the file until the free space in it is used
			// up.
			c.breaks(t, s)
			var err error
			for range 10_000 {
				if err = write(t.Context(), s); err != nil {
					break
				}
			}
			requireUnavailable(t, err)
			requireUnavailable(t, s.Writable(t.Context()))
			var n int
			if _, err := os.Stat(s.Path() + ".away"); err != nil {
				require.NoError(t, s.QueryRow(t.Context(), `SELECT count(*) FROM link_codes`).Scan(&n))
				require.Positive(t, n)
			}
			c.mends(t, s)
			require.NoError(t, write(t.Context(), s))
			require.NoError(t, s.Writable(t.Context()))
		})
	}
}

func hold(t *testing.T, path string) (release func()) {
	t.Helper()
	other := open(t, path)
	conn, err := other.Writer().Conn(t.Context())
	require.NoError(t, err)
	_, err = conn.ExecContext(t.Context(), `BEGIN IMMEDIATE`)
	require.NoError(t, err)
	return func() {
		_, err := conn.ExecContext(t.Context(), `ROLLBACK`)
		require.NoError(t, err)
		require.NoError(t, conn.Close())
	}
}

// onFakeClock returns a store for tests with synctest. Its connection for
// writing does not wait for locks inside SQLite, because such a wait would take
// real time.
func onFakeClock(t *testing.T, path string) *sqlite.Store {
	t.Helper()
	s := open(t, path)
	_, err := s.Writer().ExecContext(t.Context(), `PRAGMA busy_timeout = 0`)
	require.NoError(t, err)
	return s
}

// TestWaitingForALockEndsWithItsRequest checks that a writer stops waiting for
// the file's lock when its request ends. It uses the fake clock of synctest,
// because a waiting writer sleeps between attempts.
func TestWaitingForALockEndsWithItsRequest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "tributary.db")
		s := onFakeClock(t, path)
		release := hold(t, path)
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- write(ctx, s) }()
		time.Sleep(500 * time.Millisecond)
		synctest.Wait()
		require.Empty(t, ended, "it waits")
		cancel()
		synctest.Wait()
		require.Len(t, ended, 1, "it waits without its request: SQLite itself would wait for ten seconds")
		require.ErrorIs(t, <-ended, context.Canceled)
		short, stop := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer stop()
		require.Error(t, s.Writable(short))
		release()
		require.NoError(t, write(t.Context(), s))
		require.NoError(t, s.Writable(t.Context()))
	})
}

// TestWaitingForALockDoesNotPileUp checks that further requests are refused at
// once while another process has locked the file.
func TestWaitingForALockDoesNotPileUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "tributary.db")
		s := onFakeClock(t, path)
		release := hold(t, path)
		ctx := limit.WithOwner(t.Context(), "a partner")
		first := make(chan error, 1)
		go func() { first <- write(ctx, s) }()
		time.Sleep(2100 * time.Millisecond) // now the file counts as locked
		began := time.Now()                 //nolint:forbidigo // the fake clock of synctest
		requireUnavailable(t, write(ctx, s))
		require.Zero(t, time.Since(began), "a further writer must be refused without a wait") //nolint:forbidigo // the fake clock of synctest
		release()
		require.NoError(t, <-first, "the first writer still waits")
		require.NoError(t, write(ctx, s))
	})
}

// TestALockThatIsHeldTooLong checks the error after a lock was held too long.
// It must say that the store is unavailable, and must not be an internal error.
func TestALockThatIsHeldTooLong(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "tributary.db")
		s := onFakeClock(t, path)
		release := hold(t, path)
		began := time.Now() //nolint:forbidigo // the fake clock of synctest
		requireUnavailable(t, write(limit.WithOwner(t.Context(), "a partner"), s))
		waited := time.Since(began) //nolint:forbidigo // the fake clock of synctest
		require.Greater(t, waited, 10*time.Second)
		require.Less(t, waited, 11*time.Second)
		release()
	})
}

// TestReadersAreShared checks that the reads of one owner never occupy all
// connections, so that another owner can read.
func TestReadersAreShared(t *testing.T) {
	t.Parallel()
	s := open(t, filepath.Join(t.TempDir(), "tributary.db"))
	hog := limit.WithOwner(t.Context(), "hog")
	inside, end := make(chan struct{}, 10), make(chan struct{})
	for range 10 {
		go s.Read(hog, func(context.Context, db.Querier) error { //nolint:errcheck // the end of the test stops it
			inside <- struct{}{}
			<-end
			return nil
		})
	}
	for range 3 {
		<-inside
	}
	for range 5 {
		require.NoError(t, s.Read(limit.WithOwner(t.Context(), "another"), func(ctx context.Context, q db.Querier) error {
			var n int
			if err := q.QueryRow(ctx, `SELECT count(*) FROM link_codes`).Scan(&n); err != nil {
				return err
			}
			return s.Read(ctx, func(context.Context, db.Querier) error { return nil }) // a read inside a read needs no second connection
		}))
	}
	require.Empty(t, inside, "one owner has at most three of the four connections")
	close(end)
}
