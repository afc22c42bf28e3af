package sdk

import (
	"encoding/json"
	"fmt"
	"math/big"
	"time"
)

// Decimal is an exact number, with the digits that the server sent: "812.07".
// An empty Decimal is no number: the server sent null, or the request leaves
// the field out. Requests can use a constant: Amount: "12.50".
type Decimal string

// Rat returns the number for exact calculations, or nil if d is not a number.
func (d Decimal) Rat() *big.Rat {
	r, ok := new(big.Rat).SetString(string(d))
	if !ok {
		return nil
	}
	return r
}

// MarshalJSON writes a number. It writes any other text as a string, so that
// the server refuses it and names its field.
func (d Decimal) MarshalJSON() ([]byte, error) {
	if d == "" {
		return []byte("null"), nil
	}
	if first := d[0]; (first == '-' || first >= '0' && first <= '9') && json.Valid([]byte(d)) {
		return []byte(d), nil
	}
	return json.Marshal(string(d))
}

// UnmarshalJSON reads a number that is written as a JSON number or string.
func (d *Decimal) UnmarshalJSON(text []byte) error {
	var number json.Number
	if err := json.Unmarshal(text, &number); err != nil {
		return fmt.Errorf("%s is not a decimal: %w", text, err)
	}
	*d = Decimal(number)
	return nil
}

// Date is a day, such as 2026-06-30. Dates compare as text. An empty Date is no
// day.
type Date string

// DateOf returns the day of a moment in the moment's own time zone.
func DateOf(moment time.Time) Date { return Date(moment.Format(time.DateOnly)) }

// Time returns the day's midnight in UTC.
func (d Date) Time() (time.Time, error) { return time.Parse(time.DateOnly, string(d)) }

// Nullable is a field that can be set to null, which the server treats
// differently from a field that is left out. The zero value is left out.
type Nullable[T any] struct {
	value *T
	given bool
}

// Value returns a field with the value v.
func Value[T any](v T) Nullable[T] { return Nullable[T]{&v, true} }

// Null returns a field with the value null.
func Null[T any]() Nullable[T] { return Nullable[T]{nil, true} }

// MarshalJSON writes the value or null.
func (n Nullable[T]) MarshalJSON() ([]byte, error) { return json.Marshal(n.value) }

// UnmarshalJSON reads a value or null.
func (n *Nullable[T]) UnmarshalJSON(text []byte) error {
	n.given = true
	return json.Unmarshal(text, &n.value)
}
