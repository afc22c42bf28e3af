package metatrader

import (
	"strings"

	"github.com/tributary-server/tributary/internal/feed"
)

type field int

const (
	ticket field = iota
	login
	kind
	symbol
	lots
	openTime
	openPrice
	closeTime
	closePrice
	commission
	swap
	profit
	fieldCount
)

// column describes the column that contains a field, with the possible headers
// of that column. If several columns have such a header, the field is in the
// nth of them from the left, counted from 0.
type column struct {
	field field
	names []string
	nth   int
}

// layout describes one form of report. It applies to the rows below a header
// row that contains all of its columns. That header row may also contain other
// columns.
type layout struct {
	columns    []column
	statement  bool // whether the report has one account, which is above the table, and titles between the sections of the table
	hundredths bool // whether volumes are in hundredths of a lot
}

// layouts are the known layouts, in the order in which they are tried.
var layouts = []layout{
	{ // the terminal's statement, the server's daily mail and brokers' web statements; two of their columns are named Price
		statement: true,
		columns: []column{
			{field: ticket, names: []string{"ticket"}},
			{field: openTime, names: []string{"opentime"}},
			{field: kind, names: []string{"type"}},
			{field: lots, names: []string{"size", "volume", "lots"}},
			{field: symbol, names: []string{"item", "symbol"}},
			{field: openPrice, names: []string{"price"}},
			{field: closeTime, names: []string{"closetime"}},
			{field: closePrice, names: []string{"price"}, nth: 1},
			{field: commission, names: []string{"commission", "commis"}},
			{field: swap, names: []string{"swap", "r/oswap"}},
			{field: profit, names: []string{"profit", "tradep/l"}},
		},
	},
	{ // the Manager's Closed Trades Report and Raw Report
		columns: []column{
			{field: ticket, names: []string{"deal"}},
			{field: login, names: []string{"login"}},
			{field: openTime, names: []string{"opentime"}},
			{field: kind, names: []string{"type"}},
			{field: symbol, names: []string{"symbol"}},
			{field: lots, names: []string{"volume"}},
			{field: openPrice, names: []string{"openprice"}},
			{field: closeTime, names: []string{"closetime"}},
			{field: closePrice, names: []string{"closeprice"}},
			{field: commission, names: []string{"commission"}},
			{field: swap, names: []string{"swap"}},
			{field: profit, names: []string{"profit"}},
		},
	},
	{ // the MetaTrader server's table mt4_trades
		hundredths: true,
		columns: []column{
			{field: ticket, names: []string{"ticket"}},
			{field: login, names: []string{"login"}},
			{field: symbol, names: []string{"symbol"}},
			{field: kind, names: []string{"cmd"}},
			{field: lots, names: []string{"volume"}},
			{field: openTime, names: []string{"opentime"}},
			{field: openPrice, names: []string{"openprice"}},
			{field: closeTime, names: []string{"closetime"}},
			{field: closePrice, names: []string{"closeprice"}},
			{field: commission, names: []string{"commission"}},
			{field: swap, names: []string{"swaps"}},
			{field: profit, names: []string{"profit"}},
		},
	},
}

// table is a layout that was found in a file, with the positions of its
// columns.
type table struct {
	layout *layout
	at     [fieldCount]int // index of each field's cell; -1 if the layout does not have the field
	width  int             // number of cells up to the last field
}

// recognise returns the table if the cells are a header row, and nil otherwise.
func recognise(cells []string) *table {
	names := make([]string, len(cells))
	for i, cell := range cells {
		names[i] = headerName(cell)
	}
	for i := range layouts {
		if t := layouts[i].find(names); t != nil {
			return t
		}
	}
	return nil
}

func (l *layout) find(names []string) *table {
	t := &table{layout: l}
	for i := range t.at {
		t.at[i] = -1
	}
	for _, c := range l.columns {
		at := c.find(names)
		if at < 0 {
			return nil
		}
		t.at[c.field] = at
		t.width = max(t.width, at+1)
	}
	return t
}

func (c *column) find(names []string) int {
	seen := 0
	for i, name := range names {
		for _, want := range c.names {
			if name != want {
				continue
			}
			if seen == c.nth {
				return i
			}
			seen++
		}
	}
	return -1
}

// headerName removes case, blanks, underscores and quotation marks from a
// header. "Open Time", OPEN_TIME and "open time" all become "opentime".
func headerName(cell string) string {
	if len(cell) > 64 {
		return ""
	}
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'A' && r <= 'Z':
			return r + ('a' - 'A')
		case (r >= 'a' && r <= 'z') || (r >= '0' && r <= '9') || r == '/':
			return r
		}
		return -1
	}, cell)
}

// sections are the titles of the sections of a statement. The value is true for
// the section of closed trades.
var sections = map[string]bool{
	"closed transactions:": true,
	"open trades:":         false,
	"working orders:":      false,
	"summary:":             false,
	"details:":             false,
}

// section reports whether a row is the title of the section of closed trades,
// and whether it is the title of any section.
func section(cells []string) (closed, title bool) {
	for _, cell := range cells[1:] {
		if cellText(cell) != "" {
			return false, false
		}
	}
	closed, title = sections[strings.ToLower(cellText(cells[0]))]
	return closed, title
}

// accountLabels lists the words that can precede the account's number above a
// statement.
var accountLabels = []string{"account:", "a/c no:"}

// headAccount reads the account from a row above a statement. The number is in
// the same cell ("Account: 12345678") or in the next one, and may be missing.
// labelled is false if the row does not begin with one of accountLabels.
func headAccount(cells []string) (account string, labelled bool) {
	first := cellText(cells[0])
	for _, label := range accountLabels {
		if len(first) < len(label) || !strings.EqualFold(first[:len(label)], label) {
			continue
		}
		words := strings.Fields(first[len(label):])
		if len(words) == 0 && len(cells) > 1 {
			words = []string{cellText(cells[1])}
		}
		if len(words) > 0 && feed.Digits(words[0]) {
			account = words[0]
		}
		return account, true
	}
	return "", false
}
