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

// EachWithClicks is Each for suites that use clicks. On SQLite the clicks have
// a separate file, and on PostgreSQL they are in the same database.
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
		made, err := postgres.Open(context.WithoutCancel(t.Context()), dsn) // later tests use the template too
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

// closing fails the test if a store did not open. It closes the store when the
// test ends.
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
