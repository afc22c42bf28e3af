package metatrader

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"

	"golang.org/x/net/html"
)

// maxToken is the maximum size in bytes of a tag, or of the text between two
// tags.
const maxToken = 1 << 20

// htmlRow collects the cells of a row. It adds empty cells after a cell that
// spans several columns, so that each cell has the same index as its header.
type htmlRow struct {
	line   int
	open   bool
	cells  []string
	inCell bool
	span   int
	text   []byte
}

// readHTML calls emit with each table row, and with the line on which the row
// starts. It does not load the whole file into memory.
func readHTML(r io.Reader, emit func(line int, cells []string, err error) error) error {
	tokens := html.NewTokenizer(r)
	tokens.SetMaxBuf(maxToken)
	row := &htmlRow{}
	line := 1
	for {
		token := tokens.Next()
		begun := line
		line += bytes.Count(tokens.Raw(), []byte("\n"))
		var err error
		switch token {
		case html.ErrorToken:
			return finishHTML(tokens.Err(), row, emit)
		case html.TextToken:
			row.append(tokens.Text())
		case html.StartTagToken, html.SelfClosingTagToken:
			err = startTag(tokens, row, begun, emit)
		case html.EndTagToken:
			switch name, _ := tokens.TagName(); string(name) {
			case "tr", "table":
				err = row.flush(emit)
			case "td", "th":
				row.endCell()
			}
		}
		if err != nil {
			return err
		}
	}
}

func finishHTML(err error, row *htmlRow, emit func(int, []string, error) error) error {
	switch {
	case errors.Is(err, io.EOF):
		return row.flush(emit)
	case errors.Is(err, html.ErrBufferExceeded):
		return unreadable(fmt.Sprintf("A piece of the HTML is longer than %d bytes: this is not a MetaTrader report.", maxToken))
	}
	return fmt.Errorf("reading the file: %w", err)
}

func startTag(tokens *html.Tokenizer, row *htmlRow, line int, emit func(int, []string, error) error) error {
	name, more := tokens.TagName()
	switch string(name) {
	case "tr":
		if err := row.flush(emit); err != nil {
			return err
		}
		row.open, row.line = true, line
	case "td", "th":
		if !row.open {
			row.open, row.line = true, line
		}
		row.endCell()
		row.inCell, row.span = true, 1
		for more {
			var key, value []byte
			key, value, more = tokens.TagAttr()
			if string(key) != "colspan" {
				continue
			}
			if n, err := strconv.Atoi(string(bytes.TrimSpace(value))); err == nil && n > 1 {
				row.span = min(n, maxCells)
			}
		}
	case "br":
		row.append([]byte(" "))
	}
	return nil
}

func (r *htmlRow) append(text []byte) {
	if r.inCell {
		r.text = append(r.text, text[:min(len(text), maxCell-len(r.text))]...)
	}
}

func (r *htmlRow) endCell() {
	if !r.inCell {
		return
	}
	for text := string(r.text); r.span > 0 && len(r.cells) < maxCells; r.span-- {
		r.cells = append(r.cells, text)
		text = ""
	}
	r.inCell, r.text = false, r.text[:0]
}

// flush passes the row to emit, if there is one, and starts the next row.
func (r *htmlRow) flush(emit func(int, []string, error) error) error {
	r.endCell()
	if !r.open {
		return nil
	}
	r.open = false
	cells := r.cells
	r.cells = r.cells[:0]
	return emit(r.line, cells, nil)
}
