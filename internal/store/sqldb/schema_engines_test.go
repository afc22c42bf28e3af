package sqldb_test

import (
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/store/postgres"
	"github.com/tributary-server/tributary/internal/store/sqlite"
	"github.com/tributary-server/tributary/internal/store/storetest"
	"github.com/tributary-server/tributary/internal/store/testpg"
)

func TestSchema(t *testing.T) {
	t.Parallel()
	onEngines(t, storetest.Schema)
}

// TestBothEnginesHaveOneSchema compares tables, columns and keys by what they
// hold, whatever each engine calls its types.
func TestBothEnginesHaveOneSchema(t *testing.T) {
	t.Parallel()
	lite, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "tributary.db"))
	require.NoError(t, err)
	defer lite.Close()
	pg, err := postgres.Open(t.Context(), testpg.New(t))
	require.NoError(t, err)
	defer pg.Close()
	one := storetest.Describe(storetest.Tables(t.Context(), t, lite))
	other := storetest.Describe(storetest.Tables(t.Context(), t, pg))
	require.Empty(t, cmp.Diff(one, other), "-SQLite +PostgreSQL")
}
