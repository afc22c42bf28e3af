package report

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/page"
)

type statement struct {
	text string
	args []any
}

// builder compiles one SQL statement for one partner, or for all partners.
type builder struct {
	engine  db.Engine
	partner *Partner
	all     bool         // whether the statement reads the rows of all partners
	found   bool         // whether an index finds the few rows of the statement, among the rows of all partners
	by      []page.Order // order of the request
	newest  bool         // whether the statement reads the rows of all partners in the default order
	rollup  bool         // whether the statement reads a rollup, which has days but no instants
	seeks   *sortKey     // first key of a statement that begins beside a cursor; otherwise nil
	args    []any
	marks   [2]mark
}

// mark is a name that SQL contains in place of a value. expand replaces it with a
// placeholder.
type mark struct {
	name, bound string // bound is the placeholder, set when it is first used
	value       int64
}

// newBuilder returns a builder. Its $1 is the partner, or the programme itself in
// a statement for all partners. The SQL of a column can name the current time
// with @now, and the current day in the programme's time zone with @today.
func newBuilder(engine db.Engine, partner *Partner, now int64, today clock.Day, all bool) *builder {
	return &builder{engine: engine, partner: partner, all: all, args: []any{partner.ID}, marks: [2]mark{{name: "@now", value: now}, {name: "@today", value: int64(today)}}}
}

func (b *builder) statement(parts ...string) statement {
	return statement{text: strings.Join(parts, ""), args: b.args}
}

func (b *builder) bind(arg any) string {
	b.args = append(b.args, arg)
	return "$" + strconv.Itoa(len(b.args))
}

func (b *builder) sql(c *Column) string {
	if c.Partner != nil {
		return "CAST(" + b.bind(c.Partner.of(b.partner)) + " AS TEXT)"
	}
	return b.expand(c.sql(b.engine))
}

// expand replaces the marks in SQL with placeholders and conditions.
func (b *builder) expand(sql string) string {
	sql = b.scoped(sql)
	for i := range b.marks {
		m := &b.marks[i]
		if !strings.Contains(sql, m.name) {
			continue
		}
		if m.bound == "" {
			m.bound = b.bind(m.value)
		}
		sql = strings.ReplaceAll(sql, m.name, m.bound)
	}
	return sql
}

func (b *builder) anyText(sql string, wanted []string) string {
	if len(wanted) == 1 {
		return sql + " = " + b.bind(wanted[0])
	}
	return sql + " @any(" + b.bind(wanted) + ")"
}

func (b *builder) anyInt(sql string, wanted []int64) string {
	if len(wanted) == 1 {
		return sql + " = " + b.bind(wanted[0])
	}
	return sql + " @any(" + b.bind(wanted) + ")"
}

// lowerSQL returns an expression that converts the ASCII letters of a text to
// lower case, with the same result on both engines.
func (b *builder) lowerSQL(sql string) string {
	if b.engine == db.Postgres {
		return "lower((" + sql + ")" + bytewise + ")"
	}
	return "lower(" + sql + ")"
}

// ranges is the maximum number of short UIDs for which a filter reads ranges of
// an index. If a filter has more short UIDs, the statement compares texts
// instead.
const ranges = 8

func (b *builder) anyUID(sql string, full []id.UUID, short []string) string {
	var terms []string
	switch {
	case len(full) == 1:
		terms = append(terms, sql+" = "+b.bind(full[0]))
	case len(full) > 1:
		terms = append(terms, sql+" @anyid("+b.bind(full)+")")
	}
	if len(short) > ranges {
		terms = append(terms, b.shortSQL(sql)+" @any("+b.bind(short)+")")
		short = nil
	}
	for _, prefix := range short {
		terms = append(terms, b.matchPrefix(sql, prefix))
	}
	return "(" + strings.Join(terms, " OR ") + ")"
}

// matchPrefix returns a condition that matches UUIDs that begin with the given
// hex digits.
func (b *builder) matchPrefix(sql, hex string) string {
	first, err := id.Parse(hex + strings.Repeat("0", 32-len(hex)))
	if err != nil {
		return "1 = 0"
	}
	last, err := id.Parse(hex + strings.Repeat("f", 32-len(hex)))
	if err != nil {
		return "1 = 0"
	}
	return sql + " BETWEEN " + b.bind(first) + " AND " + b.bind(last)
}

func (b *builder) shortSQL(sql string) string {
	if b.engine == db.Postgres {
		return "left(CAST(" + sql + " AS TEXT), 8)"
	}
	return "lower(hex(substr(" + sql + ", 1, 4)))"
}

// instant returns a condition on an indexed instant, so that a filter on a date
// can use the index. A local day differs from the UTC day by at most 14 hours.
// The caller therefore passes a day that is one day outside the range, and a
// separate condition on the date decides.
func (b *builder) instant(c *Column, compare string, day clock.Day) []string {
	if c.Instant == "" || b.rollup {
		return nil
	}
	return []string{b.leftSide(c.Instant, compare) + b.bind(int64(day)*86_400_000_000)}
}

// leftSide returns the left side of a comparison. If a statement begins at a
// cursor, the index should serve the comparison with the cursor, which is the
// closer bound. The plus stops the engine from using the index for another
// comparison with the same column.
func (b *builder) leftSide(sql, compare string) string {
	if b.seeks != nil && b.seeks.sql == sql && strings.HasPrefix(compare, strings.TrimRight(b.seeks.compares(), " ")) {
		sql = "+" + sql
	}
	return sql + compare
}

// fromClause returns the FROM clause of a request. If the request filters by
// accounts or orders, the clause makes SQLite use the source's index for them.
func (b *builder) fromClause(source *Source, conditions []condition) string {
	table := " FROM " + b.expand(source.Table) + " t"
	if b.engine == db.SQLite && source.Index != "" {
		return table + " INDEXED BY " + source.Index
	}
	index := ""
	if b.newest {
		index = source.AllIndex
	}
	for _, c := range conditions {
		if index == "" || c.index == source.OrderIndex {
			index = cmp.Or(c.index, index)
		}
	}
	if b.engine == db.SQLite && index != "" {
		return table + " INDEXED BY " + index
	}
	return table
}

func (b *builder) whereClause(fixed string, conditions []condition) string {
	all := []string{b.mine("t.partner_id")}
	if b.found && !b.rollup {
		all = append(all, b.known("t.partner_id"))
	}
	if fixed != "" && !b.rollup {
		all = append(all, fixed)
	}
	for _, c := range conditions {
		all = append(all, c.compile(b))
	}
	return " WHERE " + strings.Join(all, " AND ")
}

// selectList returns the expressions of the columns that the statement reads. It
// leaves out constants and computed columns.
func (b *builder) selectList(columns []*Column) string {
	var all []string
	for _, c := range columns {
		if c.Partner == nil && !c.computed() {
			all = append(all, b.sql(c))
		}
	}
	return strings.Join(all, ", ")
}

// bytewise makes PostgreSQL sort text by its bytes, as SQLite does, no matter
// which collation the database has.
const bytewise = ` COLLATE "C"`

// orderKeys returns the expressions by which a column is sorted. Account
// numbers are sorted as numbers, and other texts by their bytes.
func (b *builder) orderKeys(c *Column, sql string) []string {
	switch {
	case c.Format.kind == kindDigits:
		return numberKeys(b.engine, sql)
	case b.engine == db.Postgres && c.Format.isText():
		return []string{sql + bytewise}
	default:
		return []string{sql}
	}
}

func (b *builder) rows(d *Definition, columns []*Column, conditions []condition, by []page.Order) statement {
	b.newest = b.readsNewest(d)
	return b.statement("SELECT ", b.selectList(columns), b.fromClause(&d.Source, conditions), d.Source.Join,
		b.whereClause(d.Source.Where, conditions), orderOf(b.sortKeys(d, by)))
}

// page compiles a statement for one page. The statement first selects the keys
// of the page's rows, from an index if possible, and then reads the other
// columns of these rows. CROSS JOIN prevents SQLite from reversing this. The
// first page in the default order skips no rows, so it is read directly.
func (b *builder) page(d *Definition, columns []*Column, conditions []condition, p page.Page) statement {
	if d.Source.Parts == nil && (d.Few || p.Offset == 0 && len(conditions) == 0 && slices.Equal(p.Order, d.Order)) {
		s := b.rows(d, columns, conditions, p.Order)
		return statement{text: s.text + b.cut(p), args: b.args}
	}
	return b.pageOfKeys(d, b.selectList(columns), conditions, b.sortKeys(d, p.Order), nil, p)
}

// pageOfKeys compiles a statement for a page whose keys an inner query selects.
// If values are not nil, the page begins after the row with these values.
func (b *builder) pageOfKeys(d *Definition, selected string, conditions []condition, keys []sortKey, values []any, p page.Page) statement {
	b.newest = b.readsNewest(d)
	if d.Source.Parts != nil {
		return b.pageOfParts(d, selected, conditions, keys, values, p)
	}
	picks, match := make([]string, len(d.Source.Key)), make([]string, len(d.Source.Key))
	for i, name := range d.Source.Key {
		picks[i], match[i] = "t."+name, " AND t."+name+" = p."+name
	}
	inner := "SELECT " + strings.Join(picks, ", ") + b.fromClause(&d.Source, conditions) + d.Source.Join + b.whereAfter(d, conditions, keys, values)
	order := orderOf(keys)
	inner += order + b.cut(p)
	b.newest = false
	return b.statement("SELECT ", selected, " FROM (", inner, ") p CROSS JOIN ", b.expand(d.Source.Table), " t", d.Source.Join,
		" WHERE ", b.mine("t.partner_id"), strings.Join(match, ""), order)
}

// whereAfter returns the WHERE clause for the rows after the row with these
// values. If there are no values, it returns the clause for all rows.
func (b *builder) whereAfter(d *Definition, conditions []condition, keys []sortKey, values []any) string {
	if values == nil {
		return b.whereClause(d.Source.Where, conditions)
	}
	b.seeks = &keys[0]
	where := b.whereClause(d.Source.Where, conditions)
	return where + " AND " + b.afterRow(keys, values)
}

// pageOfParts compiles a statement for one page of a source that has parts. From
// each part, the statement takes the first rows in the order of the page. It
// takes as many as the page needs if all of its rows, and all rows before them,
// are from this part. Then it sorts the rows of all parts together.
func (b *builder) pageOfParts(d *Definition, selected string, conditions []condition, keys []sortKey, values []any, p page.Page) statement {
	first, order := " LIMIT "+b.bind(int64(p.Offset)+int64(p.Limit)), orderOf(keys)
	parts := make([]string, len(d.Source.Parts))
	for i, part := range d.Source.Parts {
		parts[i] = "SELECT * FROM (SELECT t.* FROM (" + b.expand(part) + ") t" + b.whereAfter(d, conditions, keys, values) + order + first + ") p" + strconv.Itoa(i)
	}
	return b.statement("SELECT ", selected, " FROM (", strings.Join(parts, " UNION ALL "), ") t", d.Source.Join, order, b.cut(p))
}

// cut returns the LIMIT clause of a page. The usual limits are written into the
// text, because both engines plan a statement again for each value of a
// placeholder in LIMIT. Other limits use a placeholder, so that there are only a
// few different statements. If the request has filters, PostgreSQL should plan
// the statement again for their values, because it knows which values are
// frequent. All limits then use a placeholder.
func (b *builder) cut(p page.Page) string {
	limit := ""
	switch p.Limit {
	case 1, page.DefaultLimit, page.MaxLimit, page.DefaultLimit + 1, page.MaxLimit + 1:
		if b.engine == db.SQLite || len(b.args) == 1 { // the only argument is the partner
			limit = strconv.Itoa(p.Limit)
		}
	}
	if limit == "" {
		limit = b.bind(int64(p.Limit))
	}
	if p.Offset == 0 {
		return " LIMIT " + limit
	}
	return " LIMIT " + limit + " OFFSET " + b.bind(int64(p.Offset))
}
