package db

import (
	"time"
)

// Micros is an instant as stored: microseconds since 1970, UTC.
func Micros(t time.Time) int64 { return t.UnixMicro() }

// Instant is the inverse of Micros.
func Instant(micros int64) time.Time { return time.UnixMicro(micros).UTC() }

// OptionalMicros is Micros for an instant that may be absent.
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
