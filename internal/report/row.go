package report

import (
	"fmt"
	"io"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db"
)

// Row is the current row of a result. It includes the values that are the same
// in every row.
type Row struct {
	columns []*Column
	values  []value
	targets []any // scan targets for the columns that SQL returns
	nulls   []int // indexes of the nullable columns, for which settle must be called after a scan
	leads   []string
	today   clock.Day
}

func newRow(columns []*Column, partner *Partner, engine db.Engine, today clock.Day) *Row {
	r := &Row{columns: columns, values: make([]value, len(columns)), targets: make([]any, 0, len(columns)), today: today}
	var cells []cell
	if engine == db.SQLite {
		cells = make([]cell, len(columns))
	}
	for i, c := range columns {
		v := &r.values[i]
		switch {
		case c.Partner != nil:
			v.text = c.Partner.of(partner)
		case c.computed(): // scan computes the value
		case cells != nil:
			cells[i] = cell{v, c}
			r.targets = append(r.targets, &cells[i])
		default:
			r.targets = append(r.targets, v.target(c.Format, c.Nullable, engine))
			if c.Nullable {
				r.nulls = append(r.nulls, i)
			}
		}
	}
	return r
}

// scan reads the current row of rows, and then computes the computed columns.
func (r *Row) scan(rows Rows) error {
	if err := rows.Scan(r.targets...); err != nil {
		return fmt.Errorf("reading a row: %w", err)
	}
	for _, i := range r.nulls {
		r.values[i].settle()
	}
	for i, c := range r.columns {
		switch {
		case c.Derive != nil:
			r.values[i].text = c.Derive(r)
			r.values[i].null = r.values[i].text == ""
		case c.Day != nil:
			r.values[i].number = int64(c.Day(r))
		}
	}
	return nil
}

// Int returns the stored integer of a column, or 0 for null.
func (r *Row) Int(name string) int64 { return r.valueOf(name).number }

// Text returns the stored text of a column, or an empty text for null.
func (r *Row) Text(name string) string { return r.valueOf(name).text }

// True returns the stored boolean of a column.
func (r *Row) True(name string) bool { return r.valueOf(name).flag }

// Today returns the day of the request in the programme's time zone.
func (r *Row) Today() clock.Day { return r.today }

func (r *Row) valueOf(name string) *value {
	for i, c := range r.columns {
		if c.Name == name {
			if r.values[i].null {
				return &value{null: true}
			}
			return &r.values[i]
		}
	}
	panic("report: a column is derived from " + name + ", which the report does not declare")
}

// AppendObject appends the row as a JSON object.
func (r *Row) AppendObject(dst []byte) []byte {
	if r.leads == nil {
		r.leads = prefixes(r.columns, r.values)
	}
	start := len(dst)
	for i, c := range r.columns {
		v := &r.values[i]
		if c.Hidden || c.Omit && v.null {
			continue
		}
		switch dst = append(dst, r.leads[i]...); {
		case c.Partner != nil:
		case c.Derive != nil && !v.null:
			dst = append(dst, v.text...)
		default:
			dst = v.appendJSON(dst, &c.Format)
		}
	}
	if len(dst) == start {
		dst = append(dst, '{')
	}
	dst[start] = '{' // replaces the first comma
	return append(dst, '}')
}

// prefixes returns, for each column, the text before its value: a comma and the
// column's name. If a column has the same value in every row, the text also
// contains the value.
func prefixes(columns []*Column, values []value) []string {
	all := make([]string, len(columns))
	for i, c := range columns {
		all[i] = `,"` + c.Name + `":`
		if c.Partner != nil {
			all[i] += string(values[i].appendJSON(nil, &c.Format))
		}
	}
	return all
}

// NewRow returns a row for columns with values that the caller computes. All
// values are null until they are set.
func NewRow(columns []*Column) *Row {
	r := &Row{columns: columns, values: make([]value, len(columns))}
	for i := range r.values {
		r.values[i].null = true
	}
	return r
}

// SetNumber sets the value of the column with this index. The number n is in the
// unit in which the column's format is stored.
func (r *Row) SetNumber(column int, n int64) { r.values[column] = value{number: n} }

// SetText sets the value of the column with this index to a text.
func (r *Row) SetText(column int, text string) { r.values[column] = value{text: text} }

// SetNull sets the value of the column with this index to null.
func (r *Row) SetNull(column int) { r.values[column] = value{null: true} }

// rowsOf calls write with each row of a report, in order.
type rowsOf = func(write func(*Row) error) error

// WriteRows writes computed rows as CSV or XLSX, in the same form as all other
// reports. The caller's function rows must call write with each row, and may
// reuse the same Row.
func WriteRows(out io.Writer, output Output, bom bool, columns []*Column, rows func(write func(*Row) error) error) error {
	if output == XLSX {
		return writeWorkbook(out, sheets{}, columns, rows)
	}
	return writeCSV(out, bom, columns, rows)
}
