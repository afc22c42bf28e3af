package report

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/page"
)

// CursorParameter is the name of the query parameter that selects a page by a
// cursor.
const CursorParameter = "cursor"

// These cursors select the first and the last page of any list.
const (
	FirstCursor = "first"
	LastCursor  = "last"
)

// MaxCursor is the maximum length of a cursor in bytes.
const MaxCursor = 8000

const digestSize = 8

// A cursor is a place between two rows in the order of a list. It contains the
// sort values of the row next to the place, and a digest of the list: the
// report, the filters and the order. It is not secret. A forged cursor can only
// select a different place in the same partner's list.
type cursor struct {
	backward bool  // whether it selects the rows before the place
	values   []any // of the row beside the place; nil at either end of the list
}

// Cursors reports whether the report's pages can be selected by cursors.
func (d *Definition) Cursors() bool { return d.Large() }

// readCursor reads the cursor of a request. It returns nil if there is none.
func readCursor(d *Definition, r *Request, q *query, params *page.Query) *cursor {
	text, given := params.Text(CursorParameter)
	switch {
	case !given || !d.Cursors():
		return nil
	case text == FirstCursor:
		return &cursor{}
	case text == LastCursor:
		return &cursor{backward: true}
	}
	c, err := parseCursor(text, digest(d, r, q, params), newBuilder(db.SQLite, &Partner{}, 0, 0, d.all).keysOfList(d, q))
	if err != nil {
		params.Fault(CursorParameter, "invalid", "Must be first, last, or a cursor of this list with the same filters and the same ordering.")
	}
	return c
}

// digest identifies the list of a request. Two lists with the same digest have
// the same rows in the same order.
func digest(d *Definition, r *Request, q *query, params *page.Query) []byte {
	list := sha256.New()
	add := func(texts ...string) {
		for _, text := range texts {
			fmt.Fprintf(list, "%d:%s", len(text), text)
		}
		list.Write([]byte{';'})
	}
	add(d.ID, r.PartnerID.String())
	for _, name := range pathNames(d.Path) {
		add(r.Path(name))
	}
	if d.Groups != nil {
		add(names(q.groups)...)
	}
	for _, o := range q.page.Order {
		add(o.Field, strconv.FormatBool(o.Descending))
	}
	for i := range d.Columns {
		for _, name := range d.Columns[i].filters() {
			add(append([]string{name}, params.Values(name)...)...)
		}
	}
	if d.Email != nil {
		add(append([]string{strconv.FormatBool(params.Given(emailFilter))}, params.Values(emailFilter)...)...)
		search, _ := params.Text(searchFilter)
		add(search)
	}
	return list.Sum(nil)[:digestSize]
}

var errCursor = errors.New("not a cursor of this list")

// nullMark encodes null in a cursor. Any other value begins with the byte of
// its kind.
const nullMark = 0xff

// cursorText encodes a cursor for the place next to a row. The values are the
// row's sort values as the store returned them.
func cursorText(digest []byte, backward bool, keys []sortKey, values []any) (string, error) {
	raw := bytes.Clone(digest)
	if backward {
		raw = append(raw, 1)
	} else {
		raw = append(raw, 0)
	}
	for i, k := range keys {
		if values[i] == nil {
			raw = append(raw, nullMark)
			continue
		}
		raw = append(raw, byte(k.kind))
		switch v := values[i].(type) {
		case int64:
			raw = binary.AppendVarint(raw, v)
		case int32:
			raw = binary.AppendVarint(raw, int64(v))
		case int16:
			raw = binary.AppendVarint(raw, int64(v))
		case bool:
			n := int64(0)
			if v {
				n = 1
			}
			raw = binary.AppendVarint(raw, n)
		case string:
			raw = append(binary.AppendUvarint(raw, uint64(len(v))), v...)
		case []byte:
			raw = append(raw, v...)
		case [16]byte:
			raw = append(raw, v[:]...)
		default:
			return "", fmt.Errorf("%w: %s is a %T", errValue, k.sql, v)
		}
	}
	return base64.RawURLEncoding.EncodeToString(raw), nil
}

func parseCursor(text string, digest []byte, keys []sortKey) (*cursor, error) {
	if len(text) > MaxCursor {
		return nil, errCursor
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(raw) <= digestSize || !bytes.Equal(raw[:digestSize], digest) || raw[digestSize] > 1 {
		return nil, errCursor
	}
	c, rest := &cursor{backward: raw[digestSize] == 1}, raw[digestSize+1:]
	for _, k := range keys {
		value, size := parseKey(rest, k)
		if size <= 0 {
			return nil, errCursor
		}
		c.values, rest = append(c.values, value), rest[size:]
	}
	if len(rest) > 0 {
		return nil, errCursor
	}
	return c, nil
}

// parseKey reads the value of a key. It returns the number of bytes that it has
// read, or a number that is not positive if there is no valid value.
func parseKey(raw []byte, k sortKey) (any, int) {
	if len(raw) == 0 {
		return nil, 0
	}
	mark, rest := raw[0], raw[1:]
	switch {
	case mark == nullMark && k.nullable:
		return nil, 1
	case mark != byte(k.kind):
		return nil, 0
	case k.kind == kindText:
		length, size := binary.Uvarint(rest)
		if size <= 0 || length > uint64(len(rest)-size) {
			return nil, 0
		}
		text := string(rest[size : size+int(length)])
		if !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
			return nil, 0
		}
		return text, 1 + size + len(text)
	case k.kind == kindUUID:
		if len(rest) < len(id.UUID{}) {
			return nil, 0
		}
		return id.UUID(rest[:len(id.UUID{})]), 1 + len(id.UUID{})
	default:
		number, size := binary.Varint(rest)
		if size <= 0 {
			return nil, 0
		}
		if k.kind == kindBoolean {
			return number != 0, 1 + size
		}
		return number, 1 + size
	}
}

// seek compiles a statement for the page at a cursor. The row nearest to the
// cursor comes first. The statement reads one row more than the page has, which
// shows whether there are more pages. It also selects the keys, because the
// cursors to the next and the previous page contain them.
func (b *builder) seek(d *Definition, q *query, keys []sortKey) statement {
	if d.Groups != nil {
		return b.groupPage(d, q, keys)
	}
	selected := b.selectList(q.columns) + ", " + keysOf(keys)
	return b.pageOfKeys(d, selected, q.conditions, keys, q.cursor.values, page.Page{Limit: q.page.Limit + 1, Offset: q.page.Offset})
}

// appendCursorPage appends the page at the request's cursor, with the cursors to
// the next and the previous page.
func (r *run) appendCursorPage(ctx context.Context, body []byte) ([]byte, error) {
	q, b := r.query, r.builder()
	keys := b.keysOfList(r.definition, q)
	if q.cursor.backward {
		keys = reverseKeys(keys)
	}
	var nearest, farthest []any // the keys of the page's rows at both ends
	now := make([]any, len(keys))
	rows, more := make([][]byte, 0, q.page.Limit), false
	err := r.eachRow(ctx, b.seek(r.definition, q, keys), now, func(row *Row) error {
		if len(rows) == q.page.Limit {
			more = true
			return nil
		}
		rows, farthest = append(rows, row.AppendObject(nil)), append(farthest[:0], now...)
		if nearest == nil {
			nearest = slices.Clone(now)
		}
		return nil
	})
	if err != nil {
		return body, err
	}
	first, last := nearest, farthest
	isFirst, isLast := q.cursor.values == nil && q.page.Offset == 0, !more
	if q.cursor.backward {
		slices.Reverse(rows)
		first, last, isFirst, isLast = last, first, isLast, isFirst
	}
	body = append(body, `{"data":[`...)
	for i, row := range rows {
		if i > 0 {
			body = append(body, ',')
		}
		body = append(body, row...)
	}
	body = append(body, ']')
	if !q.minimal {
		if body, err = r.appendPageTotals(ctx, body); err != nil {
			return body, err
		}
	}
	body = append(body, `,"page":{"next":`...)
	if body, err = r.appendCursor(body, keys, last, isLast, false); err != nil {
		return body, err
	}
	body = append(body, `,"previous":`...)
	if body, err = r.appendCursor(body, keys, first, isFirst, true); err != nil {
		return body, err
	}
	return append(body, "}}"...), nil
}

// appendCursor appends the cursor next to the row with these keys. At an end of
// the list, it appends null. A page may have no rows, because its rows have left
// the list since the cursor was made. appendCursor then appends the cursor of
// the first or the last page.
func (r *run) appendCursor(body []byte, keys []sortKey, values []any, end, backward bool) ([]byte, error) {
	switch {
	case end:
		return append(body, "null"...), nil
	case values != nil:
		text, err := cursorText(r.query.digest, backward, keys, values)
		return appendString(body, text), err
	case backward:
		return appendString(body, LastCursor), nil
	default:
		return appendString(body, FirstCursor), nil
	}
}
