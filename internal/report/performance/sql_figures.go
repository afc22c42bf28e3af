package performance

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/tributary-server/tributary/internal/click"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db"
)

// column returns the SQL expression of a dimension. It returns true instead if the
// source has no values for this dimension.
func (src *performanceSource) column(by click.Dimension) (sql string, none bool) {
	switch {
	case src.cost && by == click.ByCampaign:
		return "k.campaign_code", false
	case src.cost:
		return "", true
	case by == click.ByCampaign:
		return "coalesce(s.campaign_code, '')", false
	case by == click.ByLink:
		return "coalesce(s.link_id, 0)", false
	case by == click.ByTag:
		return "coalesce(s.tags, '')", false
	case by == click.BySubID:
		return "coalesce(s.sub_id, '')", false
	case by == click.ByPlatform:
		return "coalesce(s.platform, '')", false
	case by == click.ByCountry && src.hour != "":
		return "s.country", false
	case by == click.ByCountry:
		return "CASE WHEN s.clicked_at IS NULL THEN coalesce(" + src.country + ", '') ELSE s.country END", false
	default:
		return "", true
	}
}

// timeColumn returns the SQL expression of a dimension that is a time. The result
// is a number, or a text for a month.
func (src *performanceSource) timeColumn(by click.Dimension, q *Query, zone *time.Location) (sql string, none bool) {
	day := src.day
	switch {
	case src.hour != "" && by == click.ByHour:
		return src.hour, false
	case src.hour != "":
		day = src.hour + " / 24"
	case src.at != "":
		local := "(" + localMicros(src.at, q, zone) + ")"
		if by == click.ByHour {
			return local + " / 3600000000", false
		}
		day = local + " / 86400000000"
	}
	switch by {
	case click.ByDay:
		return day, false
	case click.ByMonth:
		return monthOf("("+day+")", q), false
	default:
		return "", true
	}
}

// localMicros returns an SQL expression that converts an instant to local time in
// the given zone. The expression has one offset for each part of the period between
// two clock changes.
func localMicros(at string, q *Query, zone *time.Location) string {
	t, end := q.From.Start(zone), (q.To + 1).Start(zone)
	var stretches strings.Builder
	for {
		_, offset := t.Zone()
		_, until := t.ZoneBounds()
		micros := strconv.FormatInt(int64(offset)*1_000_000, 10)
		if until.IsZero() || !until.Before(end) {
			if stretches.Len() == 0 {
				return at + " + " + micros
			}
			return at + " + CASE" + stretches.String() + " ELSE " + micros + " END"
		}
		stretches.WriteString(" WHEN " + at + " < " + strconv.FormatInt(db.Micros(until), 10) + " THEN " + micros)
		t = until
	}
}

// monthOf returns an SQL expression for the month of a day, as a text. It works
// only for days in the query's period.
func monthOf(day string, q *Query) string {
	var months strings.Builder
	for first := q.From.Start(time.UTC).AddDate(0, 0, 1-q.From.Start(time.UTC).Day()); clock.DayOf(first, time.UTC) <= q.To; {
		next := first.AddDate(0, 1, 0)
		months.WriteString(" WHEN " + day + " < " + strconv.Itoa(int(clock.DayOf(next, time.UTC))) + " THEN '" + first.Format("2006-01") + "'")
		first = next
	}
	return "CASE" + months.String() + " END"
}

// compileFilters compiles the filters. It returns false if no row of the source can
// match. The condition uses every argument, because PostgreSQL needs to know the
// type of each argument.
func (src *performanceSource) compileFilters(only map[click.Dimension][]string, args *[]any) (where string, possible bool) {
	where = " AND CAST($2 AS bigint) <= CAST($3 AS bigint) AND CAST($4 AS bigint) <= CAST($5 AS bigint)"
	for _, by := range Filters {
		values, narrowed := only[by]
		if !narrowed {
			continue
		}
		sql, none := src.column(by)
		switch {
		case none:
			return "", false
		case by == click.ByTag:
			where += " AND " + anyTag(sql, values, args)
			continue
		case by == click.ByLink:
			numbers := make([]int64, 0, len(values))
			for _, text := range values {
				if n, err := strconv.ParseInt(text, 10, 64); err == nil {
					numbers = append(numbers, n) // a text that is not a number matches no link
				}
			}
			*args = append(*args, numbers)
		default:
			*args = append(*args, values)
		}
		where += fmt.Sprintf(" AND (%s) @any($%d)", sql, len(*args))
	}
	return where, true
}

// anyTag returns a condition that matches if the column contains one of the tags.
// The comparison is case-sensitive on both engines.
func anyTag(column string, tags []string, args *[]any) string {
	among := "',' || " + column + " || ','"
	conditions := make([]string, len(tags))
	for i, tag := range tags {
		*args = append(*args, ","+tag+",")
		conditions[i] = fmt.Sprintf("replace(%s, CAST($%d AS text), '') <> %s", among, len(*args), among)
	}
	return "(" + strings.Join(conditions, " OR ") + ")"
}
