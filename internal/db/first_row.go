package db

import "cmp"

// FirstRow returns the first row of a result. The row's Scan closes the result,
// and also returns the errors of the query.
func FirstRow(rows Rows, err error) Row { return firstRow{rows, err} }

type firstRow struct {
	rows Rows
	err  error
}

func (r firstRow) Scan(dest ...any) error {
	if r.err != nil {
		return r.err
	}
	err := r.first(dest)
	r.rows.Close()
	// Some errors appear only after the result has been closed.
	return cmp.Or(err, r.rows.Err())
}

func (r firstRow) first(dest []any) error {
	if !r.rows.Next() {
		return cmp.Or(r.rows.Err(), ErrNoRows)
	}
	return r.rows.Scan(dest...)
}
