package sqldb_test

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/store/postgres"
	"github.com/tributary-server/tributary/internal/store/sqldb"
	"github.com/tributary-server/tributary/internal/store/sqlite"
	"github.com/tributary-server/tributary/internal/store/storetest"
	"github.com/tributary-server/tributary/internal/store/testpg"
)

func TestPartnerOnSQLite(t *testing.T) {
	t.Parallel()
	storetest.Partner(t, func(t *testing.T) sqldb.DB {
		t.Helper()
		db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "tributary.db"))
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, db.Close()) })
		return db
	})
}

func TestPartnerOnPostgres(t *testing.T) {
	t.Parallel()
	storetest.Partner(t, func(t *testing.T) sqldb.DB {
		t.Helper()
		db, err := postgres.Open(t.Context(), testpg.New(t))
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, db.Close()) })
		return db
	})
}
