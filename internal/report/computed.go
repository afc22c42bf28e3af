package report

import "io"

// NewRow returns a row of columns whose values the caller computes. All are
// null at first.
func NewRow(columns []*Column) *Row {
	r := &Row{columns: columns, values: make([]value, len(columns))}
	for i := range r.values {
		r.values[i].null = true
	}
	return r
}

// SetNumber sets the value of a column by its index: a count, or a decimal,
// day, hour or instant as the column's format stores it.
func (r *Row) SetNumber(column int, n int64) { r.values[column] = value{number: n} }

// SetText sets the text of a column by its index.
func (r *Row) SetText(column int, text string) { r.values[column] = value{text: text} }

// SetNull empties a column by its index.
func (r *Row) SetNull(column int) { r.values[column] = value{null: true} }

// rowsOf calls write with each row of a report, one after the other.
type rowsOf = func(write func(*Row) error) error

// WriteRows writes computed rows as CSV or XLSX, as every report is written.
// rows calls its argument with each row, and may use one row again.
func WriteRows(out io.Writer, output Output, bom bool, columns []*Column, rows func(write func(*Row) error) error) error {
	if output == XLSX {
		return writeWorkbook(out, sheets{}, columns, rows)
	}
	return writeCSV(out, bom, columns, rows)
}
