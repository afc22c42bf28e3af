package sqldb

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/tributary-server/tributary/internal/click"
	"github.com/tributary-server/tributary/internal/db"
)

// clickDimensions are the columns of click_hours that sums are grouped by.
// A month is put together from its days, a tag from the tags it stands among.
var clickDimensions = map[click.Dimension]struct {
	column string
	spell  func(value any) string
	number bool
}{
	click.ByLinkCode: {column: "link_code", spell: spellText},
	click.ByCampaign: {column: "campaign_code", spell: spellText},
	click.ByLink:     {column: "link_id", spell: spellNumber, number: true},
	click.ByTag:      {column: "tags", spell: spellText},
	click.BySubID:    {column: "sub_id", spell: spellText},
	click.ByCountry:  {column: "country", spell: spellText},
	click.ByPlatform: {column: "platform", spell: spellText},
	click.ByMaterial: {column: "material_id", spell: spellNumber, number: true},
	click.ByHour:     {column: "hour", spell: spellHour},
	click.ByDay:      {column: "hour / 24", spell: func(v any) string { return click.DayOf(number(v) * 24).String() }},
	click.ByMonth:    {column: "hour / 24", spell: func(v any) string { return click.DayOf(number(v) * 24).String()[:len("2006-01")] }},
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

func spellHour(v any) string {
	return fmt.Sprintf("%sT%02d", click.DayOf(number(v)), number(v)%24)
}

// Sums implements click.Store. Plan: a range of click_hours' primary key; by
// material, which most clicks have none of, index click_hours_material.
func (s Clicks) Sums(ctx context.Context, query click.Query) ([]click.Sum, error) {
	args := []any{query.PartnerID, int64(query.From) * 24, int64(query.To)*24 + 23}
	where, err := clickFilter(query.Only, &args)
	if err != nil {
		return nil, err
	}
	var group []string
	spells := make([]func(any) string, len(query.By))
	for i, by := range query.By {
		d, known := clickDimensions[by]
		if !known {
			return nil, fmt.Errorf("clicks are not summed up by %q", by)
		}
		group, spells[i] = append(group, d.column), d.spell
	}
	if slices.Contains(query.By, click.ByMaterial) {
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
	rows, err := db.Collect(ctx, s.db, func(rows db.Rows) (sum click.Sum, err error) {
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

func clickFilter(only map[click.Dimension][]string, args *[]any) (where string, err error) {
	for _, by := range []click.Dimension{
		click.ByLinkCode, click.ByCampaign, click.ByLink, click.BySubID, click.ByCountry, click.ByPlatform, click.ByMaterial,
	} {
		values, narrowed := only[by]
		if !narrowed {
			continue
		}
		d := clickDimensions[by]
		if !d.number {
			*args = append(*args, values)
		} else {
			numbers := make([]int64, 0, len(values))
			for _, text := range values {
				if n, err := strconv.ParseInt(text, 10, 64); err == nil {
					numbers = append(numbers, n) // nothing else can be found
				}
			}
			*args = append(*args, numbers)
		}
		where += fmt.Sprintf(" AND %s @any($%d)", d.column, len(*args))
	}
	for by := range only {
		if d := clickDimensions[by]; d.column == "" || by == click.ByTag || by == click.ByHour || by == click.ByDay || by == click.ByMonth {
			return "", fmt.Errorf("clicks are not narrowed by %q", by)
		}
	}
	return where, nil
}

// mergeSums puts months together, and takes tags apart.
func mergeSums(by []click.Dimension, rows []click.Sum) []click.Sum {
	if i := slices.Index(by, click.ByTag); i >= 0 {
		var each []click.Sum
		for _, row := range rows {
			for _, tag := range splitTags(row.Key[i]) {
				key := slices.Clone(row.Key)
				key[i] = tag
				each = append(each, click.Sum{Key: key, Counts: row.Counts})
			}
		}
		rows = each
	}
	at, merged := map[string]int{}, []click.Sum{}
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
	slices.SortFunc(merged, func(a, b click.Sum) int {
		return cmp.Or(cmp.Compare(b.Clicks, a.Clicks), slices.Compare(a.Key, b.Key))
	})
	return merged
}
