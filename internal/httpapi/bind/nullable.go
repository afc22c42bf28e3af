package bind

import "encoding/json"

// Nullable is a field of the body in which null means that the value should be
// removed. The zero Nullable means that the field was not sent.
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

// nullable marks the type for decoderOf, which requires that Value is the field
// with index 2.
func (Nullable[T]) nullable() {}

type nullableMark interface{ nullable() }
