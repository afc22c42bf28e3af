package metatrader

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
)

// readCSV calls emit with the cells of each line of a CSV file. It determines
// the delimiter from the header row, which must be in start, the first bytes of
// the file.
//
// A row always ends at the end of its line, even inside quotation marks. An
// unbalanced quotation mark in a comment therefore makes only its own row
// unreadable.
func readCSV(r *bufio.Reader, start []byte, emit func(line int, cells []string, err error) error) error {
	delimiter, ok := findDelimiter(start)
	if !ok {
		return notReport()
	}
	for line := 1; ; line++ {
		text, err := r.ReadSlice('\n')
		tooLong := errors.Is(err, bufio.ErrBufferFull)
		for errors.Is(err, bufio.ErrBufferFull) {
			_, err = r.ReadSlice('\n')
		}
		if err != nil && err != io.EOF {
			return fmt.Errorf("reading the file: %w", err)
		}
		last := err != nil
		var stop error
		switch trimmed := bytes.TrimRight(text, "\r\n"); {
		case tooLong:
			stop = emit(line, nil, refuse("max_length", "the line is longer than %d bytes", peekSize))
		case len(trimmed) > 0:
			stop = emit(line, splitLine(string(trimmed), delimiter), nil)
		}
		if stop != nil || last {
			return stop
		}
	}
}

// findDelimiter returns the delimiter that makes one of the lines at the start
// of the file a header row.
func findDelimiter(head []byte) (byte, bool) {
	for line := range bytes.Lines(head) {
		for _, delimiter := range []byte(",;\t") {
			if recognise(splitLine(strings.TrimRight(string(line), "\r\n"), delimiter)) != nil {
				return delimiter, true
			}
		}
	}
	return 0, false
}

func splitLine(line string, delimiter byte) []string {
	if !strings.Contains(line, `"`) {
		return cut(strings.SplitN(line, string(delimiter), maxCells+1))
	}
	r := csv.NewReader(strings.NewReader(line))
	r.Comma, r.LazyQuotes, r.FieldsPerRecord = rune(delimiter), true, -1
	cells, err := r.Read()
	if err != nil {
		return []string{line} // because of LazyQuotes, only an empty line causes an error
	}
	return cut(cells)
}

func cut(cells []string) []string { return cells[:min(len(cells), maxCells)] }
