package report

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/object"
)

// value is one value of a row. The column's format decides which of the fields
// it uses.
type value struct {
	null     bool
	number   int64 // an integer, a decimal, a day or an instant
	text     string
	flag     bool
	uuid     id.UUID
	optional struct {
		number *int64
		text   *string
	}
}

// target returns the variable into which the driver scans a value of the given
// format.
func (v *value) target(f Format, nullable bool, engine db.Engine) any {
	switch f.kind {
	case kindText, kindDigits, kindOrderID, kindObject:
		if nullable {
			return &v.optional.text
		}
		return &v.text
	case kindBoolean:
		return &v.flag
	case kindUUID:
		if engine == db.Postgres {
			return (*[16]byte)(&v.uuid) // pgx scans faster into an array than into a sql.Scanner
		}
		return &v.uuid
	default:
		if nullable {
			return &v.optional.number
		}
		return &v.number
	}
}

// settle sets the fields of a nullable value after the scan.
func (v *value) settle() {
	switch {
	case v.optional.number != nil:
		v.null, v.number = false, *v.optional.number
	case v.optional.text != nil:
		v.null, v.text = false, *v.optional.text
	default:
		v.null = true
	}
}

// cell receives a column's value from SQLite. It implements sql.Scanner, which
// is faster: for other targets, database/sql converts values by reflection, and
// allocates memory for values that may be null.
type cell struct {
	value  *value
	column *Column
}

func (c *cell) Scan(from any) error {
	kind, is := c.column.Format.kind, false
	switch got := from.(type) {
	case int64:
		if kind == kindBoolean {
			is, c.value.flag = got == 0 || got == 1, got == 1
		} else {
			is, c.value.number = !kind.isTextual(), got
		}
	case string:
		is, c.value.text = kind.isTextual(), got
	case []byte:
		is = kind == kindUUID && copy(c.value.uuid[:], got) == len(got)
	case nil:
		is, c.value.number, c.value.text = c.column.Nullable, 0, ""
	}
	if c.value.null = from == nil; is {
		return nil
	}
	return fmt.Errorf("%w: %s is a %T", errValue, c.column.Name, from)
}

var errValue = errors.New("the value in the store has a type that the column cannot show")

// isTextual reports whether values of this kind are stored as text.
func (k kind) isTextual() bool {
	return k == kindText || k == kindDigits || k == kindOrderID || k == kindObject
}

// appendText appends v in the form that a CSV cell or a JSON string shows. It
// writes exact digits and never uses a float.
func (v *value) appendText(dst []byte, f *Format) []byte {
	switch f.kind {
	case kindInteger:
		return strconv.AppendInt(dst, v.number, 10)
	case kindBoolean:
		return strconv.AppendBool(dst, v.flag)
	case kindUUID:
		return appendUUID(dst, v.uuid, f.short)
	case kindDate:
		return appendDay(dst, clock.Day(v.number))
	case kindHour:
		at := time.Unix(v.number*3600, 0).UTC()
		return appendTwo(append(appendDate(dst, at), 'T'), at.Hour())
	case kindInstant:
		return appendInstant(dst, v.number)
	case kindDecimal:
		return appendDecimal(dst, v.number, f)
	default:
		return append(dst, v.text...)
	}
}

func (v *value) appendJSON(dst []byte, f *Format) []byte {
	if v.null {
		return append(dst, "null"...)
	}
	switch f.kind {
	case kindText, kindDigits, kindOrderID:
		return appendString(dst, v.text)
	case kindUUID, kindDate, kindHour, kindInstant:
		return append(v.appendText(append(dst, '"'), f), '"')
	case kindDecimal:
		if f.quoted {
			return append(v.appendText(append(dst, '"'), f), '"')
		}
	case kindInteger, kindBoolean, kindRange, kindObject:
	}
	return v.appendText(dst, f)
}

func appendDecimal(dst []byte, n int64, f *Format) []byte {
	n = money.RoundScaled(n, f.scale, f.places)
	dst = money.AppendFixed(dst, n, f.places)
	if f.fixed || f.places == 0 {
		return dst
	}
	for dst[len(dst)-1] == '0' {
		dst = dst[:len(dst)-1]
	}
	return bytes.TrimSuffix(dst, []byte{'.'})
}

func appendUUID(dst []byte, u id.UUID, short bool) []byte {
	if short {
		return hex.AppendEncode(dst, u[:4])
	}
	return append(dst, u.String()...)
}

func appendDay(dst []byte, day clock.Day) []byte {
	return appendDate(dst, time.Unix(int64(day)*86400, 0).UTC())
}

// appendDate and appendInstant write RFC 3339. They do not use time.Format,
// which would take much of the time of an export.
func appendDate(dst []byte, t time.Time) []byte {
	year, month, day := t.Date()
	if year < 1000 || year > 9999 {
		return t.AppendFormat(dst, time.DateOnly)
	}
	return appendTwo(append(appendTwo(append(strconv.AppendInt(dst, int64(year), 10), '-'), int(month)), '-'), day)
}

func appendInstant(dst []byte, micros int64) []byte {
	const second, day = int64(time.Second / time.Microsecond), int64(24 * time.Hour / time.Microsecond)
	today := ((micros % day) + day) % day // the second % makes the result positive before 1970
	of := int(today / second)
	dst = appendTwo(append(appendDay(dst, clock.Day((micros-today)/day)), 'T'), of/3600)
	dst = appendTwo(append(dst, ':'), of/60%60)
	dst = appendTwo(append(dst, ':'), of%60)
	return append(dst, 'Z')
}

func appendTwo(dst []byte, n int) []byte { return append(dst, byte('0'+n/10), byte('0'+n%10)) }

// appendString appends text as a JSON string. For ASCII, which nearly all texts
// are, it is faster than the JSON package.
func appendString(dst []byte, text string) []byte {
	for i := range len(text) {
		if c := text[i]; c < 0x20 || c > 0x7e || c == '"' || c == '\\' {
			return appendEscaped(dst, text)
		}
	}
	dst = append(dst, '"')
	dst = append(dst, text...)
	return append(dst, '"')
}

func appendEscaped(dst []byte, text string) []byte { return append(dst, object.EncodeText(text)...) }
