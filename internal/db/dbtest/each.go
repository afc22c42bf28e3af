package dbtest

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/postgres"
	"github.com/tributary-server/tributary/internal/db/sqlite"
)

// Each runs a suite on both engines. Each call of open returns a new, empty
// store, which is closed when the test ends.
func Each(t *testing.T, suite func(t *testing.T, open func(t *testing.T) db.DB)) {
	t.Helper()
	EachWithClicks(t, func(t *testing.T, open func(t *testing.T) (store, clicks db.DB)) {
		t.Helper()
		suite(t, func(t *testing.T) db.DB {
			t.Helper()
			store, _ := open(t)
			return store
		})
	})
}

// EachWithClicks is like Each, for suites that also need clicks. On SQLite, the
// clicks are in a separate file. On PostgreSQL, they are in the same database.
func EachWithClicks(t *testing.T, suite func(t *testing.T, open func(t *testing.T) (store, clicks db.DB))) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		suite(t, openSQLite)
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		suite(t, openPostgres)
	})
}

// SQLite returns an empty store on SQLite, which is closed when the test ends.
func SQLite(t *testing.T) db.DB {
	t.Helper()
	store, _ := openSQLite(t)
	return store
}

// Postgres returns an empty store on PostgreSQL, which is closed when the test
// ends.
func Postgres(t *testing.T) db.DB {
	t.Helper()
	store, _ := openPostgres(t)
	return store
}

func openSQLite(t *testing.T) (store, clicks db.DB) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "tributary.db")
	store, err := sqlite.Open(t.Context(), path)
	closeAtEnd(t, store, err)
	clicks, err = sqlite.OpenClicks(t.Context(), path)
	closeAtEnd(t, clicks, err)
	return db.Joining(store), db.Joining(clicks)
}

// postgresCopy returns the URL of a database that has all tables but no rows.
func postgresCopy(t *testing.T) string {
	t.Helper()
	return Template(t, "foundation", func(dsn string) error {
		made, err := postgres.Open(context.WithoutCancel(t.Context()), dsn) // later tests use the template too, so it must not depend on this test's context
		if err != nil {
			return err
		}
		return made.Close()
	})
}

func openPostgres(t *testing.T) (store, clicks db.DB) {
	t.Helper()
	opened, err := postgres.Open(t.Context(), postgresCopy(t))
	closeAtEnd(t, opened, err)
	store = db.Joining(opened)
	return store, store
}

// closeAtEnd closes the store when the test ends. If err is not nil, the test
// fails at once.
func closeAtEnd(t *testing.T, store db.DB, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("dbtest: opening a store: %v", err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Errorf("dbtest: closing a store: %v", err)
		}
	})
}

// EachServers runs a suite on both engines. The suite gets n stores that use
// the same database, as n servers would.
func EachServers(t *testing.T, n int, suite func(t *testing.T, stores []db.DB)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		path := filepath.Join(t.TempDir(), "tributary.db")
		suite(t, several(t, n, func() (db.DB, error) { return sqlite.Open(t.Context(), path) }))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		OnPostgres(t, n, suite)
	})
}

// OnPostgres is like EachServers, but runs the suite only on PostgreSQL.
func OnPostgres(t *testing.T, n int, suite func(t *testing.T, stores []db.DB)) {
	t.Helper()
	dsn := postgresCopy(t)
	suite(t, several(t, n, func() (db.DB, error) { return postgres.Open(t.Context(), dsn) }))
}

func several(t *testing.T, n int, open func() (db.DB, error)) []db.DB {
	t.Helper()
	stores := make([]db.DB, n)
	for i := range stores {
		store, err := open()
		closeAtEnd(t, store, err)
		stores[i] = db.Joining(store)
	}
	return stores
}
