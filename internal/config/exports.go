package config

import "errors"

// Exports holds the options for large reports as workbooks.
type Exports struct {
	ExportDir string `placeholder:"DIR" help:"Keep the XLSX files that are made in the background in this directory; it is made when it is not there. Servers on one database share it. Without it, exports beside the database's file, or exports for PostgreSQL."` //nolint:lll // a tag is one line
	XLSXRows  int64  `name:"xlsx-rows" placeholder:"N" default:"100000" help:"Make an XLSX of up to so many rows while the caller waits, and a larger one in the background; 0 makes all in the background."`                                                        //nolint:lll // a tag is one line
}

// maxXLSXRows is how many rows fit into a sheet.
const maxXLSXRows = 1_000_000

func (e *Exports) check() error {
	if e.XLSXRows < 0 || e.XLSXRows > maxXLSXRows {
		return errors.New("--xlsx-rows: enter a whole number from 0 to 1000000")
	}
	return nil
}

// Rows converts XLSXRows for the reports, where a negative number means no
// rows.
func (e *Exports) Rows() int64 {
	if e.XLSXRows == 0 {
		return -1
	}
	return e.XLSXRows
}
