package click

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/tributary-server/tributary/internal/db"
)

// Dimensions maps each dimension to its column of click_hours. A month is
// computed from days, and single tags from the combined tags of a row.
var Dimensions = map[Dimension]struct {
	Column string
	spell  func(value any) string
	number bool
}{
	ByLinkCode: {Column: "link_code", spell: spellText},
	ByCampaign: {Column: "campaign_code", spell: spellText},
	ByLink:     {Column: "link_id", spell: spellNumber, number: true},
	ByTag:      {Column: "tags", spell: spellText},
	BySubID:    {Column: "sub_id", spell: spellText},
	ByCountry:  {Column: "country", spell: spellText},
	ByPlatform: {Column: "platform", spell: spellText},
	ByMaterial: {Column: "material_id", spell: spellNumber, number: true},
	ByHour:     {Column: "hour", spell: SpellHour},
	ByDay:      {Column: "hour / 24", spell: func(v any) string { return DayOf(number(v) * 24).String() }},
	ByMonth:    {Column: "hour / 24", spell: func(v any) string { return DayOf(number(v) * 24).String()[:len("2006-01")] }},
}

func spellText(v any) string {
	text, _ := v.(string)
	return text
}

func number(v any) int64 {
	n, _ := v.(int64)
	return n
}

func spellNumber(v any) string { return strconv.FormatInt(number(v), 10) }

// SpellHour formats the number of an hour (see HourOf) in the layout
// 2006-01-02T15.
func SpellHour(v any) string {
	return fmt.Sprintf("%sT%02d", DayOf(number(v)), number(v)%24)
}

// Sums implements Store. The query reads a range of click_hours by primary key.
// To find the clicks of materials, which are few, it uses the index
// click_hours_material.
func (s SQLStore) Sums(ctx context.Context, query Query) ([]Sum, error) {
	args := []any{query.PartnerID, int64(query.From) * 24, int64(query.To)*24 + 23}
	where, err := clickFilter(query.Only, &args)
	if err != nil {
		return nil, err
	}
	var group []string
	spells := make([]func(any) string, len(query.By))
	for i, by := range query.By {
		d, known := Dimensions[by]
		if !known {
			return nil, fmt.Errorf("clicks cannot be grouped by %q", by)
		}
		group, spells[i] = append(group, d.Column), d.spell
	}
	if slices.Contains(query.By, ByMaterial) {
		where += " AND material_id <> 0"
	}
	selected, grouped := "", ""
	if len(group) > 0 {
		selected, grouped = strings.Join(group, ", ")+", ", " GROUP BY "+strings.Join(group, ", ")
	}
	limit := ""
	if query.Most > 0 {
		limit = " ORDER BY n1 DESC LIMIT " + strconv.Itoa(query.Most)
	}
	rows, err := db.Collect(ctx, s.db, func(rows db.Rows) (sum Sum, err error) {
		values := make([]any, len(group))
		targets := make([]any, len(group), len(group)+5)
		for i := range values {
			targets[i] = &values[i]
		}
		err = rows.Scan(append(targets, &sum.Clicks, &sum.Uniques, &sum.Bots, &sum.Prefetches, &sum.Heads)...)
		sum.Key = make([]string, len(values))
		for i := range values {
			sum.Key[i] = spells[i](values[i])
		}
		return sum, err
	}, `SELECT `+selected+`CAST(coalesce(sum(clicks), 0) AS bigint) AS n1, CAST(coalesce(sum(uniques), 0) AS bigint), CAST(coalesce(sum(bots), 0) AS bigint),
		CAST(coalesce(sum(prefetches), 0) AS bigint), CAST(coalesce(sum(heads), 0) AS bigint) FROM click_hours
		WHERE partner_id = $1 AND hour BETWEEN $2 AND $3`+where+grouped+limit, args...)
	if err != nil {
		return nil, err
	}
	return mergeSums(query.By, rows), nil
}

func clickFilter(only map[Dimension][]string, args *[]any) (where string, err error) {
	for _, by := range []Dimension{
		ByLinkCode, ByCampaign, ByLink, BySubID, ByCountry, ByPlatform, ByMaterial,
	} {
		values, narrowed := only[by]
		if !narrowed {
			continue
		}
		d := Dimensions[by]
		if !d.number {
			*args = append(*args, values)
		} else {
			numbers := make([]int64, 0, len(values))
			for _, text := range values {
				if n, err := strconv.ParseInt(text, 10, 64); err == nil {
					numbers = append(numbers, n) // a value that is not a number matches no row
				}
			}
			*args = append(*args, numbers)
		}
		where += fmt.Sprintf(" AND %s @any($%d)", d.Column, len(*args))
	}
	for by := range only {
		if d := Dimensions[by]; d.Column == "" || by == ByTag || by == ByHour || by == ByDay || by == ByMonth {
			return "", fmt.Errorf("clicks cannot be filtered by %q", by)
		}
	}
	return where, nil
}

func mergeSums(by []Dimension, rows []Sum) []Sum {
	if i := slices.Index(by, ByTag); i >= 0 {
		var each []Sum
		for _, row := range rows {
			for _, tag := range SplitTags(row.Key[i]) {
				key := slices.Clone(row.Key)
				key[i] = tag
				each = append(each, Sum{Key: key, Counts: row.Counts})
			}
		}
		rows = each
	}
	at, merged := map[string]int{}, []Sum{}
	for _, row := range rows {
		key := strings.Join(row.Key, "\x00")
		i, seen := at[key]
		if !seen {
			at[key] = len(merged)
			merged = append(merged, row)
			continue
		}
		merged[i].Add(row.Counts)
	}
	slices.SortFunc(merged, func(a, b Sum) int {
		return cmp.Or(cmp.Compare(b.Clicks, a.Clicks), slices.Compare(a.Key, b.Key))
	})
	return merged
}
