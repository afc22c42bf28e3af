package report

import (
	"slices"
	"strings"
	"time"
)

// totals compiles the total count and the totals that SQL computes. The statement
// reads the first rollup that gives the same result. If there is none, it reads the
// rows themselves.
func (b *builder) totals(d *Definition, conditions []condition) statement {
	from, count, special := b.fromClause(&d.Source, conditions), "count(*)", map[string]string(nil)
	if r := d.rollup(conditions); r != nil {
		from, count, special, b.rollup = " FROM "+b.expand(r.Table)+" t", r.Count, r.SQL, true
	}
	selected := []string{count}
	for _, t := range d.Totals {
		switch {
		case t.SQL == "":
		case special[t.Name] != "":
			selected = append(selected, special[t.Name])
		default:
			selected = append(selected, b.expand(t.SQL))
		}
	}
	return b.statement("SELECT ", strings.Join(selected, ", "), from, b.whereClause(d.Source.Where, conditions))
}

// rollup returns the first rollup that can provide the totals of a request. It
// returns nil if there is none.
func (d *Definition) rollup(conditions []condition) *Rollup {
	i := slices.IndexFunc(d.Rollups, func(r Rollup) bool { return allIn(conditions, r.Filters, r.Months) })
	if i < 0 {
		return nil
	}
	return &d.Rollups[i]
}

// allIn reports whether conditions filter only by the partner and by some columns.
// If months is true, days must be whole months.
func allIn(conditions []condition, filters []string, months bool) bool {
	return !slices.ContainsFunc(conditions, func(c condition) bool {
		return !c.constant && c.filter != partnerColumn && (!slices.Contains(filters, c.filter) || months && c.dates && !c.months)
	})
}

// appendTotals appends the JSON object of the totals: count, which is the first
// of the values, and the declared totals in order.
func appendTotals(dst []byte, d *Definition, partner *Partner, values []value, now int64) []byte {
	count := values[0]
	dst = append(dst, `{"count":`...)
	dst = count.appendJSON(dst, &Integer)
	next := 1
	for _, t := range d.Totals {
		dst = append(dst, `,"`...)
		dst = append(dst, t.Name...)
		dst = append(dst, `":`...)
		switch {
		case t.Partner != nil:
			dst = append(dst, '[')
			if count.number > 0 {
				dst = appendString(dst, t.Partner.of(partner))
			}
			dst = append(dst, ']')
		case t.Now:
			second := int64(time.Second / time.Microsecond) // API clients expect no fractions of a second
			dst = (&value{number: now / second * second}).appendJSON(dst, &DateTime)
		default:
			dst = values[next].appendJSON(dst, &t.Format)
			next++
		}
	}
	return append(dst, '}')
}
