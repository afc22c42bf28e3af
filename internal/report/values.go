package report

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/page"
)

// maxValues is the maximum number of values for a column in the list of filter
// values.
const maxValues = 1000

// Filterable returns the columns that have a list of filter values.
func (d *Definition) Filterable() []*Column {
	var all []*Column
	for i := range d.Columns {
		if d.Columns[i].Filter && !d.Columns[i].Unlisted {
			all = append(all, &d.Columns[i])
		}
	}
	return all
}

// PrepareValues checks a request for the list of filter values. The response is an
// object with the distinct values of each column by which requests can filter. The
// query parameter "field" selects one column. The query parameter "q" selects the
// values that contain a text.
func (s *Service) PrepareValues(d *Definition, partnerID id.UUID, params url.Values) (*Answer, error) {
	q := page.NewQuery(params)
	if d.all {
		d, partnerID = d.asked(params)
	}
	columns := d.Filterable()
	var conditions []condition
	if d.all {
		if compile := readFilter(d, d.column(partnerColumn), q); compile != nil {
			conditions = []condition{{filter: partnerColumn, compile: compile}}
		}
	}
	if name, given := q.Text("field"); given {
		c := d.column(name)
		if c == nil || !slices.Contains(columns, c) {
			q.Fault("field", "invalid_choice", "Must be one of: "+strings.Join(names(columns), ", ")+".")
			return nil, q.Err()
		}
		columns = []*Column{c}
	}
	search, _ := q.Text("q")
	if utf8.RuneCountInString(search) > page.MaxText || !utf8.ValidString(search) || strings.ContainsRune(search, 0) {
		q.Fault("q", "invalid", fmt.Sprintf("Must be text of at most %d characters.", page.MaxText))
	}
	if err := q.Err(); err != nil {
		return nil, err
	}
	write := func(ctx context.Context, w io.Writer) error {
		return s.snapshot(ctx, d, partnerID, func(ctx context.Context, run *run) error {
			return run.writeValues(ctx, columns, conditions, lower(search), w)
		})
	}
	if !slices.Contains(names(columns), d.AllValues) {
		return &Answer{write: writeWhole(func(ctx context.Context, b *body) error { return write(ctx, b) })}, nil
	}
	answer := &Answer{write: write}
	s.stream(d, answer)
	return answer, nil
}

func (r *run) writeValues(ctx context.Context, columns []*Column, conditions []condition, search string, w io.Writer) error {
	out := &valueWriter{w: w, buffer: []byte{'{'}}
	for i, c := range columns {
		if i > 0 {
			out.buffer = append(out.buffer, ',')
		}
		out.buffer = append(appendString(out.buffer, c.Name), ":["...)
		out.count = 0
		if err := r.writeColumnValues(ctx, c, conditions, search, out); err != nil {
			return err
		}
		out.buffer = append(out.buffer, ']')
	}
	out.buffer = append(out.buffer, '}')
	return out.flush()
}

// valueWriter collects the values of a list, and writes them when its buffer is
// full.
type valueWriter struct {
	w      io.Writer
	buffer []byte
	last   string // previous value, so that a short UID is not repeated
	count  int
}

func (v *valueWriter) add(item []byte) error {
	if v.count > 0 && string(item) == v.last {
		return nil
	}
	if v.last = string(item); v.count > 0 {
		v.buffer = append(v.buffer, ',')
	}
	v.buffer = append(v.buffer, item...)
	if v.count++; len(v.buffer) < csvBuffer {
		return nil
	}
	return v.flush()
}

func (v *valueWriter) flush() error {
	_, err := v.w.Write(v.buffer)
	v.buffer = v.buffer[:0]
	return err
}

func (r *run) writeColumnValues(ctx context.Context, c *Column, conditions []condition, search string, out *valueWriter) error {
	if c.Partner != nil {
		if text := c.Partner.of(r.partner); strings.Contains(lower(text), search) {
			return out.add(appendString(nil, text))
		}
		return nil
	}
	if c.Choices != nil {
		for _, choice := range slices.Sorted(slices.Values(c.Choices)) {
			if strings.Contains(choice, search) {
				if err := out.add(appendString(nil, choice)); err != nil {
					return err
				}
			}
		}
		return nil
	}
	b := r.builder()
	s, possible := b.values(r.definition, c, conditions, search)
	if !possible {
		return nil
	}
	rows, err := r.store.Query(ctx, s.text, s.args...)
	if err != nil {
		return fmt.Errorf("listing the filter values of report %s: %w", r.definition.ID, err)
	}
	defer rows.Close()
	var v value
	target := v.target(c.Format, false, r.engine)
	var item []byte
	for rows.Next() {
		if err := rows.Scan(target); err != nil {
			return fmt.Errorf("listing the filter values of report %s: %w", r.definition.ID, err)
		}
		item = v.appendJSON(item[:0], &c.Format)
		if err := out.add(item); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("listing the filter values of report %s: %w", r.definition.ID, err)
	}
	return nil
}

// values compiles a statement for the distinct values of a column, sorted, with
// the newest day first. The conditions must be about the partner, because the
// smaller tables of values may lack the other columns of the report. It returns
// false if no value can match the search.
func (b *builder) values(d *Definition, c *Column, conditions []condition, search string) (statement, bool) {
	source, sql := &d.Source, b.sql(c)
	if c.Values != nil {
		source = c.Values
	}
	if c.ValuesSQL != "" {
		sql = c.ValuesSQL
	}
	where := b.whereClause(source.Where, conditions)
	if c.Nullable {
		where += " AND " + sql + " IS NOT NULL"
	}
	if search != "" {
		narrowed, possible := b.searchCondition(c, sql, search)
		if !possible {
			return statement{}, false
		}
		where += " AND " + narrowed
	}
	if b.engine == db.Postgres && c.Format.isText() {
		sql = "(" + sql + ")" + bytewise
	}
	order, limit := " ORDER BY v", ""
	if c.Format.kind == kindDate {
		order += " DESC"
	}
	if c.Name != d.AllValues {
		limit = " LIMIT " + b.bind(int64(maxValues))
	}
	switch {
	case c.Format.kind != kindDigits:
		return b.statement("SELECT DISTINCT ", sql, " AS v FROM ", b.expand(source.Table), " t", where, order, limit), true
	case !b.all && len(source.Key) == 1 && sql == "t."+source.Key[0]: // the values of the key are distinct, and an index may have them in order
		return b.statement("SELECT ", sql, " FROM ", b.expand(source.Table), " t", where, orderBy(numberKeys(b.engine, sql)), limit), true
	default:
		return b.statement("SELECT d.v FROM (SELECT DISTINCT ", sql, " AS v FROM ", b.expand(source.Table), " t", where, ") d",
			orderBy(numberKeys(b.engine, "d.v")), limit), true
	}
}

func orderBy(keys []string) string { return " ORDER BY " + strings.Join(keys, ", ") }

// searchCondition returns a condition for the values that match the search text in
// the form in which they are shown. Days and UIDs match if they begin with the
// text. Other values match if they contain the text, ignoring case. It returns
// false if no value can match.
func (b *builder) searchCondition(c *Column, sql, search string) (string, bool) {
	switch c.Format.kind {
	case kindText, kindDigits, kindOrderID:
		if b.engine == db.Postgres {
			return "strpos(" + b.lowerSQL(sql) + ", " + b.bind(search) + ") > 0", true
		}
		return "instr(" + b.lowerSQL(sql) + ", " + b.bind(search) + ") > 0", true
	case kindUUID:
		hex := strings.ReplaceAll(search, "-", "")
		if len(hex) > 32 || strings.Trim(hex, "0123456789abcdef") != "" {
			return "", false
		}
		return b.matchPrefix(sql, hex), true
	case kindDate:
		first, last, ok := daysLike(search)
		return sql + " BETWEEN " + b.bind(int64(first)) + " AND " + b.bind(int64(last)), ok
	case kindBoolean:
		wanted, err := page.ParseBool(search)
		return truth(sql, wanted), err == nil
	default:
		return "", false
	}
}

// daysLike returns the first and last day of a period that is given as YYYY,
// YYYY-MM or YYYY-MM-DD.
func daysLike(text string) (first, last clock.Day, ok bool) {
	const from, to = "0000-01-01", "0000-12-31"
	if len(text) != 4 && len(text) != 7 && len(text) != 10 {
		return 0, 0, false
	}
	first, err := clock.ParseDay(text + from[len(text):])
	if err != nil {
		return 0, 0, false
	}
	for day := 31; day > 27; day-- {
		end := text + to[len(text):]
		if len(text) == 7 {
			end = fmt.Sprintf("%s-%02d", text, day)
		}
		if last, err = clock.ParseDay(end); err == nil {
			return first, last, true
		}
	}
	return 0, 0, false
}

// lower converts only ASCII letters to lower case, like the SQL that
// builder.lowerSQL returns.
func lower(text string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, text)
}
