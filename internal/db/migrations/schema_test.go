package migrations_test

import (
	"maps"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/db/migrations"
	"github.com/tributary-server/tributary/internal/db/postgres"
	"github.com/tributary-server/tributary/internal/db/sqlite"
)

// TestBothEnginesHaveOneSchema checks that both engines have the same tables,
// columns and keys. The names of the columns' types may differ.
func TestBothEnginesHaveOneSchema(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "tributary.db")
	lite, err := sqlite.Open(t.Context(), path)
	require.NoError(t, err)
	defer lite.Close()
	clicks, err := sqlite.OpenClicks(t.Context(), path)
	require.NoError(t, err)
	defer clicks.Close()
	pg, err := postgres.Open(t.Context(), dbtest.New(t))
	require.NoError(t, err)
	defer pg.Close()
	both, beside := readTables(t.Context(), t, lite), readTables(t.Context(), t, clicks)
	const inEach = "write_probes" // each SQLite file has this table, so that Probe can check whether the file can be written
	require.Equal(t, append(slices.Clone(migrations.ClickTables), inEach), slices.Sorted(maps.Keys(beside)))
	maps.Copy(both, beside)
	one := describe(both)
	other := describe(readTables(t.Context(), t, pg))
	require.Empty(t, cmp.Diff(one, other), "-SQLite +PostgreSQL")
}
