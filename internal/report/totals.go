package report

import (
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/tributary-server/tributary/internal/id"
)

// totals compiles the total count and the totals that SQL computes. The statement
// reads the first rollup that gives the same result. If there is none, it reads the
// rows themselves.
func (b *builder) totals(d *Definition, conditions []condition) statement {
	from, count, special := b.fromClause(&d.Source, conditions), "count(*)", map[string]string(nil)
	if r := d.rollup(conditions); r != nil {
		from, count, special, b.rollup = " FROM "+b.expand(r.Table)+" t", r.Count, r.SQL, true
	}
	selected := []string{count}
	for _, t := range d.Totals {
		switch {
		case t.SQL == "":
		case special[t.Name] != "":
			selected = append(selected, special[t.Name])
		default:
			selected = append(selected, b.expand(t.SQL))
		}
	}
	return b.statement("SELECT ", strings.Join(selected, ", "), from, b.whereClause(d.Source.Where, conditions))
}

// rollup returns the first rollup that can provide the totals of a request. It
// returns nil if there is none.
func (d *Definition) rollup(conditions []condition) *Rollup {
	i := slices.IndexFunc(d.Rollups, func(r Rollup) bool { return allIn(conditions, r.Filters, r.Months) })
	if i < 0 {
		return nil
	}
	return &d.Rollups[i]
}

// allIn reports whether conditions filter only by the partner and by some columns.
// If months is true, days must be whole months.
func allIn(conditions []condition, filters []string, months bool) bool {
	return !slices.ContainsFunc(conditions, func(c condition) bool {
		return !c.constant && c.filter != partnerColumn && (!slices.Contains(filters, c.filter) || months && c.dates && !c.months)
	})
}

// appendTotals appends the JSON object of the totals: count, which is the first
// of the values, and the declared totals in order.
func appendTotals(dst []byte, d *Definition, partner *Partner, values []value, now int64) []byte {
	count := values[0]
	dst = append(dst, `{"count":`...)
	dst = count.appendJSON(dst, &Integer)
	next := 1
	for _, t := range d.Totals {
		dst = append(dst, `,"`...)
		dst = append(dst, t.Name...)
		dst = append(dst, `":`...)
		switch {
		case t.Partner != nil:
			dst = append(dst, '[')
			if count.number > 0 {
				dst = appendString(dst, t.Partner.of(partner))
			}
			dst = append(dst, ']')
		case t.Now:
			second := int64(time.Second / time.Microsecond) // API clients expect no fractions of a second
			dst = (&value{number: now / second * second}).appendJSON(dst, &DateTime)
		default:
			dst = values[next].appendJSON(dst, &t.Format)
			next++
		}
	}
	return append(dst, '}')
}

// totalsCache holds the totals of unfiltered reports that depend only on a partner's
// books. They are valid while the partner's revision stays the same. Every request
// reads the revision in its snapshot.
type totalsCache struct {
	mu sync.Mutex
	by map[bookedKey]bookedTotals
}

type bookedKey struct {
	report    string
	partnerID id.UUID
}

type bookedTotals struct {
	revision int64
	values   []value
}

// maxBooked is the maximum number of cached totals. Each needs about 500 bytes.
const maxBooked = 20_000

// get returns the totals of a revision, or nil if they are not cached. The
// caller must not change them.
func (b *totalsCache) get(key bookedKey, revision int64) []value {
	b.mu.Lock()
	defer b.mu.Unlock()
	if found := b.by[key]; found.revision == revision {
		return found.values
	}
	return nil
}

func (b *totalsCache) put(key bookedKey, revision int64, values []value) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.by) >= maxBooked {
		clear(b.by)
	}
	b.by[key] = bookedTotals{revision, values}
}
