package dbtest_test

import (
	"errors"
	"fmt"
	"strconv"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/db/dbtest"
)

func TestNewIsEmptyAndOnesOwn(t *testing.T) {
	t.Parallel()
	one, two := dbtest.New(t), dbtest.New(t)
	require.NotEqual(t, one, two)

	require.NoError(t, exec(t, one, "CREATE TABLE partners (email text)"))
	require.Equal(t, 1, tables(t, one))
	require.Equal(t, 0, tables(t, two), "a table of one database showed up in another")
}

func TestNewDropsItsDatabase(t *testing.T) { //nolint:tparallel // the subtest must end before its parent looks for the database
	t.Parallel()
	var dsn string
	t.Run("short-lived", func(t *testing.T) {
		dsn = dbtest.New(t)
		left, err := pgx.Connect(t.Context(), dsn)
		require.NoError(t, err)
		require.NoError(t, left.Ping(t.Context())) // leave the connection open, because it must not prevent the drop
	})
	_, err := pgx.Connect(t.Context(), dsn)
	require.ErrorContains(t, err, "does not exist")
}

func TestTemplateIsPreparedOnceAndCopied(t *testing.T) {
	t.Parallel()
	var prepared atomic.Int32
	prepare := func(dsn string) error {
		prepared.Add(1)
		return exec(t, dsn, "CREATE TABLE partners (email text)")
	}
	t.Run("copies", func(t *testing.T) {
		t.Parallel()
		t.Cleanup(func() { require.EqualValues(t, 1, prepared.Load()) })
		for i := range 8 {
			t.Run(strconv.Itoa(i), func(t *testing.T) {
				t.Parallel()
				dsn := dbtest.Template(t, "prepared-once", prepare)
				require.Equal(t, 1, tables(t, dsn))
				require.NoError(t, exec(t, dsn, "DROP TABLE partners"), "copies share nothing")
			})
		}
	})
}

func TestTemplatesOfTwoNamesAreTwo(t *testing.T) {
	t.Parallel()
	empty := dbtest.Template(t, "two-names-empty", func(string) error { return nil })
	full := dbtest.Template(t, "two-names-full", func(dsn string) error {
		return exec(t, dsn, "CREATE TABLE partners (email text)")
	})
	require.Equal(t, 0, tables(t, empty))
	require.Equal(t, 1, tables(t, full))
}

func TestTemplateThatFailsFailsEveryTest(t *testing.T) {
	t.Parallel()
	broken := errors.New("no such migration")
	for range 2 {
		failed := watch(t, func(tb testing.TB) {
			tb.Helper()
			dbtest.Template(tb, "broken", func(string) error { return broken })
		})
		require.Contains(t, failed, "preparing the template broken: no such migration")
	}
}

func TestWithoutServerFails(t *testing.T) {
	for _, tt := range []struct{ name, value, want string }{
		{"unset", "", "scripts/postgres.sh run -- go test"},
		{"not a URL", "host=127.0.0.1", "is not a postgres:// URL"},
		{"nobody there", "postgres://tributary@127.0.0.1:1/postgres", "connecting to the server in TRIBUTARY_TEST_POSTGRES"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Setenv(dbtest.Env, tt.value)
			failed := watch(t, func(tb testing.TB) {
				tb.Helper()
				dbtest.New(tb)
			})
			require.Contains(t, failed, tt.want)
		})
	}
}

// watch runs a test with a TB that records a failure without failing t. It
// returns the message of the failure, or "".
func watch(t *testing.T, test func(tb testing.TB)) string {
	t.Helper()
	w := &watched{TB: t}
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() { _ = recover() }()
		test(w)
	}()
	<-done
	return w.message
}

type watched struct {
	testing.TB
	message string
}

func (w *watched) Fatalf(format string, args ...any) {
	w.message = fmt.Sprintf(format, args...)
	panic(w.message)
}

func exec(t *testing.T, dsn, statement string) error {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		return err
	}
	_, err = conn.Exec(t.Context(), statement)
	return errors.Join(err, conn.Close(t.Context()))
}

func tables(t *testing.T, dsn string) int {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	require.NoError(t, err)
	defer func() { require.NoError(t, conn.Close(t.Context())) }()
	var count int
	require.NoError(t, conn.QueryRow(t.Context(),
		"SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'").Scan(&count))
	return count
}
