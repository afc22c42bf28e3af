package report

import (
	"context"
	"io"
	"sync"

	"github.com/tributary-server/tributary/internal/fault"
)

type body struct{ text []byte }

func (b *body) Write(p []byte) (int, error) {
	b.text = append(b.text, p...)
	return len(p), nil
}

// bodies holds the buffers of responses that have been written, so that a new
// response does not have to allocate a buffer.
var bodies = sync.Pool{New: func() any { return new(body) }}

// largestBody is the maximum size in bytes of a buffer in bodies. Larger
// buffers are rare, and would only occupy memory.
const largestBody = 1 << 20

// writeWhole returns a function that collects the whole output of write, and
// then sends it in one piece. No error can then occur after part of the response
// has been sent, and a slow client does not keep write's snapshot open.
func writeWhole(write func(ctx context.Context, b *body) error) func(context.Context, io.Writer) error {
	return func(ctx context.Context, w io.Writer) error {
		b, _ := bodies.Get().(*body)
		b.text = b.text[:0]
		err := write(ctx, b)
		if err == nil {
			_, err = w.Write(b.text)
		}
		if cap(b.text) <= largestBody {
			bodies.Put(b)
		}
		return err
	}
}

func (r *run) appendJSON(ctx context.Context, body []byte) ([]byte, error) {
	switch {
	case r.definition.Single:
		return r.appendSingle(ctx, body)
	case r.query.cursor != nil:
		return r.appendCursorPage(ctx, body)
	case r.definition.Groups != nil:
		return r.appendGroups(ctx, body)
	default:
		return r.appendPage(ctx, body)
	}
}

func (r *run) appendPage(ctx context.Context, body []byte) ([]byte, error) {
	body = append(body, `{"data":[`...)
	count := 0
	err := r.eachRow(ctx, r.page(), nil, func(row *Row) error {
		if count++; count > 1 {
			body = append(body, ',')
		}
		body = row.AppendObject(body)
		return nil
	})
	if err != nil {
		return body, err
	}
	body = append(body, ']')
	if !r.definition.Unpaged && !r.query.minimal {
		if body, err = r.appendPageTotals(ctx, body); err != nil {
			return body, err
		}
	}
	return append(body, '}'), nil
}

func (r *run) appendPageTotals(ctx context.Context, body []byte) ([]byte, error) {
	totals, err := r.totals(ctx)
	if err != nil {
		return body, err
	}
	body = append(body, `,"totals":`...)
	return appendTotals(body, r.definition, r.partner, totals, r.now), nil
}

func (r *run) appendSingle(ctx context.Context, body []byte) ([]byte, error) {
	found := false
	err := r.eachRow(ctx, r.page(), nil, func(row *Row) error {
		found = true
		body = row.AppendObject(body)
		return nil
	})
	if err == nil && !found {
		err = fault.New(fault.NotFound)
	}
	return body, err
}
