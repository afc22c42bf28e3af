package db_test

import (
	"context"
	"errors"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/id"
)

// joinBundle is a store with a table whose rows the tests write and count.
type joinBundle struct{ db db.DB }

func (joinBundle) note(ctx context.Context, t *testing.T, q db.Querier, name string) {
	t.Helper()
	_, err := q.Exec(ctx, `INSERT INTO login_failures (throttle_key, failures, until_at, forget_at) VALUES ($1, 1, 0, 0)`, []byte(name))
	require.NoError(t, err)
}

func (b joinBundle) count(ctx context.Context, t *testing.T) (n int64) {
	t.Helper()
	require.NoError(t, b.db.QueryRow(ctx, `SELECT count(*) FROM login_failures`).Scan(&n))
	return n
}

func TestJoining(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, open func(t *testing.T) db.DB) {
		t.Helper()
		for name, test := range map[string]func(*testing.T, joinBundle){
			"everything joins":          testEverythingJoins,
			"all is rolled back":        testAllIsRolledBack,
			"a part fails":              testPartFails,
			"a part needs more keys":    testMoreKeys,
			"after the commit":          testAfterCommit,
			"a retry":                   testRetry,
			"another store":             func(t *testing.T, b joinBundle) { t.Helper(); testAnotherStore(t, b, open(t)) },
			"a context that was kept":   testKeptContext,
			"a panic":                   testPanic,
			"bulk":                      testBulkJoins,
			"reads need no transaction": testReadsAlone,
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				test(t, joinBundle{open(t)})
			})
		}
	})
}

func testEverythingJoins(t *testing.T, b joinBundle) {
	t.Helper()
	for name, begin := range map[string]func(context.Context, func(context.Context, db.Querier) error) error{"write": b.db.Write, "lock": lockFunc(b.db)} {
		before := b.count(t.Context(), t)
		require.NoError(t, begin(t.Context(), func(ctx context.Context, q db.Querier) error {
			b.note(ctx, t, q, name+" 1")
			b.note(ctx, t, b.db, name+" 2")
			require.NoError(t, b.db.Write(ctx, func(ctx context.Context, q db.Querier) error {
				b.note(ctx, t, q, name+" 3")
				return nil
			}))
			err := b.db.Lock(ctx, db.WholeStore(), func(ctx context.Context, q db.Querier) error {
				b.note(ctx, t, q, name+" 4")
				return nil
			})
			if name == "write" {
				require.ErrorContains(t, err, "Begin the transaction with Lock")
				b.note(ctx, t, q, name+" 4")
			} else {
				require.NoError(t, err)
			}
			require.Equal(t, before+4, b.count(ctx, t))
			require.NoError(t, b.db.Read(ctx, func(ctx context.Context, q db.Querier) error {
				notes, err := db.Collect(ctx, q, func(rows db.Rows) (note []byte, err error) {
					err = rows.Scan(&note)
					return note, err
				},
					`SELECT throttle_key FROM login_failures`)
				require.Len(t, notes, int(before)+4)
				require.Equal(t, before+4, b.count(ctx, t), "and what is inside a read that joined")
				return err
			}))
			require.Equal(t, before, b.count(t.Context(), t), "others do not see it yet")
			return nil
		}))
		require.Equal(t, before+4, b.count(t.Context(), t))
	}
}

func lockFunc(store db.DB) func(context.Context, func(context.Context, db.Querier) error) error {
	return func(ctx context.Context, fn func(context.Context, db.Querier) error) error {
		return store.Lock(ctx, db.WholeStore(), fn)
	}
}

var errJoin = errors.New("on purpose")

func testAllIsRolledBack(t *testing.T, b joinBundle) {
	t.Helper()
	err := b.db.Lock(t.Context(), db.WholeStore(), func(ctx context.Context, q db.Querier) error {
		b.note(ctx, t, q, "outer")
		require.NoError(t, b.db.Write(ctx, func(ctx context.Context, q db.Querier) error {
			b.note(ctx, t, q, "inner")
			return nil
		}))
		return errJoin
	})
	require.ErrorIs(t, err, errJoin)
	require.Zero(t, b.count(t.Context(), t))
}

// testMoreKeys checks that a Lock starts again with more keys if a part needs
// them, even if the caller ignores the error of that part.
func testMoreKeys(t *testing.T, b joinBundle) {
	t.Helper()
	attempts, whole := 0, 0
	require.NoError(t, b.db.Lock(t.Context(), db.Partners(id.New()), func(ctx context.Context, q db.Querier) error {
		attempts++
		b.note(ctx, t, q, "outer")
		_ = b.db.Lock(ctx, db.WholeStore(), func(ctx context.Context, q db.Querier) error {
			whole++
			b.note(ctx, t, q, "inner")
			return nil
		})
		return nil
	}))
	require.Equal(t, 2, attempts)
	require.Equal(t, 1, whole)
	require.EqualValues(t, 2, b.count(t.Context(), t), "nothing of the first attempt remains")
}

func testPartFails(t *testing.T, b joinBundle) {
	t.Helper()
	err := b.db.Write(t.Context(), func(ctx context.Context, q db.Querier) error {
		b.note(ctx, t, q, "outer")
		err := b.db.Write(ctx, func(ctx context.Context, q db.Querier) error {
			b.note(ctx, t, q, "half of the inner")
			return errJoin
		})
		require.ErrorIs(t, err, errJoin)
		return nil // ignore the error
	})
	require.ErrorIs(t, err, errJoin)
	require.Zero(t, b.count(t.Context(), t), "half of a Write is never kept")

	require.NoError(t, b.db.Write(t.Context(), func(ctx context.Context, q db.Querier) error {
		require.ErrorIs(t, b.db.Read(ctx, func(context.Context, db.Querier) error { return errJoin }), errJoin)
		b.note(ctx, t, q, "outer")
		return nil
	}), "a failed read rolls nothing back")
	require.EqualValues(t, 1, b.count(t.Context(), t))
}

func testAfterCommit(t *testing.T, b joinBundle) {
	t.Helper()
	var woken []string
	wake := func(ctx context.Context, name string) { db.AfterCommit(ctx, func() { woken = append(woken, name) }) }

	wake(t.Context(), "outside")
	require.Equal(t, []string{"outside"}, woken, "at once")

	woken = nil
	require.Error(t, b.db.Write(t.Context(), func(ctx context.Context, _ db.Querier) error {
		wake(ctx, "never")
		return errJoin
	}))
	require.Empty(t, woken)

	require.NoError(t, b.db.Lock(t.Context(), db.WholeStore(), func(ctx context.Context, q db.Querier) error {
		b.note(ctx, t, q, "one")
		wake(ctx, "first")
		require.NoError(t, b.db.Write(ctx, func(ctx context.Context, _ db.Querier) error {
			wake(ctx, "second")
			db.AfterCommit(ctx, func() {
				require.EqualValues(t, 1, b.count(t.Context(), t), "the commit is visible")
				require.NoError(t, b.db.Write(ctx, func(ctx context.Context, q db.Querier) error {
					b.note(ctx, t, q, "two") // ctx belongs to the committed transaction, so Write starts a new one
					wake(ctx, "third")
					return nil
				}))
				wake(ctx, "fourth")
			})
			return nil
		}))
		require.Empty(t, woken, "not before the commit")
		return nil
	}))
	require.Equal(t, []string{"first", "second", "third", "fourth"}, woken)
	require.EqualValues(t, 2, b.count(t.Context(), t))
}

// repeatingDB is a store that runs every transaction twice.
type repeatingDB struct{ db.DB }

func (d repeatingDB) Write(ctx context.Context, fn func(context.Context, db.Querier) error) error {
	err := d.DB.Write(ctx, func(ctx context.Context, q db.Querier) error {
		if err := fn(ctx, q); err != nil {
			return err
		}
		return errJoin
	})
	if !errors.Is(err, errJoin) {
		return err
	}
	return d.DB.Write(ctx, fn)
}

func testRetry(t *testing.T, b joinBundle) {
	t.Helper()
	tries, woken := 0, 0
	work := func(database db.DB) func(context.Context, db.Querier) error {
		return func(ctx context.Context, _ db.Querier) error {
			tries++
			db.AfterCommit(ctx, func() { woken++ })
			return database.Write(ctx, func(ctx context.Context, q db.Querier) error {
				b.note(ctx, t, q, "once")
				return nil
			})
		}
	}
	twice := db.Joining(repeatingDB{b.db})
	require.NoError(t, twice.Write(t.Context(), work(twice)))
	require.Equal(t, 2, tries)
	require.Equal(t, 1, woken)
	require.EqualValues(t, 1, b.count(t.Context(), t))

	if b.db.Engine() != db.Postgres {
		return
	}
	tries, woken = 0, 0
	require.NoError(t, b.db.Write(t.Context(), func(ctx context.Context, q db.Querier) error {
		tries++
		db.AfterCommit(ctx, func() { woken++ })
		_ = b.db.Write(ctx, func(ctx context.Context, q db.Querier) error {
			b.note(ctx, t, q, "twice")
			if tries == 1 {
				return &pgconn.PgError{Code: "40001"} // the transaction fails although its parts returned no error
			}
			return nil
		})
		return nil
	}))
	require.Equal(t, 2, tries)
	require.Equal(t, 1, woken)
	require.EqualValues(t, 2, b.count(t.Context(), t))
}

func testAnotherStore(t *testing.T, b joinBundle, database db.DB) {
	t.Helper()
	other, woken := joinBundle{database}, 0
	require.ErrorIs(t, b.db.Write(t.Context(), func(ctx context.Context, q db.Querier) error {
		b.note(ctx, t, q, "here")
		require.NoError(t, database.Write(ctx, func(ctx context.Context, q db.Querier) error {
			other.note(ctx, t, q, "there")
			db.AfterCommit(ctx, func() { woken++ })
			require.EqualValues(t, 1, b.count(ctx, t), "still inside the first one")
			return nil
		}))
		require.Equal(t, 1, woken)
		return errJoin
	}), errJoin)
	require.Zero(t, b.count(t.Context(), t))
	require.EqualValues(t, 1, other.count(t.Context(), t))
}

func testKeptContext(t *testing.T, b joinBundle) {
	t.Helper()
	var kept context.Context
	for _, fail := range []error{nil, errJoin} {
		_ = b.db.Write(t.Context(), func(ctx context.Context, _ db.Querier) error {
			kept = ctx //nolint:fatcontext // the test uses this context after the transaction
			return fail
		})
		require.NoError(t, b.db.Writable(kept))
		before := b.count(kept, t)
		require.NoError(t, b.db.Write(context.WithoutCancel(kept), func(ctx context.Context, q db.Querier) error {
			b.note(ctx, t, q, string(rune('a'+before)))
			return nil
		}))
		require.Equal(t, before+1, b.count(kept, t), "an ended transaction is left")
	}
}

func testPanic(t *testing.T, b joinBundle) {
	t.Helper()
	require.Panics(t, func() {
		_ = b.db.Lock(t.Context(), db.WholeStore(), func(ctx context.Context, q db.Querier) error {
			b.note(ctx, t, q, "one")
			return b.db.Write(ctx, func(context.Context, db.Querier) error { panic("on purpose") })
		})
	})
	require.Zero(t, b.count(t.Context(), t))
	require.NoError(t, b.db.Lock(t.Context(), db.WholeStore(), func(context.Context, db.Querier) error { return nil }), "no lock is held")
}

func testBulkJoins(t *testing.T, b joinBundle) {
	t.Helper()
	require.ErrorIs(t, b.db.Write(t.Context(), func(ctx context.Context, _ db.Querier) error {
		require.NoError(t, b.db.Bulk(ctx, db.BulkInsert{
			Table: "login_failures", Columns: []string{"throttle_key", "failures", "until_at", "forget_at"}, Rows: 3,
			Row: func(i int, dst []any) { dst[0], dst[1], dst[2], dst[3] = []byte{byte(i)}, int64(1), int64(0), int64(0) },
		}))
		require.EqualValues(t, 3, b.count(ctx, t))
		return errJoin
	}), errJoin)
	require.Zero(t, b.count(t.Context(), t))
}

func testReadsAlone(t *testing.T, b joinBundle) {
	t.Helper()
	require.NoError(t, b.db.Read(t.Context(), func(ctx context.Context, q db.Querier) error {
		require.NoError(t, b.db.Write(ctx, func(ctx context.Context, q db.Querier) error {
			b.note(ctx, t, q, "one")
			return nil
		}), "a write cannot join a read")
		var n int64
		require.NoError(t, q.QueryRow(ctx, `SELECT count(*) FROM login_failures`).Scan(&n))
		return nil
	}))
	require.EqualValues(t, 1, b.count(t.Context(), t))
}
