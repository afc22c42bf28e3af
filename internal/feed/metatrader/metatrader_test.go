package metatrader_test

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/encoding/unicode"

	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/feed/metatrader"
)

var serverS = metatrader.Options{Server: "S"}

const (
	order701 = "S/5012/701 buy 0.3 eurusd 2020-03-02T08:00:01Z@1.105 2020-03-02T09:15:00Z@1.10625 c-3 s0 p12345"
	order702 = "S/5012/702 buy 0.7 eurusd 2020-03-02T08:00:01Z@1.105 2020-03-03T10:00:00Z@1.104 c-7 s-12 p-1217846.9"
	order31  = "S/9001/31 sell 1.5 XAUUSD.m 2021-01-04T10:00:00Z@1930.25 2021-01-04T12:30:45Z@1925 c-10.5 s0.25 p787.5"
	order32  = "S/9002/32 buy 0.01 usdjpy 2021-01-04T10:00:00Z@103.105 2021-01-05T09:00:00Z@103 c0 s0 p-1.02"
	order61  = "S/7001/61 buy 1.5 EURUSD-std 2022-06-01T10:00:00Z@1.0725 2022-06-01T11:00:00Z@1.0735 c-3.5 s-1.25 p56.9"
	order62  = "S/7001/62 sell 0.05 EURUSD-std 2022-06-01T10:00:00Z@1.0725 2022-06-01T11:00:00Z@1.0735 c0 s0 p-0.05"
)

func utf16(t *testing.T, order unicode.Endianness, text string) string {
	t.Helper()
	out, err := unicode.UTF16(order, unicode.UseBOM).NewEncoder().String(strings.ToValidUTF8(text, "?"))
	require.NoError(t, err)
	return out
}

func TestLayouts(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		content string
		opt     metatrader.Options
		want    []string
	}{
		{"statement", statement, serverS, []string{order701, order702}},
		{"statement, Volume for Size", strings.ReplaceAll(statement, "<td>Size</td>", "<td>Volume</td>"), serverS, []string{order701, order702}},
		{"statement, the file's account counts", statement, metatrader.Options{Server: "S", Account: "1"}, []string{order701, order702}},
		{
			"statement without an account", strings.Replace(statement, "Account: 5012", "Account: ", 1),
			metatrader.Options{Server: "S", Account: "5012"},
			[]string{order701, order702},
		},
		{"closed trades", closedReport, serverS, []string{order31, order32}},
		{"raw report", rawReport, serverS, []string{order31}},
		{"server table", serverTable, serverS, []string{order61, order62}},
		{"UTF-8 with a mark", "\ufeff" + strings.ToValidUTF8(statement, "?"), serverS, []string{order701, order702}},
		{"UTF-16 little endian", utf16(t, unicode.LittleEndian, statement), serverS, []string{order701, order702}},
		{"UTF-16 big endian CSV", utf16(t, unicode.BigEndian, serverTable), serverS, []string{order61, order62}},
		{"no-break spaces", strings.ReplaceAll(statement, "12 345<", "12&nbsp;345<"), serverS, []string{order701, order702}},
		{"a code page's no-break space", strings.ReplaceAll(statement, "12 345<", "12\xa0345<"), serverS, []string{order701, order702}},
		{"rows without end tags", strings.NewReplacer("</tr>", "", "</td>", "").Replace(rawReport), serverS, []string{order31}},
		{"upper case tags", strings.NewReplacer("<tr", "<TR", "<td", "<TD", "colspan", "COLSPAN").Replace(statement), serverS, []string{order701, order702}},
		{"two statements in one file", statement + strings.NewReplacer("5012", "5013").Replace(statement), serverS, []string{
			order701, order702, strings.Replace(order701, "5012", "5013", 1), strings.Replace(order702, "5012", "5013", 1),
		}},
		{"a statement with no trades", statementHead + statementColumns + statementTail, serverS, []string{}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := readAll(test.content, test.opt)
			require.NoError(t, got.err)
			require.Empty(t, got.bad)
			require.Equal(t, test.want, showAll(got.orders))
		})
	}
}

func TestFacts(t *testing.T) {
	t.Parallel()
	var facts []feed.Fact
	read := func(content, server string) {
		require.NoError(t, metatrader.Read(strings.NewReader(content), metatrader.Options{Server: server},
			func(_ int, fact feed.Fact, err error) error {
				require.NoError(t, err)
				facts = append(facts, fact)
				return nil
			}))
	}
	read(closedReport, "S")
	read(rawReport, "S")
	read(rawReport, "T")
	read(strings.Replace(rawReport, "787.50", "787.51", 1), "S")
	require.Len(t, facts, 5)
	for _, fact := range facts {
		require.Regexp(t, `^mt4-[0-9a-f]{40}$`, fact.ID)
		require.Equal(t, feed.OrderClosed, fact.Type)
		require.Equal(t, fact.Body.(*feed.Order).CloseTime, fact.At)
		require.Equal(t, time.UTC, fact.At.Location())
	}
	require.Equal(t, facts[0].ID, facts[2].ID, "two reports of the same trade")
	require.NotEqual(t, facts[2].ID, facts[3].ID, "another server")
	require.NotEqual(t, facts[2].ID, facts[4].ID, "another profit")
}

func TestLines(t *testing.T) {
	t.Parallel()
	got := readAll(statement, serverS)
	lines := strings.Split(statement, "\n")
	require.Len(t, got.lines, 2)
	require.Contains(t, lines[got.lines[0]-1], ">701<")
	require.Contains(t, lines[got.lines[1]-1], ">702<")
	require.Equal(t, []int{2, 3}, readAll(serverTable, serverS).lines)
}

func TestClock(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ zone, open, close string }{
		{"+02:00", "2020-03-02T06:00:01Z", "2020-03-02T07:15:00Z"},
		{"-0530", "2020-03-02T13:30:01Z", "2020-03-02T14:45:00Z"},
		{"+3", "2020-03-02T05:00:01Z", "2020-03-02T06:15:00Z"},
		{"+3:30", "2020-03-02T04:30:01Z", "2020-03-02T05:45:00Z"},
		{"Z", "2020-03-02T08:00:01Z", "2020-03-02T09:15:00Z"},
		{"Europe/Athens", "2020-03-02T06:00:01Z", "2020-03-02T07:15:00Z"},
	} {
		zone, err := metatrader.ParseZone(test.zone)
		require.NoError(t, err, test.zone)
		got := readAll(statement, metatrader.Options{Server: "S", Zone: zone})
		require.NoError(t, got.err)
		require.Equal(t, test.open, got.orders[0].OpenTime.Format(time.RFC3339), test.zone)
		require.Equal(t, test.close, got.orders[0].CloseTime.Format(time.RFC3339), test.zone)
	}
	for _, text := range []string{"", "2", "+", "+2:", "+25:00", "+14:01", "-15:00", "+02:60", "Local", "Nowhere/Else", "../etc/passwd"} {
		_, err := metatrader.ParseZone(text)
		require.ErrorIs(t, err, fault.New(fault.ValidationError), text)
	}
}

func TestBadOptionsAndFiles(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		content string
		opt     metatrader.Options
		want    string
	}{
		{"no server", statement, metatrader.Options{}, "ValidationError; server: Name the trading server"},
		{"a server with a line end", statement, metatrader.Options{Server: "a\nb"}, "server: A server's name must have at most 100 printable"},
		{"an account in words", statement, metatrader.Options{Server: "S", Account: "mine"}, "account: Must be an account number"},
		{"no account anywhere", strings.Replace(statement, "Account: 5012", "Account: ", 1), serverS, "account: The file does not contain an account number"},
		{"empty", "", serverS, "ParseError: This is not a MetaTrader 4 history. Send"},
		{"text", "hello\nworld\n", serverS, "This is not a MetaTrader 4 history"},
		{"another page", "<html><table><tr><td>Deal</td><td>Login</td></tr></table>", serverS, "This is not a MetaTrader 4 history"},
		{"an old workbook", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", serverS, "old or an encrypted Excel file"},
		{"half a workbook", "PK\x03\x04 and nothing else", serverS, "not an XLSX workbook that can be read"},
		{"an endless tag", "<table><tr><td title=\"" + strings.Repeat("x", 2<<20), serverS, "A piece of the HTML is longer"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := readAll(test.content, test.opt)
			require.ErrorContains(t, got.err, test.want)
			require.NotEmpty(t, fault.CodeOf(got.err))
			require.Empty(t, got.orders)
		})
	}
}

// TestForeignErrors checks that Read does not blame the file's content for a
// disk error, and that it returns an error of yield unchanged.
func TestForeignErrors(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken disk")
	for _, begin := range []string{"", statement[:len(statement)/2], serverTable, "PK\x03\x04"} {
		r := io.MultiReader(strings.NewReader(begin), iotest.ErrReader(broken))
		err := metatrader.Read(r, serverS, func(int, feed.Fact, error) error { return nil })
		require.ErrorIs(t, err, broken)
		require.Empty(t, fault.CodeOf(err))
	}

	enough, calls := errors.New("enough"), 0
	for _, content := range []string{statement, serverTable} {
		calls = 0
		err := metatrader.Read(strings.NewReader(content), serverS, func(int, feed.Fact, error) error {
			calls++
			return enough
		})
		require.Equal(t, enough, err)
		require.Equal(t, 1, calls)
	}
}
