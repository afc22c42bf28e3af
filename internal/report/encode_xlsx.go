package report

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"time"

	"github.com/xuri/excelize/v2"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/fault"
)

// These are the limits on workbooks. requestXLSX is the default for the maximum
// number of rows that a request writes. maxXLSX is the maximum for any workbook.
// Both exclude the header row of each sheet.
const (
	requestXLSX = 100_000
	maxSheets   = 4
	maxXLSX     = maxSheets * (excelize.TotalRows - 1)
)

// Background reports whether the response is a workbook with too many rows for
// a request, and returns the number of rows. The caller must then use Export.
// Background returns ValidationError if there are too many rows even for
// Export.
func (a *Answer) Background(ctx context.Context) (rows int64, background bool, err error) {
	if a.count == nil {
		return 0, false, nil
	}
	rows, err = a.count(ctx)
	switch {
	case err != nil:
		return 0, false, err
	case rows > maxXLSX:
		return 0, false, fault.Invalid("format", "max_rows", fmt.Sprintf(
			"XLSX can hold up to %d rows, but the report has %d. Narrow the filters, or use format=csv.", maxXLSX, rows))
	}
	return rows, a.most < 0 || rows > a.most, nil
}

// Export is a request for a workbook that is written in the background.
type Export struct {
	Report    *Definition
	Request   *Request
	Directory string // directory for temporary files
	// Progress is called at the start and after every row, with the number of rows
	// written so far and the number of all rows.
	Progress func(written, total int64)
}

// Export writes a workbook to out. All of its rows come from one snapshot.
func (s *Service) Export(ctx context.Context, e *Export, out io.Writer) error {
	q, err := readRequest(e.Report, e.Request)
	if err != nil {
		return err
	}
	return s.runQuery(ctx, e.Report, q, e.Request.PartnerID, func(ctx context.Context, r *run) error {
		total, err := r.count(ctx)
		if err != nil {
			return err
		}
		written := int64(0)
		e.Progress(written, total)
		return s.workbook(ctx, r, e.Directory, out, func() {
			written++
			e.Progress(written, total)
		})
	})
}

func (s *Service) writeXLSX(ctx context.Context, r *run, out io.Writer) error {
	return s.workbook(ctx, r, "", out, func() {})
}

func (s *Service) workbook(ctx context.Context, r *run, directory string, out io.Writer, wrote func()) error {
	return writeWorkbook(out, sheets{directory: directory, rows: s.sheetRows}, r.query.columns, func(write func(*Row) error) error {
		return r.eachRow(ctx, r.unpagedRows(), nil, func(row *Row) error {
			if err := write(row); err != nil {
				return err
			}
			wrote()
			return ctx.Err()
		})
	})
}

// sheets holds the settings of a workbook.
type sheets struct {
	directory string // directory for temporary files; empty means the system's default
	rows      int    // maximum number of rows per sheet; 0 means as many as the format allows
}

func writeWorkbook(out io.Writer, how sheets, columns []*Column, rows rowsOf) (err error) {
	columns = shownColumns(columns)
	head := make([]sheetColumn, len(columns))
	for i, c := range columns {
		head[i] = sheetColumn{c.Name, c.Format.width()}
	}
	w, err := newWorkbook(head, how.directory)
	defer func() { err = cmp.Or(err, w.close()) }()
	if err != nil {
		return err
	}
	if how.rows > 0 {
		w.most = how.rows
	}
	cells := make([]any, len(columns))
	err = rows(func(row *Row) error {
		if err := row.fillCells(w, cells); err != nil {
			return err
		}
		return w.row(cells)
	})
	if err != nil {
		return err
	}
	return w.writeTo(out)
}

// fillCells sets cells to the shown values of the row. Numbers and dates keep
// their types. All other values are texts, which a spreadsheet never takes for
// formulas.
func (r *Row) fillCells(w *workbook, cells []any) (err error) {
	next := 0
	for i, c := range r.columns {
		if c.Hidden {
			continue
		}
		value, shown := r.values[i].cell(c)
		if cells[next], err = w.withStyle(value, shown); err != nil {
			return err
		}
		next++
	}
	return nil
}

// cell returns the value of a cell, and the number format of the cell.
func (v *value) cell(c *Column) (value any, format string) {
	format = c.Format.numberFormat()
	switch {
	case v.null:
		return nil, ""
	case c.Derive != nil:
		return number(v.text), format
	case c.Format.kind == kindBoolean:
		return v.flag, ""
	case c.Format.kind == kindInteger:
		return v.number, ""
	case c.Format.kind == kindDecimal:
		return number(string(v.appendText(nil, &c.Format))), format
	case c.Format.kind == kindDate:
		if serial, known := daySerial(clock.Day(v.number)); known {
			return serial, format
		}
	case c.Format.kind == kindInstant, c.Format.kind == kindHour:
		at := v.number
		if c.Format.kind == kindHour {
			at *= time.Hour.Microseconds()
		}
		if serial, known := instantSerial(at); known {
			return serial, format
		}
	}
	return string(v.appendText(nil, &c.Format)), ""
}
