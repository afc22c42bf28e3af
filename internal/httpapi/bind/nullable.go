package bind

import "encoding/json"

// Nullable is a field of the body that may be null. A null removes the stored
// value. The zero Nullable means that the field was not sent.
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

// markNullable marks the type for decoderOf. Value must stay the field with
// index 2, because decoderOf finds it by this index.
func (Nullable[T]) markNullable() {}

// nullableMark is implemented by Nullable[T] for every T.
type nullableMark interface{ markNullable() }
