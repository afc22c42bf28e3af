// Package metatrader reads the closed trades of a MetaTrader 4 history as facts
// of the feed. It reads the terminal's statement (plain, detailed, numbered, as
// the server's daily mail or a broker's web page has it), the Manager's Closed
// Trades Report and Raw Report, and the server's table mt4_trades. The files
// may be as the program wrote them (HTML), or saved again as XLSX or CSV.
//
// A file is read in three steps. Its container (html.go, csv.go, xlsx.go) is
// turned into rows of cells. The header row, and never the file's name, selects
// a layout from a table (layout.go). The rows below become orders (trade.go). A
// further layout, MetaTrader 5's included, needs one more entry in that table.
//
// Rows that are not closed trades are skipped silently: balance and credit
// rows, cancelled and working pendings, open trades, totals, and the trades of
// volume zero that close-by leaves. A row that should be a closed trade and
// cannot be read is reported.
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

// These limit what a file may hold; real files stay far below.
const (
	maxCell  = 4 << 10 // bytes kept of a cell; only comments are ever long
	maxCells = 256     // cells kept of a row; the widest layout has 26
)

// Options hold the information that a file lacks.
type Options struct {
	Server  string         // the trading server that the tickets belong to; required
	Account string         // digits; used only if the file names no account
	Zone    *time.Location // the server's clock; nil is UTC. ParseZone parses one

	// These are for files that another program saved again. A workbook does not
	// need the last two.
	Encoding     string // of a text without a byte order mark, as in windows-1252; empty: UTF-8, or UTF-16 if it is recognised
	DecimalComma bool   // numbers are written 1.234,50
	DayFirst     bool   // times are written 02.06.2026 10:00
}

// Check reports what is wrong with the options, each field by its name.
func (o Options) Check() error {
	var bad fault.Fields
	switch {
	case o.Server == "":
		bad.Add("server", "required", "Name the trading server that the history comes from.")
	case utf8.RuneCountInString(o.Server) > maxText || !printable(o.Server):
		bad.Add("server", "invalid", fmt.Sprintf("A server's name is at most %d printable characters.", maxText))
	}
	if o.Account != "" && !feed.Digits(o.Account) {
		bad.Add("account", "invalid", "An account is a number, in digits.")
	}
	if _, known := findEncoding(o.Encoding); !known {
		bad.Add("encoding", "invalid",
			fmt.Sprintf("There is no encoding %s: name one such as windows-1252, windows-1251, gb18030 or utf-16le.", quote(o.Encoding)))
	}
	return bad.Err()
}

// ParseZone reads the clock of a trading server: an offset from UTC such as
// "+02:00", "-5" or "Z", or the name of a time zone such as "Europe/Athens",
// whose daylight saving time then applies. A *fault.Error names the field
// utc_offset.
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
				continue // time.Parse reads "+02:60" as three hours
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
// a fact of type order.closed: its body is a *feed.Order, its id is made from
// the order's content, and its time is the close. For a row that cannot be read
// it passes a *feed.LineError instead, whose ID is the row's ticket and whose
// message names every wrong field. line is the line of an HTML or CSV file, or
// the row of a sheet. A bad row does not end the reading. An error from yield
// does, and Read returns it unchanged.
//
// Read itself returns a *fault.Error if the options are wrong, if the file is
// not a MetaTrader 4 history, or if neither the file nor the options name the
// account. Facts that were already yielded stay valid.
//
// Numbers are read exactly. Only spreadsheets (CSV, XLSX) contain the noise of
// binary fractions, such as 56.900000000000006, and only their numbers are
// rounded first, to 15 significant digits and 10 places (see denoise). A local
// time that occurs twice, because Zone's clock goes back, is the first of the
// two unless the close would then be before the open.
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

// read detects the container by its first bytes.
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
		return readHTML(text, rd.row)
	}
	rd.sheet = true
	return readCSV(text, start, rd.row)
}

const (
	magicZIP = "PK\x03\x04"
	magicXLS = "\xd0\xcf\x11\xe0"
	peekSize = 64 << 10 // also the longest line of a CSV file
)

// unreadable returns the error of a file that cannot be read at all.
func unreadable(message string) error {
	return &fault.Error{Code: fault.ParseError, Message: message}
}

func notReport() error {
	return unreadable("This is not a MetaTrader 4 history. Send a table of closed trades with the columns of " +
		"a terminal's statement (Ticket, Open Time, Type, Size, Item, Price, Close Time, ...), " +
		"of the Manager's Closed Trades or Raw Report (Deal, Login, Open Time, Type, Symbol, ...) " +
		"or of the server's table mt4_trades (TICKET, LOGIN, SYMBOL, CMD, VOLUME, ...).")
}
