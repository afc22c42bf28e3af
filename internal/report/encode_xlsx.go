package report

import (
	"context"
	"fmt"
	"io"
	"strconv"

	"github.com/xuri/excelize/v2"

	"github.com/tributary-server/tributary/internal/fault"
)

// maxXLSX is how many rows a workbook made in the request may have.
const maxXLSX = 100_000

// writeXLSX writes the whole filtered set as a workbook of one sheet.
func (s *Service) writeXLSX(ctx context.Context, r *run, w io.Writer) (err error) {
	if err := r.checkSize(ctx); err != nil {
		return err
	}
	book := excelize.NewFile()
	defer func() {
		if closed := book.Close(); err == nil && closed != nil {
			err = fmt.Errorf("closing the workbook: %w", closed)
		}
	}()
	sheet, err := book.NewStreamWriter(book.GetSheetName(0))
	if err != nil {
		return fmt.Errorf("starting the sheet: %w", err)
	}
	columns := shown(r.query.columns)
	cells := make([]any, len(columns))
	for i, c := range columns {
		cells[i] = c.Name
	}
	line := 1
	if err := sheet.SetRow("A1", cells); err != nil {
		return fmt.Errorf("writing the header: %w", err)
	}
	statement := r.all()
	if r.definition.Single {
		statement = r.page()
	}
	err = r.each(ctx, statement, func(row *Row) error {
		line++
		row.fillCells(cells)
		return sheet.SetRow("A"+strconv.Itoa(line), cells)
	})
	if err != nil {
		return err
	}
	if err := sheet.Flush(); err != nil {
		return fmt.Errorf("finishing the sheet: %w", err)
	}
	if err := book.Write(w); err != nil {
		return fmt.Errorf("writing the workbook: %w", err)
	}
	return nil
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

// fillCells writes the row's shown values: numbers as numbers, the rest as
// text, which a spreadsheet never takes for a formula.
func (r *Row) fillCells(cells []any) {
	next := 0
	for i, c := range r.columns {
		if c.Hidden {
			continue
		}
		cells[next] = r.values[i].cell(c)
		next++
	}
}

func (v *value) cell(c *Column) any {
	switch {
	case v.null:
		return nil
	case c.Derive != nil:
		return number(v.text)
	case c.Format.kind == kindBoolean:
		return v.flag
	case c.Format.kind == kindInteger:
		return v.number
	case c.Format.kind == kindDecimal:
		return number(string(v.appendText(nil, c.Format)))
	default:
		return string(v.appendText(nil, c.Format))
	}
}

// number is a decimal as a workbook keeps it, which knows only binary floating
// point; the shortest digits that name it are what is written. Text where
// there are more digits than it can hold.
func number(digits string) any {
	const held = 15
	n, err := strconv.ParseFloat(digits, 64)
	if err != nil || len(digits) > held {
		return digits
	}
	return n
}
