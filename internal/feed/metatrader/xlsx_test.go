package metatrader_test

import (
	"archive/zip"
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/unicode"
)

func header() []any {
	first, _, _ := strings.Cut(serverTable, "\n")
	var row []any
	for name := range strings.SplitSeq(first, ",") {
		row = append(row, name)
	}
	return row
}

// sheetTrade returns the cells of a row of mt4_trades in a sheet.
func sheetTrade(ticket, cmd, volume int, open, closed, profit any) []any {
	cells := map[string]any{
		"TICKET": ticket, "LOGIN": 7001, "SYMBOL": "EURUSD-std", "DIGITS": 5, "CMD": cmd, "VOLUME": volume, "OPEN_TIME": open, "OPEN_PRICE": 1.0725,
		"CLOSE_TIME": closed, "EXPIRATION": 25569, "COMMISSION": -3.5, "SWAPS": -1.25, "CLOSE_PRICE": 1.0735, "PROFIT": profit,
		"COMMENT": "", "TIMESTAMP": 1654081200, "MODIFY_TIME": closed,
	}
	row := header()
	for i, name := range row {
		if row[i] = cells[name.(string)]; row[i] == nil {
			row[i] = 0
		}
	}
	return row
}

func rewrite(t *testing.T, book, part string, change func([]byte) []byte) string {
	t.Helper()
	in, err := zip.NewReader(strings.NewReader(book), int64(len(book)))
	require.NoError(t, err)
	var buf bytes.Buffer
	out := zip.NewWriter(&buf)
	changed := false
	for _, f := range in.File {
		r, err := f.Open()
		require.NoError(t, err)
		content, err := io.ReadAll(r)
		require.NoError(t, err)
		if f.Name == part {
			content, changed = change(content), true
		}
		w, err := out.Create(f.Name)
		require.NoError(t, err)
		_, err = w.Write(content)
		require.NoError(t, err)
	}
	require.NoError(t, out.Close())
	require.True(t, changed, part)
	return buf.String()
}

func TestWorkbook(t *testing.T) {
	t.Parallel()
	book := workbook(t, [][]any{
		{"exported by hand"},
		{},
		header(),
		sheetTrade(61, 0, 150, 44713.41666666667, 44713.458333333336, 56.900000000000006),
		sheetTrade(62, 1, 5, "2022-06-01 10:00:00", "2022.06.01 11:00", 20.010000000000002),
		sheetTrade(63, 0, 100, 44713.5, 25569, 1),
		sheetTrade(64, 6, 0, 44713.5, 44713.5, 500),
		sheetTrade(65, 1, 0, 44713.5, 44713.6, 1),
	})
	want := []string{
		order61,
		"S/7001/62 sell 0.05 EURUSD-std 2022-06-01T10:00:00Z@1.0725 2022-06-01T11:00:00Z@1.0735 c-3.5 s-1.25 p20.01",
	}
	check := func(t *testing.T, book string) {
		t.Helper()
		got := readAll(book, serverS)
		require.NoError(t, got.err)
		require.Equal(t, want, showAll(got.orders))
		require.Equal(t, []int{4, 5}, got.lines)
		require.Empty(t, got.bad, "close-by leaves a volume of zero")
	}
	t.Run("plain", func(t *testing.T) {
		t.Parallel()
		check(t, book)
	})
	t.Run("UTF-16 strings", func(t *testing.T) {
		t.Parallel()
		check(t, rewrite(t, book, "xl/sharedStrings.xml", func(content []byte) []byte {
			text := strings.Replace(string(content), "UTF-8", "UTF-16", 1)
			out, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().Bytes([]byte(text))
			require.NoError(t, err)
			return out
		}))
	})
	t.Run("larger than the part kept in memory", func(t *testing.T) {
		t.Parallel()
		check(t, rewrite(t, book, "xl/worksheets/sheet1.xml", func(content []byte) []byte {
			return append(content, bytes.Repeat([]byte("\n"), 17<<20)...)
		}))
	})
	t.Run("a statement", func(t *testing.T) {
		t.Parallel()
		got := readAll(workbook(t, [][]any{
			{"Account: 5012"},
			{"Closed Transactions:"},
			{"Ticket", "Open Time", "Type", "Size", "Item", "Price", "S / L", "T / P", "Close Time", "Price", "Commission", "Taxes", "Swap", "Profit"},
			{701, "2020.03.02 08:00:01", "buy", 0.3, "eurusd", 1.105, 0, 0, "2020.03.02 09:15:00", 1.10625, -3, 0, 0, "12 345"},
			{"No transactions"},
			{"Open Trades:"},
			{801, "2020.05.01 08:00:01", "buy", 1, "eurusd", 1.1, 0, 0, "2020.05.02 08:00:01", 1.2, 0, 0, 0, 5},
		}), serverS)
		require.NoError(t, got.err)
		require.Empty(t, got.bad)
		require.Equal(t, []string{order701}, showAll(got.orders))
	})
	t.Run("the other epoch", func(t *testing.T) {
		t.Parallel()
		yes := true
		got := readAll(workbook(t, [][]any{header(), sheetTrade(61, 0, 150, 43251.41666666667, 43251.458333333336, 56.9)},
			func(f *excelize.File) {
				require.NoError(t, f.SetWorkbookProps(&excelize.WorkbookPropsOptions{Date1904: &yes}))
			}), serverS)
		require.NoError(t, got.err)
		require.Equal(t, []string{order61}, showAll(got.orders))
	})
}

// TestHostileWorkbooks checks that malicious and damaged workbooks are refused
// without a panic.
func TestHostileWorkbooks(t *testing.T) {
	t.Parallel()
	book := workbook(t, [][]any{header(), sheetTrade(61, 0, 150, 44713.41666666667, 44713.458333333336, 56.9)})
	const sheet = "xl/worksheets/sheet1.xml"
	with := func(part, old, replacement string) string {
		return rewrite(t, book, part, func(content []byte) []byte {
			require.Contains(t, string(content), old)
			return bytes.Replace(content, []byte(old), []byte(replacement), 1)
		})
	}
	damaged := []byte(book)
	damaged[strings.Index(book, sheet)+len(sheet)+200] ^= 0xff
	tests := []struct{ name, book, want string }{
		{"a damaged sheet", string(damaged), sheet},
		{"a negative string", with(sheet, "<v>0</v>", "<v>-1</v>"), "index out of range"},
		{"rows without number", with(sheet, `<row r="2"`, `<row r="2000000000"`), "more than 1048576 rows"},
		{"a bomb", rewrite(t, book, "xl/styles.xml", func([]byte) []byte { return make([]byte, 17<<20) }), "would be too large"},
		{"no workbook", with("xl/workbook.xml", "<workbook", "<walkbook"), ""},
		{"a sheet of nothing", rewrite(t, book, sheet, func([]byte) []byte { return nil }), ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := readAll(test.book, serverS)
			require.ErrorContains(t, got.err, "ParseError: ")
			require.ErrorContains(t, got.err, test.want)
		})
	}
}
