package performance

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/tributary-server/tributary/internal/click"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/page"
)

const (
	defaultDays = 30 // number of days if the request does not say when the period begins
	defaultBy   = click.ByDay
	maxTags     = 100 // maximum number of tags in a filter
)

// Read reads a request for the report and for one of its pages. It returns
// ValidationError with every fault.
func (s *Service) Read(partnerID id.UUID, params url.Values) (*Request, page.Page, error) {
	q := page.NewQuery(params)
	r := &Request{Query: Query{PartnerID: partnerID, Only: map[click.Dimension][]string{}}}
	r.readGroups(q)
	r.readPeriod(q, clock.DayOf(s.clock.Now(), s.zone))
	for _, by := range Filters {
		if values := readFilter(q, by); len(values) > 0 {
			r.Only[by] = values
		}
	}
	if compare, given := q.Text("compare"); given {
		if compare != "previous" {
			q.Fault("compare", "invalid_choice", "Must be previous.")
		}
		r.Compare = true
	}
	shown := q.Page(0, Orderable(r.By))
	r.Order = shown.Order
	return r, shown, q.Err()
}

func (r *Request) readGroups(q *page.Query) {
	for _, name := range q.Values("group_by") {
		by := click.Dimension(name)
		if !slices.Contains(Dimensions, by) {
			q.Fault("group_by", "invalid_choice", "Must be one of: "+joinDimensions(Dimensions)+".")
			return
		}
		if len(r.By) == MaxDimensions {
			q.Fault("group_by", "max_length", fmt.Sprintf("Ensure this field has no more than %d elements.", MaxDimensions))
			return
		}
		r.By = append(r.By, by)
	}
	if r.By == nil {
		r.By = []click.Dimension{defaultBy}
	}
}

func joinDimensions(dimensions []click.Dimension) string {
	names := make([]string, len(dimensions))
	for i, d := range dimensions {
		names[i] = string(d)
	}
	return strings.Join(names, ", ")
}

// These are the first and the last day for which the stores have data.
const (
	firstDay clock.Day = 0
	lastDay  clock.Day = 47_481 // 2099-12-31
)

func (r *Request) readPeriod(q *page.Query, today clock.Day) {
	from, to := q.Day("date_from"), q.Day("date_to")
	switch {
	case from == nil && to == nil:
		r.From, r.To = today-defaultDays+1, today
	case from == nil:
		r.From, r.To = *to-defaultDays+1, *to
	case to == nil:
		r.From, r.To = *from, max(*from, today)
	default:
		r.From, r.To = *from, *to
	}
	switch {
	case r.To < r.From:
		q.Fault("date_to", "invalid", "The period ends before it begins.")
	case r.From < firstDay+MaxDays || r.To > lastDay:
		q.Fault("date_from", "invalid", fmt.Sprintf("The period must be between %s and %s.", firstDay+MaxDays, lastDay))
	case int(r.To-r.From) >= MaxDays:
		q.Fault("date_from", "max_days", fmt.Sprintf("The period has more than %d days.", MaxDays))
	}
}

func readFilter(q *page.Query, by click.Dimension) []string {
	values := q.Values(string(by))
	if by == click.ByTag && len(values) > maxTags {
		q.Fault(string(by), "max_length", fmt.Sprintf("Ensure this field has no more than %d elements.", maxTags))
		return nil
	}
	for i, text := range values {
		switch {
		case utf8.RuneCountInString(text) > page.MaxText || !utf8.ValidString(text) || strings.ContainsRune(text, 0):
			q.Fault(string(by), "invalid", fmt.Sprintf("Must be text of at most %d characters.", page.MaxText))
			return nil
		case by == click.ByCountry:
			values[i] = strings.ToUpper(text)
		case by == click.ByPlatform:
			values[i] = strings.ToLower(text)
		case by == click.ByLink:
			n, err := strconv.ParseInt(page.Whole(text), 10, 64)
			if err != nil || n < 1 {
				q.Fault(string(by), "invalid", "A valid integer is required.")
				return nil
			}
			values[i] = strconv.FormatInt(n, 10)
		}
	}
	return values
}

const (
	hourLayout  = "2006-01-02T15"
	monthLayout = "2006-01"
)

// shift is the distance between the previous and the requested period.
type shift struct{ days, months int }

// previousPeriod returns the previous period of the same length, and its
// distance from the requested period. The length is in months if the report is
// grouped by month, and otherwise in days. If a period of months ends on the
// last day of a month, so does the previous period.
func previousPeriod(q *Query, byMonth bool) (Query, shift) {
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

// move moves a value of the previous period to the requested period.
func (s shift) move(by click.Dimension, value string) string {
	layout := map[click.Dimension]string{click.ByDay: time.DateOnly, click.ByHour: hourLayout, click.ByMonth: monthLayout}[by]
	t, err := time.Parse(layout, value)
	if layout == "" || err != nil { // the value is empty, or the dimension is not a time
		return value
	}
	if s.months == 0 {
		return t.AddDate(0, 0, s.days).Format(layout)
	}
	// If the month does not have this day, use the month's last day.
	first := time.Date(t.Year(), t.Month()+time.Month(s.months), 1, t.Hour(), 0, 0, 0, time.UTC)
	return first.AddDate(0, 0, min(t.Day(), first.AddDate(0, 1, -1).Day())-1).Format(layout)
}
