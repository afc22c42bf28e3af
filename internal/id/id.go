// Package id makes and parses the 128-bit identifiers of objects: UUIDs, and
// time-ordered ones (version 7) if the programme makes them.
package id

import (
	"database/sql/driver"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/google/uuid"
)

// UUID is a 128-bit identifier. SQLite stores its 16 bytes, PostgreSQL a uuid,
// and the API uses its 36 characters.
type UUID [16]byte

// Nil is the zero UUID. As a partner_id it is the house, the owner of clients
// that no partner brought.
var Nil UUID

// New returns a new version 7 UUID: ids that are made later sort later.
func New() UUID { return UUID(uuid.Must(uuid.NewV7())) }

// Parse reads the 36-character form, or 32 hex characters, in either case.
func Parse(s string) (UUID, error) {
	if len(s) != 36 && len(s) != 32 {
		return Nil, fmt.Errorf("a UUID has 36 characters, this has %d", len(s))
	}
	u, err := uuid.Parse(s)
	return UUID(u), err
}

// String returns the 36-character form in lower case.
func (u UUID) String() string { return uuid.UUID(u).String() }

// Short returns the first 8 hex characters: most reports show a client this
// way.
func (u UUID) Short() string { return hex.EncodeToString(u[:4]) }

// Hex returns the 32-character form, which tokens use for their subject.
func (u UUID) Hex() string { return hex.EncodeToString(u[:]) }

// MarshalText implements encoding.TextMarshaler.
func (u UUID) MarshalText() ([]byte, error) { return []byte(u.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (u *UUID) UnmarshalText(text []byte) (err error) {
	*u, err = Parse(string(text))
	return err
}

// Value implements driver.Valuer: 16 bytes, for SQLite.
func (u UUID) Value() (driver.Value, error) { return u[:], nil }

// Scan implements sql.Scanner for 16 bytes or text.
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

// Between returns the lowest and the highest UUID that a text can mean: the
// text is a whole UUID, or the first 8 hex characters of one. It returns false
// if the text is neither.
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
