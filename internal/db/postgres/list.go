package postgres

import (
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5/pgtype"
)

var (
	errColumnType = errors.New("columns of this type cannot be passed as arrays")
	errValueType  = errors.New("a value has the wrong type")
)

// arrayBuilder collects the values of one column in a slice of the column's
// type. pgx sends such a slice many times faster than a []any. typedArray
// implements arrayBuilder for each type of value.
type arrayBuilder interface {
	add(value any) error
	array() any
}

func newList(kind string, size int) arrayBuilder {
	switch kind {
	case "bigint", "integer":
		return &typedArray[pgtype.Int8]{make([]pgtype.Int8, 0, size), toInt}
	case "text":
		return &typedArray[pgtype.Text]{make([]pgtype.Text, 0, size), toText}
	case "uuid":
		return &typedArray[pgtype.UUID]{make([]pgtype.UUID, 0, size), toUUID}
	case "boolean":
		return &typedArray[pgtype.Bool]{make([]pgtype.Bool, 0, size), toBool}
	case "bytea":
		return &typedArray[[]byte]{make([][]byte, 0, size), toBytes}
	default:
		return nil
	}
}

type typedArray[T any] struct {
	values  []T
	convert func(any) (T, bool)
}

func (c *typedArray[T]) add(value any) error {
	v, ok := c.convert(value)
	if !ok && value != nil {
		return fmt.Errorf("%w: %T", errValueType, value)
	}
	c.values = append(c.values, v)
	return nil
}

func (c *typedArray[T]) array() any { return c.values }

func toInt(value any) (pgtype.Int8, bool) {
	switch v := value.(type) {
	case int64:
		return pgtype.Int8{Int64: v, Valid: true}, true
	case *int64:
		if v == nil {
			return pgtype.Int8{}, true
		}
		return pgtype.Int8{Int64: *v, Valid: true}, true
	default:
		return pgtype.Int8{}, false
	}
}

func toText(value any) (pgtype.Text, bool) {
	switch v := value.(type) {
	case string:
		return pgtype.Text{String: v, Valid: true}, true
	case *string:
		if v == nil {
			return pgtype.Text{}, true
		}
		return pgtype.Text{String: *v, Valid: true}, true
	default:
		return pgtype.Text{}, false
	}
}

func toUUID(value any) (pgtype.UUID, bool) {
	v, ok := value.(pgtype.UUID)
	return v, ok
}

func toBool(value any) (pgtype.Bool, bool) {
	v, ok := value.(bool)
	return pgtype.Bool{Bool: v, Valid: ok}, ok
}

func toBytes(value any) ([]byte, bool) {
	v, ok := value.([]byte)
	return v, ok
}
