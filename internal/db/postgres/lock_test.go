package postgres_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/id"
)

// The test checks once per tick whether a transaction is waiting for a lock. It
// gives up after the time in awaited.
const (
	awaited = 30 * time.Second
	tick    = time.Millisecond
)

// TestLock checks which Locks of two servers exclude each other.
func TestLock(t *testing.T) {
	t.Parallel()
	a, b := id.New(), id.New()
	for name, c := range map[string]struct {
		held, asked db.Keys
		waits       bool
	}{
		"one partner":                     {db.Partners(a), db.Partners(a), true},
		"two partners":                    {db.Partners(a), db.Partners(b), false},
		"groups with a partner in common": {db.Partners(a, id.New()), db.Partners(id.New(), a), true},
		"the whole store and a partner":   {db.WholeStore(), db.Partners(a), true},
		"a partner and the whole store":   {db.Partners(a), db.WholeStore(), true},
		"the whole store":                 {db.WholeStore(), db.WholeStore(), true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dbtest.OnPostgres(t, 2, func(t *testing.T, stores []db.DB) {
				holds, release, ended := make(chan struct{}), make(chan struct{}), make(chan error, 1)
				go func() {
					ended <- stores[0].Lock(t.Context(), c.held, func(context.Context, db.Querier) error {
						close(holds)
						<-release
						return nil
					})
				}()
				<-holds
				entered := make(chan error, 1)
				go func() {
					entered <- stores[1].Lock(t.Context(), c.asked, func(context.Context, db.Querier) error { return nil })
				}()
				if c.waits {
					require.Eventually(t, func() bool { return countWaiting(t, stores[0]) == 1 }, awaited, tick)
				} else {
					require.NoError(t, <-entered)
				}
				close(release)
				require.NoError(t, <-ended)
				if c.waits {
					require.NoError(t, <-entered)
				}
			})
		})
	}
}

// countWaiting returns how many transactions are waiting for an advisory lock of
// this database.
func countWaiting(t *testing.T, store db.DB) (n int) {
	t.Helper()
	require.NoError(t, store.QueryRow(t.Context(), `SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
		AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`).Scan(&n))
	return n
}

// TestLock_FindsWhatAnotherInserted checks that a Lock starts again if another
// transaction inserts a row after the Lock has looked for it.
func TestLock_FindsWhatAnotherInserted(t *testing.T) {
	t.Parallel()
	dbtest.OnPostgres(t, 2, func(t *testing.T, stores []db.DB) {
		looked, inserted := make(chan struct{}), make(chan struct{})
		insert := func(ctx context.Context, q db.Querier) error {
			_, err := q.Exec(ctx, `INSERT INTO login_failures (throttle_key, failures, until_at, forget_at) VALUES ($1, 1, 0, 0)`, []byte{1})
			return err
		}
		attempts, found := 0, 0
		errs := dbtest.Together(func() error {
			return stores[0].Lock(t.Context(), db.Partners(id.New()), func(ctx context.Context, q db.Querier) error {
				attempts++
				if err := q.QueryRow(ctx, `SELECT count(*) FROM login_failures`).Scan(&found); err != nil || found > 0 {
					return err
				}
				close(looked)
				<-inserted
				return insert(ctx, q)
			})
		}, func() error {
			defer close(inserted)
			<-looked
			return stores[1].Lock(t.Context(), db.Partners(id.New()), insert)
		})
		dbtest.RequireNone(t, errs)
		require.Equal(t, 2, attempts)
		require.Equal(t, 1, found)
	})
}
