package report_test

import (
	"encoding/csv"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/report"
)

// TestExample_IsOneRowWithItsTotals checks that the example has one row, which
// is the same in JSON and CSV, and that the totals are those of this row.
func TestExample_IsOneRowWithItsTotals(t *testing.T) {
	t.Parallel()
	for _, d := range report.Catalogue() {
		t.Run(d.ID, func(t *testing.T) {
			t.Parallel()
			var list struct {
				Data   []map[string]any
				Totals map[string]any
			}
			decoder := json.NewDecoder(strings.NewReader(string(d.Example())))
			decoder.UseNumber()
			row := map[string]any{}
			if d.Single {
				require.NoError(t, decoder.Decode(&row))
			} else {
				require.NoError(t, decoder.Decode(&list))
				require.Len(t, list.Data, 1)
				row = list.Data[0]
			}
			for name, total := range list.Totals {
				if _, isList := total.([]any); !isList && row[name] != nil {
					require.Equal(t, row[name], total, name)
				}
			}
			lines, err := csv.NewReader(strings.NewReader(d.ExampleCSV())).ReadAll()
			require.NoError(t, err)
			require.Len(t, lines, 2)
			for i, name := range lines[0] {
				switch value := row[name].(type) {
				case nil: // the cell is empty or missing
				case string:
					require.Equal(t, value, lines[1][i], name)
				default:
					encoded, err := json.Marshal(value)
					require.NoError(t, err)
					require.JSONEq(t, string(encoded), lines[1][i], name)
				}
			}
		})
	}
}
