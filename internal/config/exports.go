package config

import "errors"

// Exports holds the options for exports of reports as workbooks.
type Exports struct {
	ExportDir string `placeholder:"DIR" help:"Store the XLSX files that are created in the background in this directory, which is created if it is missing. Servers on one database must share it. Default: exports next to the SQLite file, or in the working directory for PostgreSQL."`
	XLSXRows  int64  `name:"xlsx-rows" placeholder:"N" default:"100000" help:"Create an XLSX file of up to N rows while the caller waits, and a larger file in the background. With 0, every file is created in the background. The broker has no files in the background: it gets up to N rows, or 100,000 with 0."`
}

// maxXLSXRows is the maximum of --xlsx-rows. A sheet of a workbook has room for only
// slightly more rows.
const maxXLSXRows = 1_000_000

func (e *Exports) check() error {
	if e.XLSXRows < 0 || e.XLSXRows > maxXLSXRows {
		return errors.New("--xlsx-rows: write a whole number from 0 to 1000000")
	}
	return nil
}

// Rows returns XLSXRows in the form that report.Options expects. In this form, a
// negative number means that every workbook is created in the background.
func (e *Exports) Rows() int64 {
	if e.XLSXRows == 0 {
		return -1
	}
	return e.XLSXRows
}
