package db

import (
	"time"
)

// Micros returns a time as it is stored, in microseconds since 1970.
func Micros(t time.Time) int64 { return t.UnixMicro() }

// Instant is the inverse of Micros. Its result is in UTC.
func Instant(micros int64) time.Time { return time.UnixMicro(micros).UTC() }

// OptionalMicros is like Micros, for a time that may be nil.
func OptionalMicros(t *time.Time) *int64 {
	if t == nil {
		return nil
	}
	m := t.UnixMicro()
	return &m
}

// OptionalInstant is the inverse of OptionalMicros.
func OptionalInstant(micros *int64) *time.Time {
	if micros == nil {
		return nil
	}
	t := Instant(*micros)
	return &t
}
