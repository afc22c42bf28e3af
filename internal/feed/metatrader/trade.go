package metatrader

import (
	"fmt"
	"strings"

	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/money"
	free "github.com/tributary-server/tributary/internal/text"
)

// sides are the sides of orders, by the type of trade. In reports, the type is
// a word. In the server's table, it is a number in the column CMD.
var sides = map[string]string{"buy": feed.Buy, "sell": feed.Sell, "0": feed.Buy, "1": feed.Sell}

// others are the types of rows that are not trades.
var others = map[string]bool{
	"balance": true, "credit": true,
	"buy limit": true, "sell limit": true, "buy stop": true, "sell stop": true,
	"2": true, "3": true, "4": true, "5": true, "6": true, "7": true,
}

type reader struct {
	opt   Options
	yield func(line int, fact feed.Fact, err error) error
	sheet bool  // whether the file is a spreadsheet, which can have rounding errors and serial times
	book  bool  // whether the file is a workbook, whose numbers always have decimal points
	shift int64 // number of days from 1899-12-30 to day 0 of the sheet's serial times

	account string // account above a statement; empty if there is none
	closed  bool   // whether the row is in the section of closed trades, or the file has no sections
	table   *table // current table; nil outside a table
	found   bool   // whether the file contains a table of trades
}

// handleRow handles one row of the file. readErr is not nil if the row could
// not be read.
func (rd *reader) handleRow(line int, cells []string, readErr error) error {
	if readErr != nil {
		return rd.yield(line, feed.Fact{}, readErr)
	}
	if len(cells) == 0 {
		return nil
	}
	if rd.table != nil && isDigits(dropZeroFraction(rd.table.cell(cells, ticket))) {
		return rd.trade(line, cells)
	}
	if account, head := headAccount(cells); head {
		rd.account, rd.table, rd.closed = account, nil, true
		return nil
	}
	if closed, title := section(cells); title {
		rd.closed, rd.table = closed, nil
		return nil
	}
	if t := recognise(cells); t != nil {
		return rd.header(t)
	}
	if rd.table != nil {
		return rd.trade(line, cells)
	}
	return nil
}

func (rd *reader) header(t *table) error {
	if t.layout.statement {
		if !rd.closed {
			return nil
		}
		if rd.account == "" && rd.opt.Account == "" {
			return fault.Invalid("account", "required", "The file does not contain an account number. Give it with --account.")
		}
	}
	rd.table, rd.found = t, true
	return nil
}

// cell returns the text of a field in a row. It returns "" if the row does not
// have the field.
func (t *table) cell(cells []string, f field) string {
	if at := t.at[f]; at >= 0 && at < len(cells) {
		return cellText(cells[at])
	}
	return ""
}

func (rd *reader) trade(line int, cells []string) error {
	number := dropZeroFraction(rd.table.cell(cells, ticket))
	if strings.EqualFold(rd.table.cell(cells, symbol), "profit") {
		return nil // a row of totals
	}
	name := strings.ToLower(strings.Join(strings.Fields(rd.table.cell(cells, kind)), " "))
	side, isTrade := sides[dropZeroFraction(name)]
	switch {
	case isTrade:
	case !isDigits(number), others[dropZeroFraction(name)]:
		return nil
	case len(cells) < rd.table.width:
		return rd.reject(line, number, rd.short(cells))
	default:
		return rd.reject(line, number, refuse("invalid",
			"type: %s is not buy, sell, a pending order, balance or credit", quote(name)))
	}
	if rd.isZero(rd.table.cell(cells, lots)) {
		return nil // a close-by leaves this row; the other trade has the whole volume
	}
	if len(cells) <= rd.table.at[closeTime] {
		return rd.reject(line, number, rd.short(cells))
	}
	if rd.isOpen(rd.table.cell(cells, closeTime)) {
		return nil
	}
	order, err := rd.order(cells, side)
	if err != nil {
		return rd.reject(line, number, err)
	}
	return rd.yield(line, feed.Fact{ID: factID(order), Type: feed.OrderClosed, At: order.CloseTime, Body: order}, nil)
}

// reject calls yield with an error for a row that cannot be read as a trade.
func (rd *reader) reject(line int, ticket string, err *feed.LineError) error {
	if !free.FactID.Exceeded(ticket) && printable(ticket) {
		err.ID = ticket
	}
	return rd.yield(line, feed.Fact{}, err)
}

func (rd *reader) short(cells []string) *feed.LineError {
	return refuse("invalid", "the row ends after %d of the table's %d columns", len(cells), rd.table.width)
}

func refuse(code, format string, args ...any) *feed.LineError {
	return &feed.LineError{Code: code, Message: fmt.Sprintf(format, args...)}
}

// isOpen reports whether a trade is still open. Its close time is then missing,
// or is the start of 1970, which servers write in place of zero.
func (rd *reader) isOpen(text string) bool {
	if text == "" {
		return true
	}
	at, ok := rd.time(text)
	return ok && at.Year() == 1970
}

// isZero reports whether a volume is zero. It returns false for an empty cell,
// and for text that is not a number.
func (rd *reader) isZero(text string) bool {
	digits, ok := rd.toDecimal(text)
	n, err := money.ParseScaled(digits, money.LotsPlaces)
	return ok && err == nil && n == 0
}
