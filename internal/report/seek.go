package report

import (
	"context"
	"slices"

	"github.com/tributary-server/tributary/internal/page"
)

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
