package bind

import "encoding/json"

// Nullable is a body field in which null means "remove the value". The zero
// Nullable is a field that was not sent.
type Nullable[T any] struct {
	Sent  bool // true if the field was in the body, even as null
	Null  bool
	Value T
}

// MarshalJSON implements json.Marshaler.
func (n Nullable[T]) MarshalJSON() ([]byte, error) {
	if n.Null || !n.Sent {
		return []byte("null"), nil
	}
	return json.Marshal(n.Value)
}

// nullable marks the type for decoderOf, which expects Value to be field 2.
func (Nullable[T]) nullable() {}

type nullableMark interface{ nullable() }
