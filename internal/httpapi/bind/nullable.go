package bind

import "encoding/json"

// Nullable is a body field for which null has a meaning: it removes the value.
// The zero Nullable was not sent.
type Nullable[T any] struct {
	Sent  bool // the field was in the body, null or not
	Null  bool
	Value T
}

// MarshalJSON writes the value, or null.
func (n Nullable[T]) MarshalJSON() ([]byte, error) {
	if n.Null || !n.Sent {
		return []byte("null"), nil
	}
	return json.Marshal(n.Value)
}

// nullable marks the type for the binder: Value is field 2.
func (Nullable[T]) nullable() {}

type nullableMark interface{ nullable() }
