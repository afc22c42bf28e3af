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
	// Count is the number of rows that the query finds, on this page or
	// not.
	Count int64 `json:"count"`
}

func (c Count) rows() int64 { return c.Count }

// PageQuery chooses a part of a list. An iterator begins at Offset and reads
// pages of Limit rows.
type PageQuery struct {
	// Limit is the number of rows in a page: 100 unless it is set, and at
	// most 1,000. An iterator reads 1,000 at a time unless it is set.
	Limit int64 `query:"limit"`
	// Offset is the number of rows to skip.
	Offset int64 `query:"offset"`
}

// FiltersQuery chooses which values of a report's filters to list.
type FiltersQuery struct {
	// Field is one of the answer's fields, or empty for all of them.
	Field string `query:"field"`
	// Q limits the answer to values that contain it.
	Q string `query:"q"`
}

// pageSize is the largest page that the server gives.
const pageSize = 1000

// rows iterates over a list and reads a page when its rows are needed. An error
// ends the sequence. New rows can shift the pages meanwhile. If each row must
// come exactly once, order by a column that grows, or set an end to the period.
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

// values converts a query struct to parameters. It leaves out zero values.
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

// parameter converts one value to the text of a parameter.
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
