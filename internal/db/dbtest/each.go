package dbtest

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/postgres"
	"github.com/tributary-server/tributary/internal/db/sqlite"
)

// Each runs a suite on both engines. Each call of open makes another empty
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

// EachWithClicks is Each for suites that need the clicks, which have a file of
// their own on SQLite and share the database on PostgreSQL.
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

func openSQLite(t *testing.T) (store, clicks db.DB) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "tributary.db")
	store, err := sqlite.Open(t.Context(), path)
	closing(t, store, err)
	clicks, err = sqlite.OpenClicks(t.Context(), path)
	closing(t, clicks, err)
	return db.Joining(store), db.Joining(clicks)
}

func openPostgres(t *testing.T) (store, clicks db.DB) {
	t.Helper()
	dsn := Template(t, "foundation", func(dsn string) error {
		made, err := postgres.Open(context.WithoutCancel(t.Context()), dsn) // used by tests after this one
		if err != nil {
			return err
		}
		return made.Close()
	})
	opened, err := postgres.Open(t.Context(), dsn)
	closing(t, opened, err)
	store = db.Joining(opened)
	return store, store
}

// closing fails the test when a store did not open, and closes it when the test
// ends.
func closing(t *testing.T, store db.DB, err error) {
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
