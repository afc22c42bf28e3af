package db

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strconv"
)

var (
	errNull  = errors.New("the column is NULL, but its field is neither a pointer nor tagged null")
	errValue = errors.New("the column's value does not fit the field's type")
)

// cell receives the value of one column. It implements sql.Scanner. The drivers
// of both engines pass only a few types of values.
type cell struct {
	field *field
	to    reflect.Value
}

func (c *cell) Scan(value any) error {
	to := c.to
	if value == nil {
		if !c.field.null && !c.field.pointer {
			return fmt.Errorf("%s: %w", c.field.column, errNull)
		}
		to.SetZero()
		return nil
	}
	if c.field.pointer {
		to.Set(reflect.New(to.Type().Elem()))
		to = to.Elem()
	}
	if !c.set(to, value) {
		return fmt.Errorf("%s: %w: %T into %s", c.field.column, errValue, value, to.Type())
	}
	return nil
}

func (c *cell) set(to reflect.Value, value any) bool {
	if c.field.kind == asItself {
		s, ok := reflect.TypeAssert[sql.Scanner](to.Addr())
		return ok && s.Scan(value) == nil
	}
	if c.field.kind == asEncoded {
		text, ok := value.(string)
		return ok && json.Unmarshal([]byte(text), to.Addr().Interface()) == nil
	}
	switch v := value.(type) {
	case int64:
		return c.setNumber(to, v)
	case bool:
		if c.field.kind == asTruth {
			to.SetBool(v)
		}
		return c.field.kind == asTruth
	case string:
		return c.setText(to, v)
	case []byte:
		if c.field.kind == asBytes || c.field.kind == asJSON {
			return setBytes(to, v)
		}
		return c.setText(to, string(v))
	default:
		return false
	}
}

func (c *cell) setNumber(to reflect.Value, n int64) bool {
	switch {
	case c.field.kind == asNumber && !to.OverflowInt(n):
		to.SetInt(n)
	case c.field.kind == asTruth && (n == 0 || n == 1):
		to.SetBool(n == 1)
	case c.field.kind == asInstant:
		to.Set(reflect.ValueOf(Instant(n)))
	default:
		return false
	}
	return true
}

func (c *cell) setText(to reflect.Value, text string) bool {
	switch c.field.kind {
	case asText:
		to.SetString(text)
	case asJSON:
		to.SetBytes([]byte(text))
	case asNumber, asInstant: // PostgreSQL returns a sum of bigints as a numeric, which the driver passes as text
		n, err := strconv.ParseInt(text, 10, 64)
		return err == nil && c.setNumber(to, n)
	case asItself, asTruth, asBytes, asEncoded:
		return false
	}
	return true
}

func setBytes(to reflect.Value, value []byte) bool {
	if to.Kind() == reflect.Slice {
		to.SetBytes(bytes.Clone(value))
		return true
	}
	return reflect.Copy(to, reflect.ValueOf(value)) == to.Len() && len(value) == to.Len()
}
