package report

import (
	"slices"
	"strconv"
	"strings"

	"github.com/tributary-server/tributary/internal/page"
)

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

// groups compiles a statement for all groups.
func (b *builder) groups(d *Definition, columns []*Column, conditions []condition, by []page.Order) statement {
	inner := b.groupQuery(d, columns, conditions)
	return b.statement("SELECT ", shownGroups(columns), " FROM (", inner, ") t", groupOrder(b.groupKeys(d, columns, by)))
}

func groupOrder(keys []sortKey) string {
	if keys == nil { // a list that is grouped only by values which are the same in every row has one group
		return ""
	}
	return orderOf(keys)
}

// shownGroups returns the columns that a statement selects from a groupQuery.
func shownGroups(columns []*Column) string {
	var shown []string
	for _, c := range columns {
		if c.Partner == nil {
			shown = append(shown, "t."+c.Name)
		}
	}
	return strings.Join(shown, ", ")
}

// groupKeys returns the expressions by which groups are sorted. The last ones are
// those of the columns that identify a group. By default, the newest day or month
// comes first.
func (b *builder) groupKeys(d *Definition, columns []*Column, by []page.Order) []sortKey {
	named := map[string]bool{}
	for _, o := range by {
		named[o.Field] = true
	}
	for _, c := range columns {
		if d.groups(c.Name) && !named[c.Name] {
			by = append(slices.Clip(by), page.Order{Field: c.Name, Descending: c.Newest})
		}
	}
	var keys []sortKey
	for _, o := range by {
		c := d.column(o.Field)
		if c.Partner != nil {
			continue
		}
		kinds := c.Format.sortKinds()
		for i, sql := range b.orderKeys(c, "t."+c.Name) {
			keys = append(keys, sortKey{sql: sql, kind: kinds[i], descending: o.Descending})
		}
	}
	return keys
}

// groupPage compiles a statement for the page at a cursor, like seek. It computes
// all groups.
func (b *builder) groupPage(d *Definition, q *query, keys []sortKey) statement {
	selected, where := shownGroups(q.columns), ""
	if keys != nil {
		selected += ", " + keysOf(keys)
	}
	inner := b.groupQuery(d, q.columns, q.conditions)
	if q.cursor.values != nil {
		where = " WHERE " + b.afterRow(keys, q.cursor.values)
	}
	return b.statement("SELECT ", selected, " FROM (", inner, ") t", where, groupOrder(keys), b.cut(page.Page{Limit: q.page.Limit + 1, Offset: q.page.Offset}))
}

// groupSums compiles a statement for the number of groups and the sums over the
// groups. It also returns the columns of these sums.
func (b *builder) groupSums(d *Definition, columns []*Column, conditions []condition) (s statement, summed []*Column) {
	selected := "count(*)"
	for _, c := range columns {
		if c.Sum {
			selected, summed = selected+", "+sum("t."+c.Name), append(summed, c)
		}
	}
	inner := b.groupQuery(d, columns, conditions)
	return b.statement("SELECT ", selected, " FROM (", inner, ") t"), summed
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
