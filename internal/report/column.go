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
	SQL      string                   // expression over the source, which has the alias t; for both engines
	Postgres string                   // expression that replaces SQL on PostgreSQL
	In       *lookup                  // only if SQL uses a joined table: how a filter finds the rows of t
	Partner  *PartnerText             // the value, which is the same in every row of a partner; used instead of SQL
	Derive   func(row *Row) string    // returns a JSON number, or "" for null; used instead of SQL
	Day      func(row *Row) clock.Day // returns the value of a Date column; used instead of SQL
	Instant  string                   // for a Date column, an indexed instant that lies on this day in some time zone
	Values   *Source                  // smaller table with the same distinct values; used for the list of filter values
	// ValuesSQL is the expression over Values. If it is empty, SQL is used.
	ValuesSQL string
	whose     string   // for the broker's report, the column of the partner p that a filter compares
	Choices   []string // for a text, all values that it can have; a filter by another value is a fault
	Nullable  bool
	Account   bool // whether a filter on the column can use the source's AccountIndex
	Case      letterCase
	Whole     bool   // whether a filter accepts only complete UUIDs, not their first 8 characters
	OrNumber  string // for a UUID, the column to filter by if the value is a number of more than 8 digits
	Sum       bool   // whether the column has a total, which is the sum over the groups
	Filter    bool   // whether requests can filter by the column
	Unlisted  bool   // whether the list of filter values leaves the column out, because each value occurs in only one or two rows
	Order     bool   // whether requests can order by the column
	Newest    bool   // whether groups by this column start with the highest value by default
	Hidden    bool   // whether rows leave the column out
	Omit      bool   // whether the JSON of a row leaves the column out if its value is null
	About     string // description in the documentation
}

// letterCase says how a text filter treats the case of ASCII letters.
type letterCase int

const (
	exactCase letterCase = iota // the filter is case-sensitive
	upperCase                   // the stored text has only upper-case letters
	lowerCase                   // the stored text has only lower-case letters
	anyCase                     // the filter ignores case; the stored text may have upper-case and lower-case letters
)

type kind int

const (
	kindText   kind = iota
	kindDigits      // text of digits, sorted as a number
	kindInteger
	kindBoolean
	kindUUID
	kindDate    // days since 1970-01-01
	kindInstant // microseconds since 1970-01-01 UTC
	kindHour    // hours since 1970-01-01 UTC
	kindDecimal // integer, scaled by a power of ten
	kindOrderID // text <server>:<ticket>, or <server>:<ticket>-<part>
	kindRange   // JSON object with min and max
	kindObject  // JSON object, stored as its text
)

// Format says how a value is stored, and how responses show it.
type Format struct {
	kind   kind
	scale  int  // for a decimal, the number of stored decimal places
	places int  // for a decimal, the number of shown decimal places, rounded half to even
	fixed  bool // for a decimal, whether trailing zeros are shown
	quoted bool // for a decimal, whether JSON shows a string instead of a number
	short  bool // for a UUID, whether only the first 8 hex digits are shown
}

// These are the formats of columns and totals.
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
	MlnUSD      = Format{kind: kindDecimal, scale: 10, places: 4}                            // 0.0708, in millions of USD; a volume has 4 decimal places, and dividing by a million adds 6
	MlnUSDText  = Format{kind: kindDecimal, scale: 10, places: 4, fixed: true, quoted: true} // "0.0708"
	Percent     = Format{kind: kindDecimal, scale: 2, places: 2}                             // 12.5
	PointSize   = Format{kind: kindDecimal, scale: 10, places: 10, quoted: true}             // "0.00001"
)

// exactDecimal returns the format of a decimal that is shown with all stored
// places except trailing zeros.
func exactDecimal(places int) Format { return Format{kind: kindDecimal, scale: places, places: places} }

func (c *Column) sql(engine db.Engine) string {
	if engine == db.Postgres && c.Postgres != "" {
		return c.Postgres
	}
	return c.SQL
}

const accountDigits = int(free.Account)

// numberKeys returns the expressions that sort account numbers as numbers of
// any length. If two numbers have the same value, the shorter one comes first,
// so 99 comes before 0099. The index accounts_number has the same expressions.
func numberKeys(engine db.Engine, sql string) []string {
	zeros := "'" + strings.Repeat("0", accountDigits) + "'"
	if engine == db.Postgres {
		return []string{"right(" + zeros + " || " + sql + ", " + strconv.Itoa(accountDigits) + ")" + bytewise, "length(" + sql + ")"}
	}
	return []string{"substr(" + zeros + " || " + sql + ", -" + strconv.Itoa(accountDigits) + ")", "length(" + sql + ")"}
}

// isText reports whether values are texts that may contain any character.
func (f Format) isText() bool { return f.kind == kindText || f.kind == kindOrderID }

func (c *Column) computed() bool { return c.Derive != nil || c.Day != nil }
