package report

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/tributary-server/tributary/internal/fault"
)

// These are the limits of a list of boundaries. To reach a row, a program starts
// at the cursor of the boundary before it. It then skips fewer rows than there are
// between two boundaries.
const (
	maxBoundaries = 500
	minStride     = 1000 // minimum number of rows between two boundaries
)

// Boundary is a row of a list, at which a page can begin.
type Boundary struct {
	Row    int64 // number of rows before it
	Cursor string
}

// BoundariesPath returns the path of the report's boundaries. It returns "" if
// there is none. A key with access only to reports may read all boundaries, so
// only lists under /reports/ have them.
func (d *Definition) BoundariesPath() string {
	if !d.Cursors() || d.Groups != nil || d.ForBroker() || d.Parent != nil || !strings.Contains(d.Path, "/reports/") {
		return ""
	}
	return "/api/v1/reports/" + d.ID + "/boundaries/"
}

// Boundaries returns every thousandth row of a list, and the number of all rows.
// If the list has more than 500,000 rows, it returns fewer of them. The limit and
// the offset of the request are ignored. Boundaries returns NotFound if the report
// has no boundaries.
func (s *Service) Boundaries(ctx context.Context, d *Definition, r *Request) (boundaries []Boundary, count int64, err error) {
	if d == nil || d.BoundariesPath() == "" {
		return nil, 0, fault.New(fault.NotFound)
	}
	asked := *r
	asked.Params = url.Values{}
	for name, values := range r.Params {
		if name != "limit" && name != "offset" {
			asked.Params[name] = values
		}
	}
	asked.Params.Set(CursorParameter, FirstCursor)
	q, err := readRequest(d, &asked)
	if err != nil {
		return nil, 0, err
	}
	err = s.runQuery(ctx, d, q, r.PartnerID, func(ctx context.Context, run *run) error {
		if count, err = run.count(ctx); err != nil || count == 0 {
			return err
		}
		boundaries, err = run.boundaries(ctx, strideOf(count, s.minStride), count)
		return err
	})
	return boundaries, count, err
}

// strideOf returns how many rows apart the boundaries of a list are. The result is a
// multiple of step. count is the number of rows of the list.
func strideOf(count, step int64) int64 {
	return step * max(1, (count+step*maxBoundaries-1)/(step*maxBoundaries))
}

// boundaries returns the boundaries of the list, which are stride rows apart. count is
// the number of rows of the list.
func (r *run) boundaries(ctx context.Context, stride, count int64) ([]Boundary, error) {
	b := r.builder()
	keys := b.sortKeys(r.definition, r.query.page.Order)
	found := []Boundary{{Cursor: FirstCursor}}
	add := func(row int64, values []any) error {
		text, err := cursorText(r.query.digest, false, keys, values)
		found = append(found, Boundary{row, text})
		return err
	}
	if !r.followsIndex() {
		return found, r.eachKey(ctx, b.numberedRows(r.definition, r.query.conditions, keys, stride, count), len(keys), add)
	}
	var before []any
	for row := stride; row < count; row += stride {
		s := r.builder().boundaryStep(r.definition, r.query.conditions, keys, before, stride)
		err := r.eachKey(ctx, s, len(keys), func(_ int64, values []any) error {
			before = values
			return add(row, values)
		})
		if err != nil {
			return nil, err
		}
	}
	return found, nil
}

// followsIndex reports whether an index has the rows in the order of the list, so
// that a step from one boundary to the next reads only the rows between them.
// Together, all steps then read each row once, which is several times faster than
// a window function. If the source is a query, or if another index finds the rows
// of a condition, each step would sort all rows.
func (r *run) followsIndex() bool {
	for _, c := range r.query.conditions {
		if c.index != "" || c.finds {
			return false
		}
	}
	return !r.definition.Source.computed() && slices.Equal(r.query.page.Order, r.definition.Order)
}

// eachKey runs a statement that selects keys and then a number. It calls fn with
// every row.
func (r *run) eachKey(ctx context.Context, s statement, width int, fn func(number int64, values []any) error) error {
	rows, err := r.store.Query(ctx, s.text, s.args...)
	if err != nil {
		return fmt.Errorf("finding the boundaries of report %s: %w", r.definition.ID, err)
	}
	defer rows.Close()
	for rows.Next() {
		var number int64
		values, targets := make([]any, width), make([]any, width+1)
		for i := range values {
			targets[i] = &values[i]
		}
		targets[width] = &number
		if err := rows.Scan(targets...); err != nil {
			return fmt.Errorf("reading a boundary of report %s: %w", r.definition.ID, err)
		}
		if err := fn(number, values); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("finding the boundaries of report %s: %w", r.definition.ID, err)
	}
	return nil
}

// boundaryStep compiles a statement for the keys of the next boundary. This is the
// row that is stride rows after the given row, or after the beginning of the list.
// The stride is in the text, because PostgreSQL would plan each of the steps again
// for a placeholder in OFFSET.
func (b *builder) boundaryStep(d *Definition, conditions []condition, keys []sortKey, before []any, stride int64) statement {
	b.newest = b.readsNewest(d)
	where := b.whereAfter(d, conditions, keys, before)
	return b.statement("SELECT ", keysOf(keys), ", 0", b.fromClause(&d.Source, conditions), d.Source.Join, where, orderOf(keys), " LIMIT 1 OFFSET ", strconv.FormatInt(stride-1, 10))
}

// numberedRows compiles a statement that numbers the rows of a list in their
// order. It returns the keys of the last row before each boundary.
func (b *builder) numberedRows(d *Definition, conditions []condition, keys []sortKey, stride, count int64) statement {
	selected, named := "", ""
	for i, k := range keys {
		name := "k" + strconv.Itoa(i+1)
		selected += k.sql + " AS " + name + ", "
		named += "b." + name + ", "
	}
	inner := "SELECT " + selected + "row_number() OVER (" + orderOf(keys)[1:] + ") AS n" +
		b.fromClause(&d.Source, conditions) + d.Source.Join + b.whereClause(d.Source.Where, conditions)
	return b.statement("SELECT ", named, "b.n FROM (", inner, ") b WHERE b.n % ", b.bind(stride), " = 0 AND b.n < ", b.bind(count), " ORDER BY b.n")
}
