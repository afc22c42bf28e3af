package apitest

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func (w *World) Number(t *testing.T, query string) (n int64) {
	t.Helper()
	require.NoError(t, w.DB.QueryRow(t.Context(), query).Scan(&n))
	return n
}
