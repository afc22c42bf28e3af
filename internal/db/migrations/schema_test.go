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
	"github.com/tributary-server/tributary/internal/store/storetest"
)

func TestSchema(t *testing.T) {
	t.Parallel()
	dbtest.EachWithClicks(t, storetest.Schema)
}

// TestBothEnginesHaveOneSchema compares tables, columns and keys by their
// content, whatever each engine calls its types.
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
	tables, beside := storetest.Tables(t.Context(), t, lite), storetest.Tables(t.Context(), t, clicks)
	const inEach = "write_probes" // each file has to be written to prove that it can be
	require.Equal(t, append(slices.Clone(migrations.ClickTables), inEach), slices.Sorted(maps.Keys(beside)))
	maps.Copy(tables, beside)
	one := storetest.Describe(tables)
	other := storetest.Describe(storetest.Tables(t.Context(), t, pg))
	require.Empty(t, cmp.Diff(one, other), "-SQLite +PostgreSQL")
}
