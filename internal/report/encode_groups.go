package report

import (
	"context"
	"fmt"
	"math/bits"
)

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
