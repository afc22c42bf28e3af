package apitest

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

// Listing holds the fields that existing programs read in the response of a
// list.
type Listing struct {
	Data    []map[string]any `json:"data"`
	Results []map[string]any `json:"results"`
	Count   int              `json:"count"`
	Totals  map[string]any   `json:"totals"`
}

func (l *Listing) Column(name string) []any {
	values := []any{}
	for _, row := range l.Data {
		values = append(values, row[name])
	}
	return values
}

func (w *World) List(t *testing.T, target string) *Listing {
	t.Helper()
	got := w.Call(t, "a", http.MethodGet, target, "")
	require.Equal(t, http.StatusOK, got.Code, "%s: %s", target, got.Body)
	var l Listing
	require.NoError(t, json.Unmarshal(got.Body.Bytes(), &l))
	return &l
}
