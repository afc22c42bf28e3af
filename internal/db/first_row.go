package db

import "cmp"

// FirstRow returns the first row of a result as a Row. An error of the query is
// returned by its Scan, which also closes the result.
func FirstRow(rows Rows, err error) Row { return firstRow{rows, err} }

type firstRow struct {
	rows Rows
	err  error
}

// Scan implements Row.
func (r firstRow) Scan(dest ...any) error {
	if r.err != nil {
		return r.err
	}
	err := r.first(dest)
	r.rows.Close()
	// Some errors show only when the result is closed.
	return cmp.Or(err, r.rows.Err())
}

func (r firstRow) first(dest []any) error {
	if !r.rows.Next() {
		return cmp.Or(r.rows.Err(), ErrNoRows)
	}
	return r.rows.Scan(dest...)
}
