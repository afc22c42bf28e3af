package report

import (
	"archive/zip"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/money"
)

// workbook writes a spreadsheet, row after row, in memory that does not grow
// with them: rows go to a temporary file, and from there, packed, to the output.
// The first row of a sheet names the columns and stays in sight. A sheet that is
// full is followed by another one.
type workbook struct {
	book   *excelize.File
	head   []sheetColumn
	sheet  *excelize.StreamWriter
	sheets int
	lines  int            // of the last sheet
	most   int            // lines in a sheet
	styles map[string]int // by number format
}

// sheetColumn is a column of a workbook.
type sheetColumn struct {
	name  string
	width float64
}

// The number formats of cells, and the widths that show them whole.
const (
	dateFormat    = "yyyy-mm-dd"
	instantFormat = "yyyy-mm-dd hh:mm:ss"
	dateWidth     = 12
	instantWidth  = 20
	digitsWidth   = 22
	usualWidth    = 16
)

// newWorkbook begins a workbook. directory is where its temporary files go;
// empty: where the machine keeps such files.
func newWorkbook(columns []sheetColumn, directory string) (*workbook, error) {
	w := &workbook{
		book: excelize.NewFile(excelize.Options{TmpDir: directory}), head: columns, most: excelize.TotalRows, styles: map[string]int{},
	}
	err := w.begin()
	return w, err
}

// begin starts a sheet and writes its head.
func (w *workbook) begin() error {
	w.sheets++
	w.lines = 0
	name := "Sheet" + strconv.Itoa(w.sheets)
	if w.sheets > 1 {
		if err := w.finishSheet(); err != nil {
			return err
		}
		if _, err := w.book.NewSheet(name); err != nil {
			return fmt.Errorf("adding a sheet: %w", err)
		}
	}
	var err error
	if w.sheet, err = w.book.NewStreamWriter(name); err != nil {
		return fmt.Errorf("starting the sheet: %w", err)
	}
	head := make([]any, len(w.head))
	for i, c := range w.head {
		head[i] = c.name
		if err := w.sheet.SetColWidth(i+1, i+1, c.width); err != nil {
			return fmt.Errorf("setting a column's width: %w", err)
		}
	}
	if err := w.sheet.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return fmt.Errorf("freezing the first row: %w", err)
	}
	return w.row(head)
}

func (w *workbook) finishSheet() error {
	if err := w.sheet.Flush(); err != nil {
		return fmt.Errorf("finishing the sheet: %w", err)
	}
	return nil
}

// close deletes what the workbook keeps on disk.
func (w *workbook) close() error {
	if err := w.book.Close(); err != nil {
		return fmt.Errorf("closing the workbook: %w", err)
	}
	return nil
}

func (w *workbook) row(cells []any) error {
	if w.lines == w.most {
		if err := w.begin(); err != nil {
			return err
		}
	}
	w.lines++
	if err := w.sheet.SetRow("A"+strconv.Itoa(w.lines), cells); err != nil {
		return fmt.Errorf("writing a row: %w", err)
	}
	return nil
}

// writeTo ends the workbook. The library would collect the whole file in
// memory before it writes any of it, so it gets an archive that goes straight
// to out, and finds nothing left to write.
func (w *workbook) writeTo(out io.Writer) error {
	if err := w.finishSheet(); err != nil {
		return err
	}
	w.book.SetZipWriter(func(io.Writer) excelize.ZipWriter { return zip.NewWriter(out) })
	if err := w.book.Write(io.Discard); err != nil {
		return fmt.Errorf("writing the workbook: %w", err)
	}
	return nil
}

// styled is a value shown by a number format; without one, the value itself.
func (w *workbook) styled(value any, format string) (any, error) {
	if format == "" {
		return value, nil
	}
	style, known := w.styles[format]
	if !known {
		var err error
		if style, err = w.book.NewStyle(&excelize.Style{CustomNumFmt: &format}); err != nil {
			return nil, fmt.Errorf("making a number format: %w", err)
		}
		w.styles[format] = style
	}
	return excelize.Cell{StyleID: style, Value: value}, nil
}

// moneyFormat shows an amount with its places and its thousands apart.
func moneyFormat(places int) string { return "#,##0." + strings.Repeat("0", places) }

// numberFormat is how a workbook shows a column's values; empty: as they are.
func (f Format) numberFormat() string {
	switch {
	case f.kind == kindDate:
		return dateFormat
	case f.kind == kindInstant:
		return instantFormat
	case f.kind == kindDecimal && f.scale == money.AmountPlaces:
		return moneyFormat(f.places)
	default:
		return ""
	}
}

// width is how wide a workbook's column is, in characters.
func (f Format) width() float64 {
	switch f.kind {
	case kindDate:
		return dateWidth
	case kindInstant:
		return instantWidth
	case kindDigits:
		return digitsWidth
	default:
		return usualWidth
	}
}

// A workbook counts days from the end of 1899, and knows none before March
// 1900 that all programs agree on.
const (
	epochSerial = 25_569 // 1970-01-01
	firstSerial = 61     // 1900-03-01
	lastSerial  = 2_958_466
	daySeconds  = int64(24 * time.Hour / time.Second)
)

// daySerial is a date as a workbook keeps it; false when it can't.
func daySerial(day clock.Day) (float64, bool) {
	serial := float64(day) + epochSerial
	return serial, serial >= firstSerial && serial < lastSerial
}

// instantSerial is the same of an instant, in UTC and whole seconds.
func instantSerial(micros int64) (float64, bool) {
	seconds := time.UnixMicro(micros).Unix()
	serial := float64(seconds)/float64(daySeconds) + epochSerial
	return serial, serial >= firstSerial && serial < lastSerial
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
