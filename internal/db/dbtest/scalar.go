package dbtest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/db"
)

// Scalar runs a query and returns the single number of its result.
func Scalar(t *testing.T, db db.DB, query string, args ...any) (n int64) {
	t.Helper()
	require.NoError(t, db.QueryRow(t.Context(), query, args...).Scan(&n))
	return n
}
