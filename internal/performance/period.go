package performance

import (
	"time"

	"github.com/tributary-server/tributary/internal/click"
	"github.com/tributary-server/tributary/internal/clock"
)

const (
	hourLayout  = "2006-01-02T15"
	monthLayout = "2006-01"
)

// shift is the distance from a moment of the period before to the same moment
// of the period.
type shift struct{ days, months int }

// before returns the period before the query's, of the same length: in months
// when grouped by month, else in days. A month's last day maps to a month's
// last day.
func before(q *Query, byMonth bool) (Query, shift) {
	previous, by := *q, shift{days: int(q.To-q.From) + 1}
	if byMonth {
		from, to := date(q.From), date(q.To)
		by = shift{months: (to.Year()-from.Year())*12 + int(to.Month()-from.Month()) + 1}
		previous.From, previous.To = earlier(from, by.months), earlier(to, by.months)
		return previous, by
	}
	previous.From, previous.To = q.From-clock.Day(by.days), q.To-clock.Day(by.days)
	return previous, by
}

func date(day clock.Day) time.Time { return day.Start(time.UTC) }

func earlier(t time.Time, months int) clock.Day {
	last := t.AddDate(0, 0, 1).Day() == 1
	first := time.Date(t.Year(), t.Month()-time.Month(months), 1, 0, 0, 0, 0, time.UTC)
	end := first.AddDate(0, 1, -1)
	if last || t.Day() > end.Day() {
		return clock.DayOf(end, time.UTC)
	}
	return clock.DayOf(first.AddDate(0, 0, t.Day()-1), time.UTC)
}

// moved returns a value of the period before as the period's own groups write
// it.
func (s shift) moved(by click.Dimension, value string) string {
	layout := map[click.Dimension]string{click.ByDay: time.DateOnly, click.ByHour: hourLayout, click.ByMonth: monthLayout}[by]
	t, err := time.Parse(layout, value)
	if layout == "" || err != nil { // none, or not a time
		return value
	}
	if s.months == 0 {
		return t.AddDate(0, 0, s.days).Format(layout)
	}
	// A day that the month does not have counts for its last day.
	first := time.Date(t.Year(), t.Month()+time.Month(s.months), 1, t.Hour(), 0, 0, 0, time.UTC)
	return first.AddDate(0, 0, min(t.Day(), first.AddDate(0, 1, -1).Day())-1).Format(layout)
}
