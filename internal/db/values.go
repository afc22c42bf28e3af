package db

import (
	"time"

	"github.com/tributary-server/tributary/internal/clock"
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

// OptionalDay reads a nullable day column.
func OptionalDay(day *int64) *clock.Day {
	if day == nil {
		return nil
	}
	d := clock.Day(*day)
	return &d
}

// DayOrNull is the inverse of OptionalDay.
func DayOrNull(day *clock.Day) any {
	if day == nil {
		return nil
	}
	return int64(*day)
}

// NumberOrNull returns NULL for 0, which is never a number in use.
func NumberOrNull(n int64) any {
	if n == 0 {
		return nil
	}
	return n
}
