// Package clock provides the time. No other package calls time.Now, so a demo or a
// rehearsal can start on any day, and a test can set the time.
package clock

import (
	"sync"
	"time"
)

// Clock returns the programme's time in UTC, with the precision of the databases,
// which is a microsecond. System and StartingAt return implementations. Tests use
// the implementation Fixed.
type Clock interface{ Now() time.Time }

// System returns the machine's clock.
func System() Clock { return offset(0) }

// StartingAt returns a clock that now shows the given time, and advances
// normally. The option --clock uses it.
func StartingAt(start time.Time) Clock { return offset(time.Until(start)) }

type offset time.Duration

func (o offset) Now() time.Time {
	return time.Now().Add(time.Duration(o)).UTC().Truncate(time.Microsecond)
}

// Fixed is a clock that changes only when a test changes it. It is safe for
// concurrent use.
type Fixed struct {
	mu  sync.Mutex
	now time.Time
}

// At returns a Fixed clock that is set to the given time.
func At(now time.Time) *Fixed { return &Fixed{now: now} }

// Now returns the time that the test set.
func (f *Fixed) Now() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.now.UTC().Truncate(time.Microsecond)
}

// Advance moves the clock forward by d.
func (f *Fixed) Advance(d time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now = f.now.Add(d)
}

// Day is a calendar day, as the number of days since 1970-01-01. The databases store
// this number. The programme's time zone decides to which day an instant belongs.
type Day int32

// DayOf returns the day of t in a time zone.
func DayOf(t time.Time, zone *time.Location) Day {
	y, m, d := t.In(zone).Date()
	return Day(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86400)
}

// ParseDay reads YYYY-MM-DD.
func ParseDay(s string) (Day, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return 0, err
	}
	return DayOf(t, time.UTC), nil
}

// String returns the day as YYYY-MM-DD.
func (d Day) String() string { return time.Unix(int64(d)*86400, 0).UTC().Format(time.DateOnly) }

// Start returns the first instant of the day in a time zone.
func (d Day) Start(zone *time.Location) time.Time {
	y, m, day := time.Unix(int64(d)*86400, 0).UTC().Date()
	return time.Date(y, m, day, 0, 0, 0, 0, zone)
}

// MarshalText returns the day as YYYY-MM-DD.
func (d Day) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads YYYY-MM-DD.
func (d *Day) UnmarshalText(text []byte) (err error) {
	*d, err = ParseDay(string(text))
	return err
}

// FirstOfMonth returns the first day of the month that contains d.
func (d Day) FirstOfMonth() Day {
	_, _, day := time.Unix(int64(d)*86400, 0).UTC().Date()
	return d - Day(day-1)
}

// NextMonth returns the first day of the month after the one that contains d.
func (d Day) NextMonth() Day {
	const longest = 31
	return (d.FirstOfMonth() + longest).FirstOfMonth()
}
