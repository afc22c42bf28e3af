package report

import (
	"cmp"
	"context"
	"fmt"
	"io"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/fault"
)

// maxXLSX is how many rows a workbook made in the request may have.
const maxXLSX = 100_000

// writeXLSX writes the whole filtered set as a workbook of one sheet.
func (s *Service) writeXLSX(ctx context.Context, r *run, out io.Writer) (err error) {
	if err := r.checkSize(ctx); err != nil {
		return err
	}
	columns := shown(r.query.columns)
	head := make([]sheetColumn, len(columns))
	for i, c := range columns {
		head[i] = sheetColumn{c.Name, c.Format.width()}
	}
	w, err := newWorkbook(head)
	defer func() { err = cmp.Or(err, w.close()) }()
	if err != nil {
		return err
	}
	statement := r.all()
	if r.definition.Single {
		statement = r.page()
	}
	cells := make([]any, len(columns))
	err = r.each(ctx, statement, func(row *Row) error {
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

// checkSize refuses a workbook that is too big to be made in a request.
func (r *run) checkSize(ctx context.Context) error {
	if r.definition.Single || r.definition.Unpaged {
		return nil
	}
	totals, err := r.totals(ctx)
	if err != nil {
		return err
	}
	if totals[0].number > maxXLSX {
		return fault.Invalid("format", "max_rows",
			fmt.Sprintf("XLSX holds up to %d rows, and these are %d: narrow the filters, or use format=csv.", maxXLSX, totals[0].number))
	}
	return nil
}

// fillCells writes the row's shown values: numbers as numbers, dates as dates,
// the rest as text, which a spreadsheet never takes for a formula.
func (r *Row) fillCells(w *workbook, cells []any) (err error) {
	next := 0
	for i, c := range r.columns {
		if c.Hidden {
			continue
		}
		value, shown := r.values[i].cell(c)
		if cells[next], err = w.styled(value, shown); err != nil {
			return err
		}
		next++
	}
	return nil
}

// cell is the value in a workbook and the number format that it is shown by.
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
		return number(string(v.appendText(nil, c.Format))), format
	case c.Format.kind == kindDate:
		if serial, known := daySerial(clock.Day(v.number)); known {
			return serial, format
		}
	case c.Format.kind == kindInstant:
		if serial, known := instantSerial(v.number); known {
			return serial, format
		}
	}
	return string(v.appendText(nil, c.Format)), ""
}
