package metatrader_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/feed/metatrader"
)

// htmlTable returns an HTML report with the given rows. A vertical bar
// separates two cells.
func htmlTable(rows ...string) string {
	var b strings.Builder
	b.WriteString("<html><body><table>\n")
	for _, row := range rows {
		b.WriteString("<tr><td>" + strings.ReplaceAll(row, "|", "</td><td>") + "</td></tr>\n")
	}
	return b.String() + "</table></body></html>"
}

const (
	mailHeader = `Ticket|Open Time|Type|Lots|Item|Price|S / L|T / P|Close Time|Price|Commission|R/O Swap|Trade P/L`
	mailTrade  = `920001|2026.06.01 10:00|buy|0.01|eurusd|1.10000|0.00000|0.00000|2026.06.01 12:00|1.10100|0.00|-0.07|1.00`
	mailOrder  = "S/500100/920001 buy 0.01 eurusd 2026-06-01T10:00:00Z@1.1 2026-06-01T12:00:00Z@1.101 c0 s-0.07 p1"
)

// TestFormsOfTheStatement reads the same trade from statements of terminals,
// daily mails of servers, and web pages of brokers.
func TestFormsOfTheStatement(t *testing.T) {
	t.Parallel()
	numbered := htmlTable("Account: 500100", "Closed Transactions:",
		`N|Ticket|Open Time|Type|Lots|Symbol|Price|S/L|T/P|Close Time|Price|Commis|Swap|Trade P/L|Comment`,
		`1|920001|2026.06.01 10:00|buy|0.01|eurusd|1.10000|0.00000|0.00000|2026.06.01 12:00|1.10100|0.00|-0.07|1.00|[tp]`,
		`2|920002|2026.06.01 10:00|balance|Deposit||||||||||100.00|`)
	for name, content := range map[string]string{
		"daily mail":                  htmlTable("A/C No: 500100|Name: Ann", "Closed Transactions:", mailHeader, mailTrade, "Closed Trade P/L:|1.00"),
		"the number in the next cell": htmlTable("A/C No:|500100|Name:|Ann", "Closed Transactions:", mailHeader, mailTrade),
		"the name in the same cell":   htmlTable("A/C No: 500100 Name: Ann", "Closed Transactions:", mailHeader, mailTrade),
		"numbered":                    numbered,
		"web statement":               htmlTable("Account: 500100", strings.Replace(mailHeader, "Lots", "Size", 1), mailTrade),
		"open trades beside it": htmlTable("A/C No: 500100", "Closed Transactions:", mailHeader, mailTrade, "Open Trades:",
			mailHeader, strings.Replace(mailTrade, "920001", "920009", 1)),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := readAll(content, serverS)
			require.NoError(t, got.err)
			require.Empty(t, got.bad)
			require.Equal(t, []string{mailOrder}, showAll(got.orders))
		})
	}
}

// TestVolumeOfZero checks that a row with a volume of zero is skipped. If one
// trade closes another (a close-by), the report has a row for each. One row has
// the whole volume, and the other has a volume of zero.
func TestVolumeOfZero(t *testing.T) {
	t.Parallel()
	const zero = `<tr><td title="close hedge by #910001">910002</td><td>2026.06.01 11:00:00</td><td>sell</td><td>0.00</td><td>eurusd</td>` +
		`<td>1.10100</td><td>0</td><td>0</td><td>2026.06.01 12:00:00</td><td>1.10100</td><td>0.00</td><td>0.00</td><td>0.00</td><td>0.00</td></tr>` + "\n"
	report := func(header, trade, closedBy string) string {
		rows := []string{header, trade}
		if closedBy != "" {
			rows = append(rows, closedBy)
		}
		return htmlTable(rows...)
	}
	const closedHeader = `Deal|Login|Name|Open Time|Type|Symbol|Volume|Open Price|Close Time|Close Price|Commission|Taxes|Agent|Swap|Profit|Pips|Comment`
	const closedTrade = `1|9001|A|2026.06.01 11:00:00|sell|EURUSD|VOLUME|1.1|2026.06.01 12:00:00|1.101|0|0|0|0|0|0|close hedge by #910001`
	for name, files := range map[string][2]string{
		"statement": {statement, strings.Replace(statement, statementColumns, statementColumns+zero, 1)},
		"statement without a comment": {statement, strings.Replace(statement, statementColumns,
			statementColumns+strings.Replace(zero, ` title="close hedge by #910001"`, "", 1), 1)},
		"daily mail": {
			report("A/C No: 500100", mailHeader, mailTrade),
			htmlTable("A/C No: 500100", mailHeader, mailTrade, strings.NewReplacer("920001", "920002", "0.01", "0.00").Replace(mailTrade)),
		},
		"closed trades": {
			report(closedHeader, strings.Replace(closedTrade, "VOLUME", "1.00", 1), ""),
			report(closedHeader, strings.Replace(closedTrade, "VOLUME", "1.00", 1), strings.Replace(closedTrade, "VOLUME", "0.00", 1)),
		},
		"server table": {serverTable, serverTable +
			"\n910012,500100,EURUSD,5,1,0,2026-06-01 11:00:00,1.10100,0,0,2026-06-01 12:00:00,1970-01-01 00:00:00,0,1,1,0,0,0,1.10100,0,0," +
			"close hedge by #910011,0,1,1780311600,2026-06-01 12:00:00\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want, got := readAll(files[0], serverS), readAll(files[1], serverS)
			require.NoError(t, got.err)
			require.Empty(t, got.bad)
			require.NotEmpty(t, want.orders)
			require.Equal(t, showAll(want.orders), showAll(got.orders))
		})
	}
}

func TestUTF16WithoutAMark(t *testing.T) {
	t.Parallel()
	for name, order := range map[string]unicode.Endianness{"little endian": unicode.LittleEndian, "big endian": unicode.BigEndian} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, content := range []string{statement, serverTable} {
				raw, err := unicode.UTF16(order, unicode.IgnoreBOM).NewEncoder().String(strings.ToValidUTF8(content, "?"))
				require.NoError(t, err)
				got := readAll(raw, serverS)
				require.NoError(t, got.err)
				require.Equal(t, showAll(readAll(content, serverS).orders), showAll(got.orders))
			}
		})
	}
}

// TestEncoding checks that text in a code page is refused unless --encoding is
// given, and that the error mentions this option.
func TestEncoding(t *testing.T) {
	t.Parallel()
	raw, err := charmap.Windows1252.NewEncoder().String(strings.ReplaceAll(serverTable, "EURUSD-std", "EURUSD.£"))
	require.NoError(t, err)
	got := readAll(raw, serverS)
	require.NoError(t, got.err)
	require.Empty(t, got.orders)
	require.Contains(t, got.bad[0].message, "--encoding windows-1252")
	for _, name := range []string{"windows-1252", "cp1252", "Windows-1252"} {
		got := readAll(raw, metatrader.Options{Server: "S", Encoding: name})
		require.NoError(t, got.err)
		require.Empty(t, got.bad)
		require.Equal(t, "EURUSD.£", got.orders[0].Symbol)
	}
	marked := readAll("\ufeff"+serverTable, metatrader.Options{Server: "S", Encoding: "utf-16le"})
	require.Len(t, marked.orders, 2, "a byte order mark overrides a named encoding")
	err = readAll(raw, metatrader.Options{Server: "S", Encoding: "klingon"}).err
	require.ErrorIs(t, err, fault.New(fault.ValidationError))
	require.ErrorContains(t, err, "windows-1251")
}

// TestAsExcelSavesIt reads numbers and times as Excel writes them in several
// locales.
func TestAsExcelSavesIt(t *testing.T) {
	t.Parallel()
	const header = "Account: 500100\nTicket;Open Time;Type;Size;Item;Price;S / L;T / P;Close Time;Price;Commission;Taxes;Swap;Profit\n"
	const row = "701;02.06.2026 10:00;buy;0,10;eurusd;1,10500;0;0;3.6.2026 9:15;1,10625;-3,00;0;0;1.234,50\n"
	both := metatrader.Options{Server: "S", DecimalComma: true, DayFirst: true}
	got := readAll(header+row, both)
	require.NoError(t, got.err)
	require.Empty(t, got.bad)
	require.Equal(t, []string{"S/500100/701 buy 0.1 eurusd 2026-06-02T10:00:00Z@1.105 2026-06-03T09:15:00Z@1.10625 c-3 s0 p1234.5"}, showAll(got.orders))
	for text, option := range map[string]string{"0,10": "--decimal-comma", "02.06.2026 10:00": "--day-first"} {
		require.Contains(t, readAll(header+row, serverS).bad[0].message, option, text)
	}
	// A number with a single point can have two meanings, so it is refused.
	ambiguous := readAll(header+strings.Replace(row, "1,10500", "1.105", 1), both)
	require.Len(t, ambiguous.bad, 1)
	require.Contains(t, ambiguous.bad[0].message, "open_price")
	// Dates may have slashes or dashes, and times may have seconds. The option
	// DayFirst does not affect a date that starts with the year.
	for _, opened := range []string{"02/06/2026 10:00:00", "2-6-2026 10:00", "2026.06.02 10:00"} {
		got := readAll(header+strings.Replace(row, "02.06.2026 10:00", opened, 1), both)
		require.Empty(t, got.bad, opened)
		require.Equal(t, time.Date(2026, 6, 2, 10, 0, 0, 0, time.UTC), got.orders[0].OpenTime, opened)
	}
	// In a workbook, the form of numbers and times does not depend on the locale.
	book := readAll(workbook(t, [][]any{
		{"Account: 5012"},
		{"Ticket", "Open Time", "Type", "Size", "Item", "Price", "S / L", "T / P", "Close Time", "Price", "Commission", "Taxes", "Swap", "Profit"},
		{701, "2020.03.02 08:00:01", "buy", 0.3, "eurusd", 1.105, 0, 0, "2020.03.02 09:15:00", 1.10625, -3, 0, 0, 12},
	}), both)
	require.Empty(t, book.bad)
	require.Len(t, book.orders, 1)
}

// TestHourThatComesTwice reads trades in the hour that occurs twice when clocks
// are set back.
func TestHourThatComesTwice(t *testing.T) {
	t.Parallel()
	athens, err := time.LoadLocation("Europe/Athens") // the clock is set back from 04:00 to 03:00 at 01:00 UTC
	require.NoError(t, err)
	const row = `1|9001|A|2026.10.25 OPENED|sell|EURUSD|1.00|1.1|2026.10.25 CLOSED|1.101|0|0|0|0|0|0|`
	const header = `Deal|Login|Name|Open Time|Type|Symbol|Volume|Open Price|Close Time|Close Price|Commission|Taxes|Agent|Swap|Profit|Pips|Comment`
	for name, tt := range map[string]struct{ opened, closed, open, shut string }{
		"both in the first hour":                           {"03:10:00", "03:50:00", "00:10", "00:50"},
		"opened in the first hour, as far as one can tell": {"03:50:00", "03:10:00", "00:50", "01:10"},
		"opened before":                                    {"02:30:00", "03:10:00", "23:30", "00:10"},
		"closed after":                                     {"03:30:00", "04:10:00", "00:30", "02:10"},
		"neither hour fits":                                {"05:30:00", "06:10:00", "03:30", "04:10"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			content := htmlTable(header, strings.NewReplacer("OPENED", tt.opened, "CLOSED", tt.closed).Replace(row))
			got := readAll(content, metatrader.Options{Server: "S", Zone: athens})
			require.Empty(t, got.bad)
			require.Equal(t, tt.open, got.orders[0].OpenTime.Format("15:04"))
			require.Equal(t, tt.shut, got.orders[0].CloseTime.Format("15:04"))
		})
	}
	wrong := readAll(htmlTable(header, strings.NewReplacer("OPENED", "06:10:00", "CLOSED", "05:30:00").Replace(row)),
		metatrader.Options{Server: "S", Zone: athens})
	require.Contains(t, wrong.bad[0].message, "close_time: is before open_time")
}
