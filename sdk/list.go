package sdk

import (
	"iter"
	"net/url"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// Page is one page of a list.
type Page[Row, Totals any] struct {
	Data []Row `json:"data"`
	// Totals are for all rows that match the query, not only for those of this
	// page.
	Totals Totals `json:"totals"`
}

// Count is the type of the totals of a list that has no sums.
type Count struct {
	// Count is the number of rows that match the query, on all pages.
	Count int64 `json:"count"`
}

func (c Count) rows() int64 { return c.Count }

// PageQuery selects a page of a list. An iterator starts at Offset and reads
// pages of Limit rows.
type PageQuery struct {
	// Limit is the maximum number of rows in a page, at most 1,000. The default
	// is 100, or 1,000 for an iterator.
	Limit int64 `query:"limit"`
	// Offset is the number of rows to skip.
	Offset int64 `query:"offset"`
}

// FiltersQuery selects which values of a report's filters are returned.
type FiltersQuery struct {
	// Field is the name of one field of the response. Empty means all fields.
	Field string `query:"field"`
	// Q is a text that the returned values must contain.
	Q string `query:"q"`
}

const pageSize = 1000

// rows returns an iterator over a list. The iterator reads a page when the page's
// first row is needed. An error ends the iteration. If rows of the list are added
// between two pages, some rows may be repeated or missed. To get each row exactly
// once, sort by a column whose values only grow, or limit the period.
func rows[Row any, Totals interface{ rows() int64 }](
	limit, offset int64, read func(limit, offset int64) (*Page[Row, Totals], error),
) iter.Seq2[Row, error] {
	if limit == 0 {
		limit = pageSize
	}
	return func(yield func(Row, error) bool) {
		for next := offset; ; {
			page, err := read(limit, next)
			if err != nil {
				var none Row
				yield(none, err)
				return
			}
			for _, row := range page.Data {
				if !yield(row, nil) {
					return
				}
			}
			next += int64(len(page.Data))
			if len(page.Data) == 0 || next >= page.Totals.rows() {
				return
			}
		}
	}
}

// values returns a query's struct as parameters, without its zero values.
func values(query any) url.Values {
	parameters := url.Values{}
	for declared, field := range reflect.ValueOf(query).Fields() {
		if field.IsZero() {
			continue
		}
		name, comma := strings.CutSuffix(declared.Tag.Get("query"), ",comma")
		var texts []string
		if field.Kind() == reflect.Slice {
			for j := range field.Len() {
				texts = append(texts, parameter(field.Index(j)))
			}
		} else {
			texts = []string{parameter(reflect.Indirect(field))}
		}
		if comma && len(texts) > 0 {
			texts = []string{strings.Join(texts, ",")}
		}
		parameters[name] = texts
	}
	return parameters
}

func parameter(value reflect.Value) string {
	if moment, ok := reflect.TypeAssert[time.Time](value); ok {
		return moment.Format(time.RFC3339Nano)
	}
	switch value.Kind() {
	case reflect.Int64:
		return strconv.FormatInt(value.Int(), 10)
	case reflect.Bool:
		return strconv.FormatBool(value.Bool())
	default:
		return value.String()
	}
}
