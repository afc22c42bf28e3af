package metatrader_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestBadRows puts each faulty row between two valid trades, and checks that
// Read yields both valid trades.
func TestBadRows(t *testing.T) {
	t.Parallel()
	cells := []string{"88", "2020.03.02 08:00:01", "sell", "1.00", "gbpusd", "1.25", "0", "0", "2020.03.02 09:00:00", "1.24", "0", "0", "0", "1000.00"}
	tests := []struct {
		name  string
		cell  int
		value string
		want  string // expected error; empty for a valid row
	}{
		{"as it is", 3, "1.00", ""},
		{"a ticket in words", 0, "abc", "invalid: ticket: \"abc\" is not a whole number"},
		{"ticket zero", 0, "0", "ticket: \"0\" is not a whole number"},
		{"a ticket beyond int64", 0, "9999999999999999999", "ticket: "},
		{"an unknown type", 2, "hold", "type: \"hold\" is not buy"},
		{"no lots", 3, "", "required: lots: the cell is empty"},
		{"negative lots", 3, "-1.00", "out_of_range: lots: \"-1.00\": must be above zero"},
		{"lots to 8 places", 3, "0.00000001", ""},
		{"lots to 9 places", 3, "0.000000001", "decimal_places: lots: \"0.000000001\": too many decimal places: at most 8"},
		{"too many lots", 3, "99999999999999999999", "out_of_range: lots: \"99999999999999999999\": number out of range"},
		{"no symbol", 4, "&nbsp;", "symbol: the cell is empty"},
		{"a symbol in another code page", 4, "\xc3\xc0\xd4\xaa", "symbol: "},
		{"a long symbol", 4, strings.Repeat("x", 101), "symbol: "},
		{"a negative price", 5, "-1.25", "open_price: \"-1.25\": must be above zero"},
		{"a price to 10 places", 5, "1.0000000001", ""},
		{"a price to 11 places", 5, "1.00000000001", "open_price: "},
		{"noise, outside of a spreadsheet", 13, "56.900000000000006", "profit: "},
		{"a price in words", 9, "market", "close_price: \"market\": not a decimal number"},
		{"a decimal comma", 9, "1,24", "close_price: \"1,24\" is not a number"},
		{"commas for thousands", 13, "-17,846.90", ""},
		{"bad groups", 13, "17 84.90", "profit: \"17 84.90\" is not a number"},
		{"spaces and commas", 13, "1 017,846.90", "profit: "},
		{"money to 7 places", 13, "1.0000001", "profit: "},
		{"no money", 13, "", ""},
		{"an impossible day", 1, "2020.02.30 08:00:00", "open_time: \"2020.02.30 08:00:00\" is not a time"},
		{"no open time", 1, "", "open_time: the cell is empty"},
		{"a serial outside of a spreadsheet", 1, "43892.5", "open_time: "},
		{"before MetaTrader", 1, "1985.01.01 00:00:00", "open_time: \"1985.01.01 00:00:00\" must be between the years 1990 and 2200"},
		{"dashes", 1, "2020-03-02 08:00:01", ""},
		{"a T and no seconds", 1, "2020-03-02T08:00", ""},
		{"too many lots to be real", 3, "10000000.01", "out_of_range: lots: must be at most 1000000"},
		{"too much money to be real", 13, "-100000000000.01", "out_of_range: profit: must be at most 10000000000"},
		{"a price of zero", 9, "0.00", "close_price: "},
		{"closed before it was opened", 8, "2020.03.02 08:00:00", "invalid: close_time: is before open_time"},
		{"a time in words", 8, "soon enough, perhaps", "close_time: "},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			changed := append([]string{}, cells...)
			changed[test.cell] = test.value
			row := "<tr><td>" + strings.Join(changed, "</td><td>") + "</td></tr>\n"
			got := readAll(statementHead+statementColumns+statementClosed+row+statementClosed+statementTail, serverS)
			require.NoError(t, got.err)
			if test.want == "" {
				require.Empty(t, got.bad)
				require.Len(t, got.orders, 5)
				return
			}
			require.Len(t, got.orders, 4)
			require.Len(t, got.bad, 1)
			require.Contains(t, got.bad[0].message, test.want)
			require.Equal(t, changed[0], got.bad[0].id)
			require.Equal(t, strings.Count(statementHead+statementColumns+statementClosed, "\n")+1, got.bad[0].line)
		})
	}
}

func TestBadRowNamesEveryFault(t *testing.T) {
	t.Parallel()
	row := "<tr><td>88</td><td>?</td><td>buy</td><td>?</td><td></td><td>?</td><td></td><td></td><td>?</td><td>?</td><td>?</td><td></td><td>?</td><td>?</td></tr>"
	got := readAll(statementHead+statementColumns+row, serverS)
	require.NoError(t, got.err)
	require.Len(t, got.bad, 1)
	for _, field := range []string{"open_time", "lots", "symbol", "open_price", "close_time", "close_price", "commission", "swap", "profit"} {
		require.Contains(t, got.bad[0].message, field+": ")
	}
}

func TestShortRow(t *testing.T) {
	t.Parallel()
	got := readAll(statementHead+statementColumns+"<tr><td>88</td><td>2020.03.02 08:00:01</td><td>buy</td><td>1.00</td></tr>"+statementClosed, serverS)
	require.NoError(t, got.err)
	require.Len(t, got.orders, 2)
	require.Equal(t, []rejection{{10, "88", "invalid: the row ends after 4 of the table's 14 columns"}}, got.bad)
}

func TestCSV(t *testing.T) {
	t.Parallel()
	lines := strings.Split(strings.TrimSpace(serverTable), "\n")
	header, first, second := lines[0], lines[1], lines[2]
	t.Run("delimiters", func(t *testing.T) {
		t.Parallel()
		for _, delimiter := range []string{";", "\t"} {
			got := readAll("sep="+delimiter+"\r\n"+strings.ReplaceAll(header+"\r\n"+second, ",", delimiter), serverS)
			require.NoError(t, got.err)
			require.Equal(t, []string{order62}, showAll(got.orders))
		}
	})
	t.Run("quoted header and cells", func(t *testing.T) {
		t.Parallel()
		quoted := func(line string) string { return `"` + strings.ReplaceAll(line, ",", `","`) + `"` }
		got := readAll(quoted(header)+"\n"+quoted(second)+"\n", serverS)
		require.NoError(t, got.err)
		require.Equal(t, []string{order62}, showAll(got.orders))
	})
	t.Run("an odd quotation mark spoils no other row", func(t *testing.T) {
		t.Parallel()
		odd := strings.Replace(second, "0,,0,0,16", `0,"odd,0,0,16`, 1)
		require.NotEqual(t, second, odd)
		got := readAll(header+"\n"+odd+"\n"+first+"\n", serverS)
		require.NoError(t, got.err)
		require.Empty(t, got.bad)
		require.Equal(t, []string{order62, order61}, showAll(got.orders))
	})
	t.Run("an endless line spoils no other row", func(t *testing.T) {
		t.Parallel()
		got := readAll(header+"\n"+first+"\n"+strings.Repeat("9,", 200<<10)+"\n"+second+"\n", serverS)
		require.NoError(t, got.err)
		require.Equal(t, []rejection{{3, "", "max_length: the line is longer than 65536 bytes"}}, got.bad)
		require.Equal(t, []string{order61, order62}, showAll(got.orders))
		require.Equal(t, []int{2, 4}, got.lines)
	})
	t.Run("a statement saved again", func(t *testing.T) {
		t.Parallel()
		got := readAll(strings.Join([]string{
			"Account: 5012,,Name: A,,,,,Currency: JPY,,,,,,",
			"Closed Transactions:,,,,,,,,,,,,,",
			"Ticket,Open Time,Type,Size,Item,Price,S / L,T / P,Close Time,Price,Commission,Taxes,Swap,Profit",
			`701.0,2020.03.02 08:00:01,buy,0.30,eurusd,1.10500,0,0,2020.03.02 09:15:00,1.10625,-3,0,0,"12,345.00"`,
			"703,2020.03.01 00:00:00,balance,Deposit,,,,,,,,,,100 000",
			",,,,,,,,,,-10,0,-12,-5 501",
			"Open Trades:,,,,,,,,,,,,,",
			"801,2020.05.01 08:00:01,buy,1.00,eurusd,1.1,0,0,2020.05.02 08:00:01,1.2,0,0,0,5",
		}, "\n"), serverS)
		require.NoError(t, got.err)
		require.Empty(t, got.bad)
		require.Equal(t, []string{order701}, showAll(got.orders))
	})
	t.Run("a ticket that Excel has shortened is refused", func(t *testing.T) {
		t.Parallel()
		got := readAll(header+"\n"+strings.Replace(second, "62,", "1.23E+11,", 1), serverS)
		require.NoError(t, got.err)
		require.Empty(t, got.orders)
		require.Contains(t, got.bad[0].message, `ticket: "1.23E+11" is not a whole number`)
	})
}

// TestNoise checks that Read removes the rounding errors of binary fractions
// from numbers.
func TestNoise(t *testing.T) {
	t.Parallel()
	lines := strings.Split(strings.TrimSpace(serverTable), "\n")
	for _, cents := range []int{1, 10, 29, 57, 100, 5690, 999999, 123456789} {
		for _, sign := range []float64{1, -1} {
			exact := sign * float64(cents) / 100
			for _, noisy := range []float64{exact, math.Nextafter(exact, 0), math.Nextafter(exact, sign*1e300)} {
				for _, form := range []string{"%.17g", "%.17e"} {
					text := fmt.Sprintf(form, noisy)
					got := readAll(lines[0]+"\n"+strings.Replace(lines[2], "-0.05,", text+",", 1), serverS)
					require.NoError(t, got.err)
					require.Empty(t, got.bad, text)
					require.Equal(t, int64(sign)*int64(cents)*10_000, int64(got.orders[0].Profit), text)
				}
			}
		}
	}
	// A number without a rounding error does not change.
	got := readAll(lines[0]+"\n"+strings.Replace(lines[2], "-0.05,", "0.0000001,", 1), serverS)
	require.Contains(t, got.bad[0].message, "profit: ")
}
