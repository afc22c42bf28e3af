// Package metatrader reads the closed trades of a MetaTrader 4 history as facts
// of the feed. It reads the following files, either in their original form
// (HTML) or after another program has saved them as XLSX or CSV:
//
//   - the terminal's statement (plain, detailed or numbered), also in the form of
//     the server's daily mail or a broker's web page
//   - the Manager's Closed Trades Report and Raw Report
//   - the server's table mt4_trades
//
// A file is read in three steps. The files html.go, csv.go and xlsx.go turn it
// into rows of cells. The header row selects a layout from the table in
// layout.go; the name of the file does not matter. trade.go turns the rows
// below the header into orders. A new layout, for example of MetaTrader 5,
// needs a new entry in the table.
//
// Rows that are not closed trades are skipped without a message. These are
// balance and credit rows, cancelled and pending orders, open trades, totals,
// and the trades of volume zero that a close-by leaves. Any other row that
// cannot be read is reported as an error.
package metatrader

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/feed"
)

// These are the limits of a file. Real files are far smaller.
const (
	maxCell  = 4 << 10 // maximum length of a stored cell in bytes; only comments are longer
	maxCells = 256     // maximum number of stored cells in a row; the widest layout has 26
)

// Options holds information that a file does not contain.
type Options struct {
	Server  string         // trading server of the trades; required
	Account string         // account number; used only if the file does not contain the account
	Zone    *time.Location // time zone of the server's clock; nil means UTC

	// The following options are for files that another program has saved.
	// DecimalComma and DayFirst have no effect on workbooks.
	//
	// Encoding is the encoding of text without a byte order mark, such as
	// windows-1252. If it is empty, the text is read as UTF-16 if it looks like
	// UTF-16, and otherwise as UTF-8.
	Encoding     string
	DecimalComma bool // whether numbers have the form 1.234,50
	DayFirst     bool // whether times have the form 02.06.2026 10:00
}

// Check returns an error that describes each faulty option.
func (o Options) Check() error {
	var bad fault.Fields
	switch {
	case o.Server == "":
		bad.Add("server", "required", "Name the trading server that the history comes from.")
	case utf8.RuneCountInString(o.Server) > maxText || !printable(o.Server):
		bad.Add("server", "invalid", fmt.Sprintf("A server's name must have at most %d printable characters.", maxText))
	}
	if o.Account != "" && !feed.Digits(o.Account) {
		bad.Add("account", "invalid", "Must be an account number with only digits.")
	}
	if _, known := findEncoding(o.Encoding); !known {
		bad.Add("encoding", "invalid",
			fmt.Sprintf("The encoding %s is unknown. Send one such as windows-1252, windows-1251, gb18030 or utf-16le.", quote(o.Encoding)))
	}
	return bad.Err()
}

// ParseZone parses the time zone of a trading server. The text must be an
// offset from UTC such as "+02:00", "-5" or "Z", or the name of a time zone
// such as "Europe/Athens". A named time zone includes daylight saving time.
// ParseZone returns a *fault.Error for the field utc_offset if the text is not
// valid.
func ParseZone(text string) (*time.Location, error) {
	switch {
	case text == "Z" || text == "z" || strings.EqualFold(text, "UTC"):
		return time.UTC, nil
	case text != "" && (text[0] == '+' || text[0] == '-'):
		for _, form := range []string{"-07:00", "-0700", "-07"} {
			digits := text
			if len(text) == len("+2") || (len(text) > 2 && text[2] == ':') {
				digits = text[:1] + "0" + text[1:]
			}
			at, err := time.Parse(form, digits)
			if err != nil || at.Format(form) != digits {
				continue // time.Parse would accept "+02:60" as +03:00
			}
			if _, seconds := at.Zone(); seconds >= -14*3600 && seconds <= 14*3600 {
				return time.FixedZone(text, seconds), nil
			}
		}
	case text != "" && text != "Local":
		if zone, err := time.LoadLocation(text); err == nil {
			return zone, nil
		}
	}
	return nil, fault.Invalid("utc_offset", "invalid",
		`Write an offset from UTC, such as "+02:00", or a time zone, such as "Europe/Athens".`)
}

// Read calls yield for every closed trade of a MetaTrader 4 history. It passes
// a fact of the type order.closed. The fact's body is a *feed.Order, its id is
// derived from the order's content, and its time is the close. For a row that
// cannot be read, Read passes a *feed.LineError instead. The error's ID is the
// row's ticket, and its message names every faulty field. Read also passes the
// number of the line in an HTML or CSV file, or of the row in a sheet. Read
// continues after a faulty row. If yield returns an error, Read stops and
// returns this error.
//
// Read returns a *fault.Error if the options are wrong, if the file is not a
// MetaTrader 4 history, or if neither the file nor the options contain the
// account. Facts that Read has already yielded remain valid.
//
// Read parses numbers exactly. In spreadsheets (CSV, XLSX), however, a number
// can contain the error of a binary fraction, such as 56.900000000000006. Such
// a number is first rounded to 15 significant digits and 10 decimal places (see
// denoise).
//
// When clocks in Zone are set back, some local times occur twice. Read then
// uses the first occurrence, or the second if the close would otherwise be
// before the open.
func Read(r io.Reader, opt Options, yield func(line int, fact feed.Fact, err error) error) error {
	opt.Server = strings.TrimSpace(opt.Server)
	if err := opt.Check(); err != nil {
		return err
	}
	if opt.Zone == nil {
		opt.Zone = time.UTC
	}
	rd := &reader{opt: opt, yield: yield, closed: true}
	if err := rd.read(r); err != nil {
		return err
	}
	if !rd.found {
		return notReport()
	}
	return nil
}

// read detects the file format from the first bytes.
func (rd *reader) read(r io.Reader) error {
	src := bufio.NewReaderSize(r, peekSize)
	head, err := src.Peek(len(magicXLS))
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("reading the file: %w", err)
	}
	switch {
	case bytes.HasPrefix(head, []byte(magicZIP)):
		rd.sheet = true
		return readXLSX(src, rd)
	case bytes.HasPrefix(head, []byte(magicXLS)):
		return unreadable("This is an old or an encrypted Excel file: save it as .xlsx without a password.")
	}
	text := bufio.NewReaderSize(transform.NewReader(src, unicode.BOMOverride(rd.decoder(src))), peekSize)
	start, err := text.Peek(peekSize)
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("reading the file: %w", err)
	}
	if bytes.HasPrefix(bytes.TrimLeft(start, " \t\r\n"), []byte("<")) {
		return readHTML(text, rd.handleRow)
	}
	rd.sheet = true
	return readCSV(text, start, rd.handleRow)
}

const (
	magicZIP = "PK\x03\x04"
	magicXLS = "\xd0\xcf\x11\xe0"
	peekSize = 64 << 10 // also the maximum length of a CSV file's line in bytes
)

// unreadable returns the error for a file that cannot be read at all.
func unreadable(message string) error {
	return &fault.Error{Code: fault.ParseError, Message: message}
}

func notReport() error {
	return unreadable("This is not a MetaTrader 4 history. Send a table of closed trades with the columns of " +
		"a terminal's statement (Ticket, Open Time, Type, Size, Item, Price, Close Time, ...), " +
		"of the Manager's Closed Trades or Raw Report (Deal, Login, Open Time, Type, Symbol, ...) " +
		"or of the server's table mt4_trades (TICKET, LOGIN, SYMBOL, CMD, VOLUME, ...).")
}
