package report

import "io"

// NewRow returns a row for columns with values that the caller computes. All
// values are null until they are set.
func NewRow(columns []*Column) *Row {
	r := &Row{columns: columns, values: make([]value, len(columns))}
	for i := range r.values {
		r.values[i].null = true
	}
	return r
}

// SetNumber sets the value of the column with this index. n is in the unit in
// which the column's format is stored.
func (r *Row) SetNumber(column int, n int64) { r.values[column] = value{number: n} }

// SetText sets the value of the column with this index to a text.
func (r *Row) SetText(column int, text string) { r.values[column] = value{text: text} }

// SetNull sets the value of the column with this index to null.
func (r *Row) SetNull(column int) { r.values[column] = value{null: true} }

// rowsOf calls write with each row of a report, in order.
type rowsOf = func(write func(*Row) error) error

// WriteRows writes computed rows as CSV or XLSX, in the same form as all other
// reports. rows calls write with each row, and may use the same Row again.
func WriteRows(out io.Writer, output Output, bom bool, columns []*Column, rows func(write func(*Row) error) error) error {
	if output == XLSX {
		return writeWorkbook(out, sheets{}, columns, rows)
	}
	return writeCSV(out, bom, columns, rows)
}
