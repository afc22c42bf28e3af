package sdk

import (
	"iter"
	"net/url"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// Page is a part of a list.
type Page[Row, Totals any] struct {
	Data []Row `json:"data"`
	// Totals cover every row that the query finds, on this page or not.
	Totals Totals `json:"totals"`
}

// Count is the totals of a list that has no sums.
type Count struct {
	// Rows that the query finds, on this page or not.
	Count int64 `json:"count"`
}

func (c Count) rows() int64 { return c.Count }

// PageQuery chooses a part of a list. An iterator begins at Offset and reads
// pages of Limit rows.
type PageQuery struct {
	// Rows in a page: 100 unless it is set, at most 1,000. An iterator reads
	// 1,000 at a time unless it is set.
	Limit int64 `query:"limit"`
	// Rows to skip.
	Offset int64 `query:"offset"`
}

// FiltersQuery chooses the values that a report's filters can take.
type FiltersQuery struct {
	// One of the answer's fields; empty: all of them.
	Field string `query:"field"`
	// A part of the values to answer.
	Q string `query:"q"`
}

// pageSize is the largest page that the server gives.
const pageSize = 1000

// rows iterates over a list page by page, as rows are taken. An error ends the
// sequence. Rows that appear meanwhile can shift the pages: order by a column
// that grows, or set an end to the period, where each row must come once.
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

// values writes a query struct as parameters: what is zero is left out.
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

// parameter is one value as a query has it.
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
