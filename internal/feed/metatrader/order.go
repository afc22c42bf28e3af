package metatrader

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/money"
	free "github.com/tributary-server/tributary/internal/text"
)

// These are the feed's limits on an order.
const (
	maxText  = int(free.FactText) // maximum number of characters in the name of a server or a symbol
	maxLots  = feed.MaxLots
	maxMoney = feed.MaxAmount
)

// rowFaults collects all faults of a row. The code of the row's error is the
// code of its first fault.
type rowFaults struct{ all []feed.FieldError }

func (f *rowFaults) addf(code, format string, args ...any) {
	f.all = append(f.all, feed.Refuse(code, format, args...).Details...)
}

func (f *rowFaults) err() *feed.LineError {
	if len(f.all) == 0 {
		return nil
	}
	messages := make([]string, len(f.all))
	for i, one := range f.all {
		messages[i] = one.Field + ": " + one.Message
	}
	return &feed.LineError{Code: f.all[0].Code, Message: strings.Join(messages, "; "), Details: f.all}
}

func (rd *reader) order(cells []string, side string) (*feed.Order, *feed.LineError) {
	bad := &rowFaults{}
	get := func(f field) string { return rd.table.cell(cells, f) }
	lotPlaces := money.LotsPlaces
	if rd.table.layout.hundredths {
		lotPlaces -= 2
	}
	o := &feed.Order{
		Server:        rd.opt.Server,
		Ticket:        readTicket(bad, dropZeroFraction(get(ticket))),
		ClientAccount: rd.accountOf(bad, dropZeroFraction(get(login))),
		Symbol:        readSymbol(bad, get(symbol)),
		Side:          side,
		Lots:          money.Lots(rd.number(bad, "lots", get(lots), lotPlaces, positive)),
		OpenTime:      rd.instant(bad, "open_time", get(openTime)),
		CloseTime:     rd.instant(bad, "close_time", get(closeTime)),
		OpenPrice:     money.Price(rd.number(bad, "open_price", get(openPrice), money.PricePlaces, positive)),
		ClosePrice:    money.Price(rd.number(bad, "close_price", get(closePrice), money.PricePlaces, positive)),
		Commission:    rd.amount(bad, "commission", get(commission)),
		Swap:          rd.amount(bad, "swap", get(swap)),
		Profit:        rd.amount(bad, "profit", get(profit)),
	}
	if o.Lots > maxLots {
		bad.addf("out_of_range", "lots: must be at most %s", maxLots)
	}
	o.OpenTime, o.CloseTime = inOrder(o.OpenTime, o.CloseTime, rd.opt.Zone)
	if len(bad.all) == 0 && o.CloseTime.Before(o.OpenTime) {
		bad.addf("invalid", "close_time: is before open_time")
	}
	return o, bad.err()
}

func readTicket(bad *rowFaults, text string) int64 {
	n, err := money.ParseScaled(text, 0)
	if err != nil || n <= 0 || !isDigits(text) {
		bad.addf("invalid", "ticket: %s is not a whole number above zero", quote(text))
	}
	return n
}

// accountOf returns the trade's account. The login in the row takes precedence
// over the account above the statement. If both are missing, the account in the
// options is used.
func (rd *reader) accountOf(bad *rowFaults, inRow string) string {
	account := rd.account
	switch {
	case rd.table.at[login] >= 0:
		account = inRow
	case account == "":
		account = rd.opt.Account
	}
	if !feed.Digits(account) {
		bad.addf("invalid", "client_account: %s is not an account in digits", quote(account))
	}
	return account
}

func readSymbol(bad *rowFaults, text string) string {
	switch {
	case text == "":
		bad.addf("required", "symbol: the cell is empty")
	case utf8.RuneCountInString(text) > maxText:
		bad.addf("max_length", "symbol: must have at most %d characters", maxText)
	case !printable(text):
		bad.addf("invalid", "symbol: %s is not readable: name the file's encoding, such as --encoding windows-1252", quote(text))
	}
	return text
}

type rule int

const (
	signed   rule = iota // any number; an empty cell means 0
	positive             // a number greater than 0; an empty cell is a fault
)

// number returns the number in text, multiplied by 10^places. If the text is
// not a valid number, it adds a fault.
func (rd *reader) number(bad *rowFaults, name, text string, places int, allowed rule) int64 {
	if text == "" {
		if allowed == positive {
			bad.addf("required", "%s: the cell is empty", name)
		}
		return 0
	}
	digits, ok := rd.toDecimal(text)
	if !ok {
		bad.addf("invalid", "%s: %s is not a number such as %s", name, quote(text), rd.numberForm())
		return 0
	}
	n, err := money.ParseScaled(digits, places)
	switch {
	case errors.Is(err, money.ErrPlaces):
		bad.addf("decimal_places", "%s: %s: %v", name, quote(text), err)
	case errors.Is(err, money.ErrTooLarge):
		bad.addf("out_of_range", "%s: %s: %v", name, quote(text), err)
	case err != nil:
		bad.addf("invalid", "%s: %s: %v", name, quote(text), err)
	case n <= 0 && allowed == positive:
		bad.addf("out_of_range", "%s: %s: must be above zero", name, quote(text))
	}
	return n
}

// toDecimal converts a number to the form that package money can parse. It
// returns false if the text is not a number.
func (rd *reader) toDecimal(text string) (string, bool) {
	if rd.opt.DecimalComma && !rd.book {
		text = swapMarks(text)
	}
	digits, ok := ungroup(text)
	if ok && rd.sheet {
		digits = denoise(digits)
	}
	return digits, ok
}

// numberForm describes the accepted form of numbers for an error message. It
// also names the option for other forms.
func (rd *reader) numberForm() string {
	if rd.opt.DecimalComma {
		return "17846,90 or 17.846,90, as --decimal-comma reads them"
	}
	return "17846.90 or 17 846.90; --decimal-comma reads 17.846,90"
}

func (rd *reader) amount(bad *rowFaults, name, text string) money.Amount {
	v := money.Amount(rd.number(bad, name, text, money.AmountPlaces, signed))
	if v > maxMoney || v < -maxMoney {
		bad.addf("out_of_range", "%s: must be at most %s", name, maxMoney)
	}
	return v
}

// instant converts a time on the server's clock to an instant. If the text is
// not a valid time, it adds a fault.
func (rd *reader) instant(bad *rowFaults, name, text string) time.Time {
	at, ok := rd.time(text)
	switch {
	case text == "":
		bad.addf("required", "%s: the cell is empty", name)
	case !ok:
		bad.addf("invalid", "%s: %s is not a time such as %s", name, quote(text), rd.timeForm())
	case at.Year() < 1990 || at.Year() > 2200:
		bad.addf("out_of_range", "%s: %s must be between the years 1990 and 2200", name, quote(text))
	}
	return at.UTC()
}

// timeForm describes the accepted form of times for an error message. It also
// names the option for other forms.
func (rd *reader) timeForm() string {
	if rd.opt.DayFirst {
		return "22.09.2016 04:15:24 or 2016.09.22 04:15:24"
	}
	return "2016.09.22 04:15:24; --day-first reads 22.09.2016 04:15:24"
}

func (rd *reader) time(text string) (time.Time, bool) {
	if rd.opt.DayFirst {
		text = yearFirst(text)
	}
	if at, ok := parseTime(text, rd.opt.Zone); ok || !rd.sheet {
		return at, ok
	}
	return parseSerial(text, rd.shift, rd.opt.Zone)
}

// factID derives an id from the whole content of the order. The same row always
// has the same id. A corrected row has a different id.
func factID(o *feed.Order) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %s %d %d %q %s %d %d %d %d %d %d %d %d",
		o.Server, o.ClientAccount, o.Ticket, o.Part, o.Symbol, o.Side, o.Lots,
		o.OpenTime.UnixMicro(), o.CloseTime.UnixMicro(), o.OpenPrice, o.ClosePrice,
		o.Commission, o.Swap, o.Profit))
	return "mt4-" + hex.EncodeToString(sum[:])[:40]
}
