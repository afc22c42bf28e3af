package sdk

import (
	"encoding/json"
	"fmt"
	"math/big"
	"time"
)

// Decimal is an exact number with the digits that the server sent, such as
// "812.07". In a response, an empty Decimal means null. In a request, an empty
// Decimal is not sent. You can use a constant such as "12.50" as a Decimal.
type Decimal string

// Rat returns the number for exact calculations, or nil if d is not a number.
func (d Decimal) Rat() *big.Rat {
	r, ok := new(big.Rat).SetString(string(d))
	if !ok {
		return nil
	}
	return r
}

// MarshalJSON implements json.Marshaler. It writes a number as a JSON number.
// It writes any other text as a string, which the server refuses with an error
// that names the field.
func (d Decimal) MarshalJSON() ([]byte, error) {
	if d == "" {
		return []byte("null"), nil
	}
	if first := d[0]; (first == '-' || first >= '0' && first <= '9') && json.Valid([]byte(d)) {
		return []byte(d), nil
	}
	return json.Marshal(string(d))
}

// UnmarshalJSON implements json.Unmarshaler. It accepts a JSON number, and also
// a number in a string.
func (d *Decimal) UnmarshalJSON(text []byte) error {
	var number json.Number
	if err := json.Unmarshal(text, &number); err != nil {
		return fmt.Errorf("%s is not a decimal: %w", text, err)
	}
	*d = Decimal(number)
	return nil
}

// Date is a day, such as 2026-06-30. Dates can be compared as strings. An empty
// Date means that there is no day.
type Date string

// DateOf returns the day of a time in that time's zone.
func DateOf(moment time.Time) Date { return Date(moment.Format(time.DateOnly)) }

// Time returns the beginning of the day in UTC.
func (d Date) Time() (time.Time, error) { return time.Parse(time.DateOnly, string(d)) }

// Nullable is a field of a request that can be a value, null or absent. The
// zero Nullable is absent. For such a field, the server distinguishes null from
// an absent field.
type Nullable[T any] struct {
	value *T
	given bool
}

// Value returns a Nullable that is v.
func Value[T any](v T) Nullable[T] { return Nullable[T]{&v, true} }

// Null returns a Nullable that is null.
func Null[T any]() Nullable[T] { return Nullable[T]{nil, true} }

// MarshalJSON implements json.Marshaler. It writes the value or null.
func (n Nullable[T]) MarshalJSON() ([]byte, error) { return json.Marshal(n.value) }

// UnmarshalJSON implements json.Unmarshaler. It accepts a value or null.
func (n *Nullable[T]) UnmarshalJSON(text []byte) error {
	n.given = true
	return json.Unmarshal(text, &n.value)
}
