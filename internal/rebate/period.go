package rebate

import (
	"time"

	"github.com/tributary-server/tributary/internal/clock"
)

// Period is the length of a group's periods.
type Period string

// These are the periods.
const (
	Daily   Period = "DAILY"
	Weekly  Period = "WEEKLY"
	Monthly Period = "MONTHLY"
)

// Schedule says on which days a group's periods begin.
type Schedule struct {
	Period Period `db:"period"`
	// Value says on which day a period begins. In a week, 1 is Monday and 7 is
	// Sunday. In a month, it is from 1 to 28, because every month has these days.
	// Daily periods ignore it.
	Value int `db:"period_value"`
}

// At returns the first and last day of the period that contains the given day.
func (s Schedule) At(day clock.Day) (first, last clock.Day) {
	switch s.Period {
	case Weekly:
		const thursday = 4 // 1970-01-01 was a Thursday
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

// Collects returns the period to which a reward is added. This is the period
// that contains the reward's day. If that period has ended, it is the period
// that contains today, so that a reward is never added to a closed period.
func (s Schedule) Collects(day, today clock.Day) (first, last clock.Day) {
	return s.At(max(day, today))
}
