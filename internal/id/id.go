// Package id creates and parses the 128-bit identifiers of objects, which are UUIDs.
// New objects get UUIDs of version 7, which sort by the time of their creation.
package id

import (
	"database/sql/driver"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/google/uuid"
)

// UUID is a 128-bit identifier. SQLite stores it as 16 bytes, PostgreSQL as a
// uuid, and the API shows it as a string of 36 characters.
type UUID [16]byte

// Nil is the zero UUID. As a partner's id, it means the house, which is the owner of
// clients whom no partner brought.
var Nil UUID

// New returns a new UUID of version 7. UUIDs sort in the order in which they were
// created.
func New() UUID { return UUID(uuid.Must(uuid.NewV7())) }

// Parse parses a UUID of 36 characters or of 32 hex digits, in upper or lower
// case.
func Parse(s string) (UUID, error) {
	if len(s) != 36 && len(s) != 32 {
		return Nil, fmt.Errorf("a UUID has 36 characters, or 32 without hyphens, but this text has %d", len(s))
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

// UnmarshalText parses a UUID as Parse does.
func (u *UUID) UnmarshalText(text []byte) (err error) {
	*u, err = Parse(string(text))
	return err
}

// Value returns the 16 bytes, for SQLite.
func (u UUID) Value() (driver.Value, error) { return u[:], nil }

// Scan reads a UUID from 16 bytes or from text.
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

// Between returns the lowest and the highest UUID that match the text, which
// must be a whole UUID or its first 8 hex digits. ok is false for any other
// text.
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
