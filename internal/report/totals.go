package report

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tributary-server/tributary/internal/page"
)

// totals compiles the total count and the totals that SQL computes. The statement
// reads the first rollup that gives the same result. If there is none, it reads the
// rows themselves.
func (b *builder) totals(d *Definition, groups []*Column, conditions []condition) statement {
	from, count, special := b.fromClause(&d.Source, conditions), "count(*)", map[string]string(nil)
	if groups != nil {
		count = b.countGroups(d, groups, conditions)
	} else if r := d.rollup(conditions); r != nil {
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

// overGroups compiles the totals that are not sums over the groups. It returns
// false if there are no such totals. The statement reads the first rollup that has
// all of them.
func (b *builder) overGroups(d *Definition, totals []*Total, conditions []condition) (statement, bool) {
	selected := make([]string, len(totals))
	r := d.rollup(conditions)
	for i, t := range totals {
		if selected[i] = b.expand(t.SQL); r != nil && r.SQL[t.Name] == "" {
			r = nil
		}
	}
	from := b.fromClause(&d.Source, conditions)
	if r != nil {
		from, b.rollup = " FROM "+b.expand(r.Table)+" t", true
		for i, t := range totals {
			selected[i] = b.expand(r.SQL[t.Name])
		}
	}
	return b.statement("SELECT ", strings.Join(selected, ", "), from, b.whereClause(d.Source.Where, conditions)), len(totals) > 0
}

// countGroups returns an expression for the number of groups. If the groups
// have only one column, they can be counted in the statement of the other
// totals.
func (b *builder) countGroups(d *Definition, groups []*Column, conditions []condition) string {
	if len(groups) == 1 && groups[0].Partner == nil && d.grouping(groups, conditions) == nil {
		return "count(DISTINCT " + b.sql(groups[0]) + ")"
	}
	return "(SELECT count(*) FROM (" + b.groupQuery(d, groups, conditions) + ") g)"
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

// grouping returns the first smaller source that can provide the groups of a
// request. It returns nil if there is none.
func (d *Definition) grouping(columns []*Column, conditions []condition) *Grouping {
	i := slices.IndexFunc(d.Groupings, func(g Grouping) bool {
		needed := g.Needs == ""
		for _, c := range columns {
			if d.groups(c.Name) && c.Name != partnerColumn && !slices.Contains(g.Groups, c.Name) {
				return false
			}
			needed = needed || c.Name == g.Needs
		}
		return needed && allIn(conditions, g.Filters, g.Months)
	})
	if i < 0 {
		return nil
	}
	return &d.Groupings[i]
}

// groupQuery compiles a query that returns each group once, with the columns
// that identify the group.
func (b *builder) groupQuery(d *Definition, columns []*Column, conditions []condition) string {
	selected, places := make([]string, len(columns)), make([]string, 0, len(columns))
	source, special, indexed := &d.Source, map[string]string(nil), conditions
	if g := d.grouping(columns, conditions); g != nil {
		source, special, indexed = &g.Source, g.SQL, nil // the conditions' indexes are those of the report's source
	}
	for i, c := range columns {
		sql := special[c.Name]
		if sql == "" {
			sql = b.sql(c)
		} else {
			sql = b.expand(sql)
		}
		selected[i] = sql + " AS " + c.Name
		if d.groups(c.Name) {
			places = append(places, strconv.Itoa(i+1))
		}
	}
	return "SELECT " + strings.Join(selected, ", ") + b.fromClause(source, indexed) +
		b.whereClause(source.Where, conditions) + " GROUP BY " + strings.Join(places, ", ")
}

func (b *builder) groups(d *Definition, columns []*Column, conditions []condition, by []page.Order) statement {
	var shown []string
	for _, c := range columns {
		if c.Partner == nil {
			shown = append(shown, "t."+c.Name)
		}
	}
	inner := b.groupQuery(d, columns, conditions)
	return b.statement("SELECT ", strings.Join(shown, ", "), " FROM (", inner, ") t", b.groupOrder(d, columns, by))
}

// groupOrder returns the ORDER BY clause for groups. Its last columns are those
// that identify a group. By default, the newest day or month comes first.
func (b *builder) groupOrder(d *Definition, columns []*Column, by []page.Order) string {
	named := map[string]bool{}
	for _, o := range by {
		named[o.Field] = true
	}
	for _, c := range columns {
		if d.groups(c.Name) && !named[c.Name] {
			by = append(by, page.Order{Field: c.Name, Descending: c.Newest})
		}
	}
	var keys []string
	for _, o := range by {
		c := d.column(o.Field)
		if c.Partner != nil {
			continue
		}
		for _, key := range b.orderKeys(c, "t."+c.Name) {
			if o.Descending {
				key += " DESC"
			}
			keys = append(keys, key)
		}
	}
	if keys == nil {
		return ""
	}
	return " ORDER BY " + strings.Join(keys, ", ")
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
