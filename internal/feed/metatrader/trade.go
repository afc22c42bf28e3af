package metatrader

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/money"
)

// sides are the types of a trade: the word in a report, CMD in the server's table.
var sides = map[string]string{"buy": feed.Buy, "sell": feed.Sell, "0": feed.Buy, "1": feed.Sell}

// others are the types of rows that are no trades.
var others = map[string]bool{
	"balance": true, "credit": true,
	"buy limit": true, "sell limit": true, "buy stop": true, "sell stop": true,
	"2": true, "3": true, "4": true, "5": true, "6": true, "7": true,
}

// reader turns the rows of one file into facts.
type reader struct {
	opt   Options
	yield func(line int, fact feed.Fact, err error) error
	sheet bool  // the file is a spreadsheet: its numbers carry noise, its times may be serials
	shift int64 // days between the epoch of the sheet's serials and Excel's usual one

	account string // named above a statement; "" when it is not
	closed  bool   // in the section of closed trades, or in a file without sections
	table   *table // the table the rows belong to, nil outside of one
	found   bool   // there was such a table
}

// row takes one row of the file, or the error that stands in its place.
func (rd *reader) row(line int, cells []string, err error) error {
	if err != nil {
		return rd.yield(line, feed.Fact{}, err)
	}
	if len(cells) == 0 {
		return nil
	}
	if rd.table != nil && isDigits(whole(rd.table.cell(cells, ticket))) {
		return rd.trade(line, cells)
	}
	if account, head := headAccount(plain(cells[0])); head {
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

// header begins a table.
func (rd *reader) header(t *table) error {
	if t.layout.statement {
		if !rd.closed {
			return nil
		}
		if rd.account == "" && rd.opt.Account == "" {
			return fault.Invalid("account", "required", "The file does not name its account: say which one it is.")
		}
	}
	rd.table, rd.found = t, true
	return nil
}

// cell is a field of a row as it stands there, "" when there is none.
func (t *table) cell(cells []string, f field) string {
	if at := t.at[f]; at >= 0 && at < len(cells) {
		return plain(cells[at])
	}
	return ""
}

// trade reads a row inside a table.
func (rd *reader) trade(line int, cells []string) error {
	number := whole(rd.table.cell(cells, ticket))
	if strings.EqualFold(rd.table.cell(cells, symbol), "profit") {
		return nil // an aggregate
	}
	name := strings.ToLower(strings.Join(strings.Fields(rd.table.cell(cells, kind)), " "))
	side, isTrade := sides[whole(name)]
	switch {
	case isTrade:
	case !isDigits(number), others[whole(name)]:
		return nil
	case len(cells) < rd.table.width:
		return rd.reject(line, number, rd.short(cells))
	default:
		return rd.reject(line, number, fault.Invalid("type", "invalid",
			quote(name)+" is no type of MetaTrader 4: buy, sell, a pending order, balance or credit."))
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

// reject reports a row that ought to be a trade.
func (rd *reader) reject(line int, ticket string, err error) error {
	if len(ticket) > 64 || !printable(ticket) {
		ticket = ""
	}
	return rd.yield(line, feed.Fact{ID: ticket}, err)
}

func (rd *reader) short(cells []string) error {
	return &fault.Error{Code: fault.ParseError, Message: fmt.Sprintf(
		"The row ends after %d of the table's %d columns.", len(cells), rd.table.width)}
}

// isOpen tells a trade that still runs: no close time, or the server's zero.
func (rd *reader) isOpen(text string) bool {
	if text == "" {
		return true
	}
	at, ok := rd.time(text)
	return ok && at.Year() == 1970
}

// order reads a closed trade; the error names every field that is wrong.
func (rd *reader) order(cells []string, side string) (*feed.Order, error) {
	var bad fault.Fields
	get := func(f field) string { return rd.table.cell(cells, f) }

	o := &feed.Order{Server: rd.opt.Server, Side: side}
	var err error
	if o.Ticket, err = money.ParseScaled(whole(get(ticket)), 0); err != nil || o.Ticket <= 0 || !isDigits(whole(get(ticket))) {
		bad.Add("ticket", "invalid", quote(get(ticket))+" is no ticket: a whole number above zero is.")
	}
	o.ClientAccount = rd.accountOf(get(login))
	if !isAccount(o.ClientAccount) {
		bad.Add("client_account", "invalid", quote(o.ClientAccount)+" is no account: a number in digits is.")
	}
	o.Symbol = get(symbol)
	if o.Symbol == "" {
		bad.Add("symbol", "required", "The row names no symbol.")
	} else if len(o.Symbol) > maxSymbol || !printable(o.Symbol) {
		bad.Add("symbol", "invalid", fmt.Sprintf("%s is no symbol: at most %d bytes of readable UTF-8 are.", quote(o.Symbol), maxSymbol))
	}
	lotPlaces := money.LotsPlaces
	if rd.table.layout.hundredths {
		lotPlaces -= 2
	}
	o.Lots = money.Lots(rd.number(&bad, "lots", get(lots), lotPlaces, positive))
	o.OpenTime = rd.instant(&bad, "open_time", get(openTime))
	o.CloseTime = rd.instant(&bad, "close_time", get(closeTime))
	o.OpenPrice = money.Price(rd.number(&bad, "open_price", get(openPrice), money.PricePlaces, notNegative))
	o.ClosePrice = money.Price(rd.number(&bad, "close_price", get(closePrice), money.PricePlaces, notNegative))
	o.Commission = money.Amount(rd.number(&bad, "commission", get(commission), money.AmountPlaces, blankIsZero))
	o.Swap = money.Amount(rd.number(&bad, "swap", get(swap), money.AmountPlaces, blankIsZero))
	o.Profit = money.Amount(rd.number(&bad, "profit", get(profit), money.AmountPlaces, blankIsZero))
	return o, bad.Err()
}

// accountOf is whose the trade is: the row's login where the layout has one,
// else the account above the statement, else the one the caller named.
func (rd *reader) accountOf(cell string) string {
	switch {
	case rd.table.at[login] >= 0:
		return whole(cell)
	case rd.account != "":
		return rd.account
	}
	return rd.opt.Account
}

// rule is what a number may be.
type rule int

const (
	blankIsZero rule = iota // any number, and 0 when the cell is empty
	notNegative
	positive
)

// number reads a number scaled to places, or notes what is wrong with it.
func (rd *reader) number(bad *fault.Fields, name, text string, places int, allowed rule) int64 {
	if text == "" {
		if allowed != blankIsZero {
			bad.Add(name, "required", "The cell is empty.")
		}
		return 0
	}
	plainNumber, ok := ungroup(text)
	if !ok {
		bad.Add(name, "invalid", quote(text)+" is not a number: it would be written 17846.90 or 17 846.90.")
		return 0
	}
	if rd.sheet {
		plainNumber = denoise(plainNumber)
	}
	n, err := money.ParseScaled(plainNumber, places)
	switch {
	case err != nil:
		bad.Add(name, "invalid", quote(text)+": "+err.Error()+".")
	case n < 0 && allowed != blankIsZero:
		bad.Add(name, "min_value", quote(text)+" is negative.")
	case n == 0 && allowed == positive:
		bad.Add(name, "min_value", "Zero is not a closed volume.")
	}
	return n
}

// instant reads a time on the server's clock, or notes what is wrong with it.
func (rd *reader) instant(bad *fault.Fields, name, text string) time.Time {
	at, ok := rd.time(text)
	switch {
	case text == "":
		bad.Add(name, "required", "The cell is empty.")
	case !ok:
		bad.Add(name, "invalid", quote(text)+" is not a time: it would be written 2016.09.22 04:15:24.")
	case at.Year() < 1990 || at.Year() > 2200:
		bad.Add(name, "invalid", quote(text)+" is not in MetaTrader's lifetime.")
	}
	return at.UTC()
}

func (rd *reader) time(text string) (time.Time, bool) {
	if at, ok := parseTime(text, rd.opt.Zone); ok || !rd.sheet {
		return at, ok
	}
	return parseSerial(text, rd.shift, rd.opt.Zone)
}

// factID is made from everything the order says, so that the same row gives
// the same id for ever and a corrected row another one.
func factID(o *feed.Order) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %s %d %d %q %s %d %d %d %d %d %d %d %d",
		o.Server, o.ClientAccount, o.Ticket, o.Part, o.Symbol, o.Side, o.Lots,
		o.OpenTime.UnixMicro(), o.CloseTime.UnixMicro(), o.OpenPrice, o.ClosePrice,
		o.Commission, o.Swap, o.Profit))
	return "mt4-" + hex.EncodeToString(sum[:])[:40]
}
