// Package id creates and parses the 128-bit identifiers of objects, which are UUIDs.
// The programme creates UUIDs of version 7, which sort by their time.
package id

import (
	"database/sql/driver"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/google/uuid"
)

// UUID is a 128-bit identifier. SQLite stores its 16 bytes, PostgreSQL stores a uuid,
// and the API uses the text with 36 characters.
type UUID [16]byte

// Nil is the zero UUID. As a partner id, it means the programme itself, to which the
// clients without a partner belong.
var Nil UUID

// New returns a new UUID of version 7. UUIDs sort in the order in which they were
// created.
func New() UUID { return UUID(uuid.Must(uuid.NewV7())) }

// Parse reads a UUID with 36 characters or with 32 hex digits, ignoring case.
func Parse(s string) (UUID, error) {
	if len(s) != 36 && len(s) != 32 {
		return Nil, fmt.Errorf("a UUID has 36 characters, but this text has %d", len(s))
	}
	u, err := uuid.Parse(s)
	return UUID(u), err
}

// String returns the UUID with 36 characters, in lower case.
func (u UUID) String() string { return uuid.UUID(u).String() }

// Short returns the first 8 hex digits, which identify a client in most reports.
func (u UUID) Short() string { return hex.EncodeToString(u[:4]) }

// Hex returns the 32 hex digits, in lower case.
func (u UUID) Hex() string { return hex.EncodeToString(u[:]) }

// MarshalText returns the UUID with 36 characters.
func (u UUID) MarshalText() ([]byte, error) { return []byte(u.String()), nil }

// UnmarshalText reads a UUID as Parse does.
func (u *UUID) UnmarshalText(text []byte) (err error) {
	*u, err = Parse(string(text))
	return err
}

// Value returns the 16 bytes, for SQLite.
func (u UUID) Value() (driver.Value, error) { return u[:], nil }

// Scan reads 16 bytes or text.
func (u *UUID) Scan(src any) error {
	switch v := src.(type) {
	case []byte:
		if len(v) == len(u) {
			copy(u[:], v)
			return nil
		}
		return u.UnmarshalText(v)
	case string:
		return u.UnmarshalText([]byte(v))
	default:
		return fmt.Errorf("scanning %T as a UUID", src)
	}
}

// Between returns the lowest and the highest UUID that a text can mean. The text is a
// whole UUID or its first 8 hex digits. ok is false for any other text.
func Between(text string) (from, to UUID, ok bool) {
	const short = 8
	if len(text) != short {
		u, err := Parse(text)
		return u, u, err == nil
	}
	from, err := Parse(text + strings.Repeat("0", 2*len(UUID{})-short))
	if err != nil {
		return from, to, false
	}
	to, err = Parse(text + strings.Repeat("f", 2*len(UUID{})-short))
	return from, to, err == nil
}
