package report

import (
	"context"
	"fmt"
	"io"
	"math/bits"
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

// appendGroups appends a page of groups. It has to compute all groups to find
// the page, so it counts the groups and adds them up at the same time.
func (r *run) appendGroups(ctx context.Context, body []byte) ([]byte, error) {
	body = append(body, `{"data":[`...)
	cut, count := r.query.page, 0
	sums := map[string]int64{}
	err := r.eachRow(ctx, r.allRows(), nil, func(row *Row) error {
		if count >= cut.Offset && count-cut.Offset < cut.Limit {
			if count > cut.Offset {
				body = append(body, ',')
			}
			body = row.AppendObject(body)
		}
		count++
		return row.addTo(sums)
	})
	if err != nil {
		return body, err
	}
	totals, err := r.groupTotals(ctx, int64(count), sums)
	if err != nil {
		return body, err
	}
	body = append(body, `],"totals":`...)
	body = appendTotals(body, r.definition, r.partner, totals, r.now)
	return append(body, '}'), nil
}

func (r *Row) addTo(sums map[string]int64) error {
	for i, c := range r.columns {
		if !c.Sum {
			continue
		}
		a, b := sums[c.Name], r.values[i].number
		if (b > 0 && a > 1<<63-1-b) || (b < 0 && a < -1<<63-b) {
			return fmt.Errorf("the sum of %s does not fit into %d bits", c.Name, bits.UintSize)
		}
		sums[c.Name] = a + b
	}
	return nil
}

// readGroupTotals returns the totals of all groups, without reading each group.
func (r *run) readGroupTotals(ctx context.Context) ([]value, error) {
	s, summed := r.builder().groupSums(r.definition, r.query.columns, r.query.conditions)
	totals := []*Total{{Format: Integer}}
	for _, c := range summed {
		totals = append(totals, &Total{Format: c.Format})
	}
	values, sums := make([]value, len(totals)), map[string]int64{}
	if err := r.figures(ctx, s, totals, values); err != nil {
		return nil, err
	}
	for i, c := range summed {
		sums[c.Name] = values[i+1].number
	}
	return r.groupTotals(ctx, values[0].number, sums)
}

// groupTotals returns the totals of groups. The caller passes the count and
// the sums, which it already knows. The other totals are read from the store.
func (r *run) groupTotals(ctx context.Context, count int64, sums map[string]int64) ([]value, error) {
	d, q := r.definition, r.query
	totals := make([]value, 1, 1+len(d.Totals))
	totals[0].number = count
	var asked []*Total
	var places []int
	for i := range d.Totals {
		t := &d.Totals[i]
		switch column := d.column(t.Name); {
		case t.SQL == "":
			continue
		case column != nil && column.Sum:
			totals = append(totals, value{number: sums[t.Name]})
		case !d.all && len(q.groups) == 1 && t.SQL == distinct(q.groups[0].SQL):
			totals = append(totals, value{number: count})
		default:
			asked, places = append(asked, t), append(places, len(totals))
			totals = append(totals, value{})
		}
	}
	s, needed := r.builder().overGroups(d, asked, q.conditions)
	if !needed {
		return totals, nil
	}
	values := make([]value, len(asked))
	if err := r.figures(ctx, s, asked, values); err != nil {
		return nil, err
	}
	for i, place := range places {
		totals[place] = values[i]
	}
	return totals, nil
}
