package report

import (
	"context"
	"io"
	"strings"
	"unicode/utf8"
)

// csvBuffer is the number of bytes of an export that are collected before they
// are written.
const csvBuffer = 64 << 10

func (s *Service) writeCSV(ctx context.Context, r *run, w io.Writer) error {
	return writeCSV(w, r.query.bom, r.query.columns, func(write func(*Row) error) error { return r.eachRow(ctx, r.unpagedRows(), nil, write) })
}

// writeCSV writes one line for each row, in constant memory. The first line has
// the names of the columns. Null becomes an empty cell.
func writeCSV(w io.Writer, bom bool, columns []*Column, rows rowsOf) error {
	buffer := appendBOM(make([]byte, 0, csvBuffer+4096), bom)
	for i, c := range shownColumns(columns) {
		if i > 0 {
			buffer = append(buffer, ',')
		}
		buffer = append(buffer, c.Name...)
	}
	buffer = append(buffer, '\r', '\n')
	err := rows(func(row *Row) error {
		buffer = row.appendCSV(buffer)
		if len(buffer) < csvBuffer {
			return nil
		}
		_, err := w.Write(buffer)
		buffer = buffer[:0]
		return err
	})
	if err != nil {
		return err
	}
	_, err = w.Write(buffer)
	return err
}

func shownColumns(columns []*Column) []*Column {
	var all []*Column
	for _, c := range columns {
		if !c.Hidden {
			all = append(all, c)
		}
	}
	return all
}

func (r *Row) appendCSV(dst []byte) []byte {
	first := true
	for i, c := range r.columns {
		if c.Hidden {
			continue
		}
		if !first {
			dst = append(dst, ',')
		}
		first = false
		switch v := &r.values[i]; {
		case v.null:
		case c.Derive != nil:
			dst = append(dst, v.text...)
		case c.Format.isText() || c.Format.kind == kindRange || c.Format.kind == kindObject:
			dst = appendCell(dst, v.text)
		default:
			dst = v.appendText(dst, &c.Format)
		}
	}
	return append(dst, '\r', '\n')
}

// formulaBegins are the characters that a spreadsheet takes for the start of a
// formula, or skips before it. The last four are the full-width forms of the
// first four.
const formulaBegins = "=+-@\t\r\n\uff1d\uff0b\uff0d\uff20"

// appendBOM appends a byte order mark if it is wanted. Excel needs it to
// recognise that a CSV file is UTF-8.
func appendBOM(dst []byte, wanted bool) []byte {
	if wanted {
		dst = append(dst, "\ufeff"...)
	}
	return dst
}

// appendCell appends text as a CSV cell. It puts an apostrophe before a text
// that a spreadsheet would take for a formula.
func appendCell(dst []byte, text string) []byte {
	if text == "" {
		return dst
	}
	first, _ := utf8.DecodeRuneInString(text)
	guard := strings.ContainsRune(formulaBegins, first)
	quoted := strings.ContainsAny(text, "\",\r\n")
	if quoted {
		dst = append(dst, '"')
	}
	if guard {
		dst = append(dst, '\'')
	}
	if !quoted {
		return append(dst, text...)
	}
	for i := range len(text) {
		if text[i] == '"' {
			dst = append(dst, '"')
		}
		dst = append(dst, text[i])
	}
	return append(dst, '"')
}
