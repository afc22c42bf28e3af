package report

import (
	"strconv"
	"strings"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db"
	free "github.com/tributary-server/tributary/internal/text"
)

// Column declares one column of a report.
type Column struct {
	Name     string
	Format   Format
	SQL      string                   // over t, for both engines
	Postgres string                   // replaces SQL where PostgreSQL needs other syntax
	Partner  PartnerText              // instead of SQL: one value for all rows
	Derive   func(row *Row) string    // instead of SQL: a JSON number computed from other columns; empty is null
	Day      func(row *Row) clock.Day // instead of SQL: a Date computed from other columns
	Instant  string                   // for a Date column: an indexed instant that falls on that day in some time zone
	Values   *Source                  // a smaller table with the same column, which has its distinct values
	Nullable bool
	Account  bool    // identifies an account, or a client by its accounts: a filter on it uses the source's AccountIndex
	Case     letters // how a filter on it ignores case
	Whole    bool    // for a UUID: a filter accepts only whole ones, not their first 8 characters
	OrNumber string  // for a UUID: the column that a filter uses for a number too long for a short uid
	Sum      bool    // for groups: its total is the sum over them
	Filter   bool    // can be filtered on: Format decides how
	Order    bool    // ordering may name it
	Newest   bool    // as a group, the default order begins with its highest value
	Hidden   bool    // filtered, ordered or grouped by, but not shown on its own
	Omit     bool    // left out of a JSON row where it is null
	About    string  // for the documentation
}

// letters says how a filter ignores the case of ASCII letters.
type letters int

const (
	exactCase letters = iota // it does not
	upperCase                // the store has only capital letters
	lowerCase                // the store has only small letters
	anyCase                  // the store has what the feed sent
)

// kind is how a value is stored and what filtering on it means.
type kind int

const (
	kindText    kind = iota
	kindDigits       // text that reads as an integer
	kindInteger      // a count or a number that identifies
	kindBoolean
	kindUUID
	kindDate    // days since 1970
	kindInstant // microseconds since 1970
	kindHour    // hours since 1970
	kindDecimal // a scaled integer
	kindOrderID // text <server>:<ticket>, or <server>:<ticket>-<part>
	kindRange   // a JSON object: the smallest and the largest of something
	kindObject  // a JSON object, kept as its text
)

// Format is how a value is read from the store and written on the wire.
type Format struct {
	kind   kind
	scale  int  // for a decimal: the places it is stored with
	places int  // for a decimal: the places it is rounded to, half to even
	fixed  bool // for a decimal: zeros at the end are kept
	quoted bool // for a decimal: a JSON string, not a number
	short  bool // for a UUID: the first 8 hex characters
}

// The formats that the wire knows.
var (
	Text     = Format{kind: kindText}
	Digits   = Format{kind: kindDigits}
	Integer  = Format{kind: kindInteger}
	Boolean  = Format{kind: kindBoolean}
	UUID     = Format{kind: kindUUID}
	ShortUID = Format{kind: kindUUID, short: true}
	Date     = Format{kind: kindDate}
	DateTime = Format{kind: kindInstant}
	Hour     = Format{kind: kindHour} // "2026-03-01T13"
	OrderID  = Format{kind: kindOrderID}
	Range    = Format{kind: kindRange} // {"min":0,"max":100}
	Object   = Format{kind: kindObject}

	Money       = Format{kind: kindDecimal, scale: 6, places: 2, fixed: true, quoted: true}  // "2.50"
	MoneyNumber = Format{kind: kindDecimal, scale: 6, places: 2}                             // 2.5
	MoneyExact  = Format{kind: kindDecimal, scale: 6, places: 6, fixed: true}                // 2.500000
	Lots        = Format{kind: kindDecimal, scale: 8, places: 8}                             // 0.33
	LotsText    = Format{kind: kindDecimal, scale: 8, places: 7, fixed: true, quoted: true}  // "0.3300000"
	MlnUSD      = Format{kind: kindDecimal, scale: 10, places: 4}                            // 0.0708, of a volume in USD with 4 places
	MlnUSDText  = Format{kind: kindDecimal, scale: 10, places: 4, fixed: true, quoted: true} // "0.0708"
	Percent     = Format{kind: kindDecimal, scale: 2, places: 2}                             // 12.5
	PointSize   = Format{kind: kindDecimal, scale: 10, places: 10, quoted: true}             // "0.00001"
)

// exact is a decimal shown with all its places, without zeros at the end.
func exact(places int) Format { return Format{kind: kindDecimal, scale: places, places: places} }

// sql returns the column's expression on an engine.
func (c *Column) sql(engine db.Engine) string {
	if engine == db.Postgres && c.Postgres != "" {
		return c.Postgres
	}
	return c.SQL
}

// numeric reports whether values are numbers in the documentation's sense.
func (f Format) numeric() bool {
	return f.kind == kindInteger || f.kind == kindDecimal && !f.quoted
}

// accountDigits is the most digits that an account number has.
const accountDigits = int(free.Account)

// numberKeys returns the expressions that order account numbers as numbers,
// whatever their length: the number first, then the shorter text, so that 99
// comes before 0099. Index accounts_number has the same expressions.
func numberKeys(engine db.Engine, sql string) []string {
	zeros := "'" + strings.Repeat("0", accountDigits) + "'"
	if engine == db.Postgres {
		return []string{"right(" + zeros + " || " + sql + ", " + strconv.Itoa(accountDigits) + ")" + bytewise, "length(" + sql + ")"}
	}
	return []string{"substr(" + zeros + " || " + sql + ", -" + strconv.Itoa(accountDigits) + ")", "length(" + sql + ")"}
}

// text reports whether values are free text from outside the programme.
func (f Format) text() bool { return f.kind == kindText || f.kind == kindOrderID }

// computed reports whether a column is computed from others and not read.
func (c *Column) computed() bool { return c.Derive != nil || c.Day != nil }
