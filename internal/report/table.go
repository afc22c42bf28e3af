package report

import (
	"fmt"
	"io"
	"strconv"

	"github.com/xuri/excelize/v2"
)

// Cell is one value of a Table: text, or the digits of a number; empty for
// null.
type Cell struct {
	Text   string
	Number bool
}

// Table is a report that was put together elsewhere, small enough to be held.
type Table struct {
	Columns []string
	Rows    [][]Cell
}

// Write writes the table as CSV or XLSX, as every report is written.
func (t *Table) Write(w io.Writer, output Output) error {
	if output == XLSX {
		return t.writeXLSX(w)
	}
	var buffer []byte
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
			if c.Number {
				buffer = append(buffer, c.Text...)
			} else {
				buffer = appendCell(buffer, c.Text)
			}
		}
		buffer = append(buffer, '\r', '\n')
	}
	_, err := w.Write(buffer)
	return err
}

func (t *Table) writeXLSX(w io.Writer) (err error) {
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
	cells := make([]any, len(t.Columns))
	for i, name := range t.Columns {
		cells[i] = name
	}
	if err := sheet.SetRow("A1", cells); err != nil {
		return fmt.Errorf("writing the header: %w", err)
	}
	for line, row := range t.Rows {
		for i, c := range row {
			switch {
			case c.Text == "":
				cells[i] = nil
			case c.Number:
				cells[i] = number(c.Text)
			default:
				cells[i] = c.Text
			}
		}
		if err := sheet.SetRow("A"+strconv.Itoa(line+2), cells); err != nil {
			return fmt.Errorf("writing a row: %w", err)
		}
	}
	if err := sheet.Flush(); err != nil {
		return fmt.Errorf("finishing the sheet: %w", err)
	}
	if err := book.Write(w); err != nil {
		return fmt.Errorf("writing the workbook: %w", err)
	}
	return nil
}
