package metatrader

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/unicode"
)

// These are the limits on a workbook, which is a zip file and can expand to a
// thousand times its size. If a sheet or the shared strings are larger than
// maxPart, excelize unpacks them to a temporary file.
const (
	maxXLSX    = 128 << 20
	maxUnzip   = 2 << 30
	maxPart    = 16 << 20
	maxRows    = 1 << 20 // maximum number of rows in a sheet, which is also Excel's limit
	shift1904  = 1462    // number of days between the two dates, in 1900 and in 1904, from which Excel can count days
	noWorkbook = "This is not an XLSX workbook that can be read"
)

// readXLSX passes the rows of every sheet to rd. The row numbers of each sheet
// start at 1.
func readXLSX(r io.Reader, rd *reader) error {
	data, err := io.ReadAll(io.LimitReader(r, maxXLSX+1))
	if err != nil {
		return fmt.Errorf("reading the file: %w", err)
	}
	if len(data) > maxXLSX {
		return unreadable(fmt.Sprintf("The workbook is larger than %d MB: save it as CSV.", maxXLSX>>20))
	}
	if err := checkZip(data); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "tributary-xlsx-")
	if err != nil {
		return fmt.Errorf("making a directory for the workbook: %w", err)
	}
	defer func() { _ = os.RemoveAll(dir) }() // the directory contains only the unpacked parts of this workbook

	var book *excelize.File
	if err := runGuarded(func() (err error) {
		book, err = excelize.OpenReader(bytes.NewReader(data), excelize.Options{
			RawCellValue: true, UnzipSizeLimit: maxUnzip, UnzipXMLSizeLimit: maxPart, TmpDir: dir,
		})
		return err
	}); err != nil {
		return err
	}
	defer func() { _ = book.Close() }() // closing cannot lose data, because the book is only read
	recodeParts(book)
	rd.book = true
	return readBook(book, rd)
}

func readBook(book *excelize.File, rd *reader) error {
	var sheets []string
	if err := runGuarded(func() error {
		props, err := book.GetWorkbookProps()
		if props.Date1904 != nil && *props.Date1904 {
			rd.shift = shift1904
		}
		sheets = book.GetSheetList()
		return err
	}); err != nil {
		return err
	}
	for _, sheet := range sheets {
		rd.table, rd.closed, rd.account = nil, true, ""
		if err := readSheet(book, sheet, rd); err != nil {
			return err
		}
	}
	return nil
}

func readSheet(book *excelize.File, sheet string, rd *reader) error {
	var rows *excelize.Rows
	if err := runGuarded(func() (err error) {
		rows, err = book.Rows(sheet)
		return err
	}); err != nil {
		return err
	}
	defer func() { _ = rows.Close() }() // closing cannot lose data, because the rows are only read
	for line := 1; ; line++ {
		var cells []string
		more := false
		if err := runGuarded(func() (err error) {
			if more = rows.Next(); more {
				cells, err = rows.Columns()
			}
			return err
		}); err != nil {
			return err
		}
		switch {
		case !more:
			return nil
		case line > maxRows:
			return unreadable(fmt.Sprintf("A sheet has more than %d rows.", maxRows))
		}
		cells = cut(cells)
		for i, cell := range cells {
			cells[i] = cell[:min(len(cell), maxCell)]
		}
		if err := rd.handleRow(line, cells, nil); err != nil {
			return err
		}
	}
}

// checkZip refuses a workbook for which excelize would need too much memory. It
// also refuses a damaged file, because excelize would read a part of it and
// report no error.
func checkZip(data []byte) error {
	archive, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return unreadable(noWorkbook + ": " + err.Error() + ".")
	}
	total := uint64(0)
	for _, part := range archive.File {
		name := strings.ToLower(strings.ReplaceAll(part.Name, `\`, "/"))
		spills := strings.HasPrefix(name, "xl/worksheets/sheet") || name == "xl/sharedstrings.xml"
		total += min(part.UncompressedSize64, maxUnzip+1)
		if total > maxUnzip || (!spills && part.UncompressedSize64 > maxPart) {
			return unreadable(noWorkbook + ": unpacked, " + quote(part.Name) + " would be too large.")
		}
	}
	for _, part := range archive.File {
		if err := checkPart(part); err != nil {
			return unreadable(noWorkbook + ": " + quote(part.Name) + ": " + err.Error() + ".")
		}
	}
	return nil
}

// checkPart unpacks a part of the zip file, and checks its length and checksum.
func checkPart(part *zip.File) error {
	r, err := part.Open()
	if err != nil {
		return err
	}
	defer func() { _ = r.Close() }()                            // closing cannot lose data, because the part is only read
	_, err = io.Copy(io.Discard, io.LimitReader(r, maxUnzip+1)) // checkZip has checked that no part is larger
	return err
}

// runGuarded runs a function that uses excelize, which panics on some broken
// workbooks (for example on a negative index of a shared string). It turns a
// panic or an error into an error that says that the file is faulty. fn must
// not call yield, because an error of yield does not mean that the file is
// faulty.
func runGuarded(fn func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = unreadable(fmt.Sprintf("%s: %v.", noWorkbook, p))
		}
	}()
	if err := fn(); err != nil {
		if _, disk := errors.AsType[*os.PathError](err); disk {
			return fmt.Errorf("reading the workbook: %w", err)
		}
		return unreadable(noWorkbook + ": " + err.Error() + ".")
	}
	return nil
}

// recodeParts converts the sheets and the shared strings of the workbook from
// UTF-16, which some programs write, to UTF-8. encoding/xml reads only UTF-8.
// At this point, excelize has not parsed these parts yet.
func recodeParts(book *excelize.File) {
	book.Pkg.Range(func(name, part any) bool {
		raw, ok := part.([]byte)
		if !ok || (!bytes.HasPrefix(raw, []byte("\xff\xfe")) && !bytes.HasPrefix(raw, []byte("\xfe\xff"))) {
			return true
		}
		text, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder().Bytes(raw)
		if err != nil {
			return true // the part stays unchanged, and the parser will refuse it
		}
		if _, rest, declared := bytes.Cut(text, []byte("?>")); declared && bytes.HasPrefix(text, []byte("<?xml")) {
			text = rest // without the declaration, which names the old encoding
		}
		book.Pkg.Store(name, text)
		return true
	})
}
