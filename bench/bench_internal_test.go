package main

import (
	"bytes"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestBench runs every benchmark on a small database. Each row of the printed
// table must have a figure, and each rate must be above zero.
func TestBench(t *testing.T) {
	t.Parallel()
	for part, figures := range map[string]int{"accrual": 2, "rebates": 3, "requests": 4, "clicks": 2} {
		t.Run(part, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			o := options{orders: 500, rows: 2_000, accounts: 5_500, length: 50 * time.Millisecond, engine: "SQLite", part: part}
			require.NoError(t, run(t.Context(), &out, &o))
			rows := strings.Split(strings.TrimSpace(out.String()), "\n")[2:]
			require.Len(t, rows, figures, out.String())
			for _, row := range rows {
				cells := strings.Split(strings.TrimSuffix(strings.TrimPrefix(row, "|"), "|"), "|")
				require.Len(t, cells, 4, row)
				require.Contains(t, cells[0], "SQLite")
				reached, err := strconv.ParseFloat(regexp.MustCompile(`[0-9.]+`).FindString(cells[1]), 64)
				require.NoError(t, err, row)
				if !strings.Contains(cells[0], "seconds") { // a few rebates are paid so fast that the seconds are printed as 0.0
					require.Positive(t, reached, row)
				}
			}
		})
	}
}

func TestBench_Reports(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	require.NoError(t, run(t.Context(), &out, &options{rows: 2_000, store: 5_000, engine: "SQLite", part: "reports"}))
	rows := strings.Split(strings.TrimSpace(out.String()), "\n")[2:]
	require.Len(t, rows, 2*(len(reportCases)+len(brokerCases)+2), "each report and two files of CSV, on the small partner and on the large one")
}
