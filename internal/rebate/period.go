package rebate

import (
	"time"

	"github.com/tributary-server/tributary/internal/clock"
)

// Period is how long a group collects before it pays.
type Period string

// The periods.
const (
	Daily   Period = "DAILY"
	Weekly  Period = "WEEKLY"
	Monthly Period = "MONTHLY"
)

// Schedule says on which days a group's periods begin.
type Schedule struct {
	Period Period `db:"period"`
	// Value is the day on which a week (1 is Monday, to 7) or a month (1 to 28,
	// so that every month has it) begins. A daily period ignores it.
	Value int `db:"period_value"`
}

// At returns the first and the last day of the period that a day falls into.
func (s Schedule) At(day clock.Day) (first, last clock.Day) {
	switch s.Period {
	case Weekly:
		const thursday = 4 // 1970-01-01
		weekday := (int(day)%7+7+thursday-1)%7 + 1
		first = day - clock.Day((weekday-s.Value+7)%7)
		return first, first + 6
	case Monthly:
		year, month, of := day.Start(time.UTC).Date()
		if of < s.Value {
			month--
		}
		first = clock.DayOf(time.Date(year, month, s.Value, 0, 0, 0, 0, time.UTC), time.UTC)
		return first, clock.DayOf(time.Date(year, month+1, s.Value, 0, 0, 0, 0, time.UTC), time.UTC) - 1
	default:
		return day, day
	}
}

// Collects returns the period that a reward counts in: that of its day, or that
// of today if that one is over. A period is over for good once its last day has
// passed, so nothing is ever added to a period that has been closed.
func (s Schedule) Collects(day, today clock.Day) (first, last clock.Day) {
	return s.At(max(day, today))
}
