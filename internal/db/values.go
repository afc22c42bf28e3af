package db

import (
	"time"
)

// Micros returns the stored form of a time, which is in microseconds since
// 1970.
func Micros(t time.Time) int64 { return t.UnixMicro() }

// Instant converts the result of Micros back to a time, in UTC.
func Instant(micros int64) time.Time { return time.UnixMicro(micros).UTC() }

// OptionalMicros is like Micros, but the time may be nil.
func OptionalMicros(t *time.Time) *int64 {
	if t == nil {
		return nil
	}
	m := t.UnixMicro()
	return &m
}

// OptionalInstant is like Instant, but the time may be nil.
func OptionalInstant(micros *int64) *time.Time {
	if micros == nil {
		return nil
	}
	t := Instant(*micros)
	return &t
}
