package dbtest

import (
	"context"
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/db"
)

// Row has the values of a row by column.
type Row map[string]any

// Insert inserts rows into a table. All rows have the same columns.
func Insert[R ~map[string]any](tb testing.TB, d db.DB, table string, rows ...R) {
	tb.Helper()
	columns := slices.Sorted(maps.Keys(rows[0]))
	for _, row := range rows {
		require.Equal(tb, columns, slices.Sorted(maps.Keys(row)), table)
	}
	require.NoError(tb, d.Lock(tb.Context(), db.WholeStore(), func(ctx context.Context, q db.Querier) error {
		return q.Bulk(ctx, db.BulkInsert{Table: table, Columns: columns, Rows: len(rows), Row: func(i int, dst []any) {
			for c, name := range columns {
				dst[c] = rows[i][name]
			}
		}})
	}), table)
}
