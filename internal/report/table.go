package report

import (
	"cmp"
	"io"
	"time"

	"github.com/tributary-server/tributary/internal/clock"
)

// CellKind is the kind of text in a Cell.
type CellKind uint8

// The kinds of cells.
const (
	TextCell   CellKind = iota
	NumberCell          // digits
	MoneyCell           // an amount with two places
	DayCell             // 2026-03-01
	HourCell            // 2026-03-01T13
)

// hourLayout is the layout of an HourCell.
const hourLayout = "2006-01-02T15"

// Cell is one value of a Table; an empty text is null.
type Cell struct {
	Text string
	Kind CellKind
}

// Table is a report that was computed elsewhere and is small enough to be held
// in memory.
type Table struct {
	Columns []string
	Rows    [][]Cell
}

// Write writes the table as CSV or XLSX, as every report is written.
func (t *Table) Write(w io.Writer, output Output, bom bool) error {
	if output == XLSX {
		return t.writeXLSX(w)
	}
	buffer := appendBOM(nil, bom)
	for i, name := range t.Columns {
		if i > 0 {
			buffer = append(buffer, ',')
		}
		buffer = append(buffer, name...)
	}
	buffer = append(buffer, '\r', '\n')
	for _, row := range t.Rows {
		for i, c := range row {
			if i > 0 {
				buffer = append(buffer, ',')
			}
			if c.Kind == TextCell {
				buffer = appendCell(buffer, c.Text)
			} else {
				buffer = append(buffer, c.Text...)
			}
		}
		buffer = append(buffer, '\r', '\n')
	}
	_, err := w.Write(buffer)
	return err
}

func (t *Table) writeXLSX(out io.Writer) (err error) {
	head := make([]sheetColumn, len(t.Columns))
	for i, name := range t.Columns {
		head[i] = sheetColumn{name, usualWidth}
		if len(t.Rows) > 0 && t.Rows[0][i].Kind == HourCell {
			head[i].width = instantWidth
		}
	}
	w, err := newWorkbook(head, "")
	defer func() { err = cmp.Or(err, w.close()) }()
	if err != nil {
		return err
	}
	cells := make([]any, len(t.Columns))
	for _, row := range t.Rows {
		for i, c := range row {
			if cells[i], err = w.styled(c.value()); err != nil {
				return err
			}
		}
		if err := w.row(cells); err != nil {
			return err
		}
	}
	return w.writeTo(out)
}

// value returns the cell's value in a workbook and its number format.
func (c Cell) value() (value any, format string) {
	if c.Text == "" {
		return nil, ""
	}
	switch c.Kind {
	case NumberCell:
		return number(c.Text), ""
	case MoneyCell:
		return number(c.Text), moneyFormat(2)
	case DayCell:
		day, err := clock.ParseDay(c.Text)
		if serial, known := daySerial(day); err == nil && known {
			return serial, dateFormat
		}
	case HourCell:
		at, err := time.Parse(hourLayout, c.Text)
		if serial, known := instantSerial(at.UnixMicro()); err == nil && known {
			return serial, instantFormat
		}
	case TextCell:
	}
	return c.Text, ""
}
