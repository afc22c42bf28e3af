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

// workbook writes a spreadsheet row by row, in constant memory. It writes the
// rows to a temporary file, and then copies them to the output in compressed
// form. The first row of a sheet has the names of the columns and stays
// visible. When a sheet is full, workbook begins the next one.
type workbook struct {
	book   *excelize.File
	head   []sheetColumn
	sheet  *excelize.StreamWriter
	sheets int
	lines  int            // number of rows in the current sheet
	most   int            // maximum number of rows per sheet
	styles map[string]int // ids of styles, by number format
}

type sheetColumn struct {
	name  string
	width float64
}

// These are the number formats of cells, and column widths at which all digits
// are visible.
const (
	dateFormat    = "yyyy-mm-dd"
	instantFormat = "yyyy-mm-dd hh:mm:ss"
	dateWidth     = 12
	instantWidth  = 20
	digitsWidth   = 22
	usualWidth    = 16
)

// newWorkbook begins a workbook. The directory is for temporary files. If it is
// empty, the system's default directory is used.
func newWorkbook(columns []sheetColumn, directory string) (*workbook, error) {
	w := &workbook{
		book: excelize.NewFile(excelize.Options{TmpDir: directory}), head: columns, most: excelize.TotalRows, styles: map[string]int{},
	}
	err := w.begin()
	return w, err
}

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

// writeTo finishes the workbook. The library would otherwise build the whole
// file in memory, so writeTo gives the library a zip writer that writes
// directly to out.
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

// withStyle returns the value with a number format. If the format is empty, it
// returns the value itself.
func (w *workbook) withStyle(value any, format string) (any, error) {
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

// moneyFormat returns the number format for an amount, with thousands
// separators.
func moneyFormat(places int) string { return "#,##0." + strings.Repeat("0", places) }

// numberFormat returns the number format of the column's cells. It returns ""
// for the default format.
func (f Format) numberFormat() string {
	switch {
	case f.kind == kindDate:
		return dateFormat
	case f.kind == kindInstant, f.kind == kindHour:
		return instantFormat
	case f.kind == kindDecimal && f.scale == money.AmountPlaces:
		return moneyFormat(f.places)
	default:
		return ""
	}
}

func (f Format) width() float64 {
	switch f.kind {
	case kindDate:
		return dateWidth
	case kindInstant, kindHour:
		return instantWidth
	case kindDigits:
		return digitsWidth
	default:
		return usualWidth
	}
}

// In a workbook, a day is a number of days since the end of 1899. Programs
// disagree about the days before March 1900.
const (
	epochSerial = 25_569 // 1970-01-01
	firstSerial = 61     // 1900-03-01
	lastSerial  = 2_958_466
	daySeconds  = int64(24 * time.Hour / time.Second)
)

// daySerial returns the number of a day in a workbook. It returns false if a
// workbook cannot represent the day.
func daySerial(day clock.Day) (float64, bool) {
	serial := float64(day) + epochSerial
	return serial, serial >= firstSerial && serial < lastSerial
}

// instantSerial returns the number of an instant in a workbook, in UTC and
// whole seconds. It returns false if a workbook cannot represent the instant.
func instantSerial(micros int64) (float64, bool) {
	seconds := time.UnixMicro(micros).Unix()
	serial := float64(seconds)/float64(daySeconds) + epochSerial
	return serial, serial >= firstSerial && serial < lastSerial
}

// number returns a decimal as a float, because workbooks have no other numbers.
// A decimal with too many digits for a float is returned as a text.
func number(digits string) any {
	const held = 15
	n, err := strconv.ParseFloat(digits, 64)
	if err != nil || len(digits) > held {
		return digits
	}
	return n
}
