package sdk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"net/http"
	"net/url"
	"strconv"
)

// Row is one row of a report, or its totals, by column. A value is nil, a
// bool, a string, a json.Number, or an array or object of these.
type Row map[string]any

// Text is a column's text or number as the server wrote it; "" when it is
// null, absent, or neither.
func (r Row) Text(column string) string {
	switch v := r[column].(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	default:
		return ""
	}
}

// Number is a column's exact decimal, whether the wire has it as a number or
// as text; false when the column holds none.
func (r Row) Number(column string) (json.Number, bool) {
	switch v := r[column].(type) {
	case json.Number:
		return v, true
	case string:
		var n json.Number
		if err := json.Unmarshal([]byte(v), &n); err != nil || n == "" || v[0] == '"' {
			return "", false
		}
		return n, true
	default:
		return "", false
	}
}

// Page is a part of a report.
type Page struct {
	Data []Row `json:"data"`
	// Totals cover every row that the query finds, on this page or not.
	Totals Row `json:"totals"`
}

// Count is how many rows the query finds; false when the report does not say,
// as one that is not paged.
func (p *Page) Count() (int64, bool) {
	number, ok := p.Totals["count"].(json.Number)
	if !ok {
		return 0, false
	}
	n, err := number.Int64()
	return n, err == nil
}

// Report returns one page of a report: path as /api/reports/clients/, query
// its filters, ordering, limit and offset.
func (c *Client) Report(ctx context.Context, path string, query url.Values) (Page, error) {
	var page Page
	err := c.get(ctx, path, query, &page)
	return page, err
}

// pageSize is the largest page that the server gives.
const pageSize = "1000"

// Rows returns every row that the query finds, page by page as they are
// taken; limit in the query is the size of a page, and offset where to begin.
// An error ends the sequence. Rows that appear meanwhile can shift the pages:
// order by a column that grows, or set an end to the period, where each row
// must come exactly once.
func (c *Client) Rows(ctx context.Context, path string, query url.Values) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		query := maps.Clone(query)
		if query == nil {
			query = url.Values{}
		}
		if query.Get("limit") == "" {
			query.Set("limit", pageSize)
		}
		offset, err := offsetOf(query)
		for err == nil {
			var page Page
			if page, err = c.Report(ctx, path, query); err != nil {
				break
			}
			for _, row := range page.Data {
				if !yield(row, nil) {
					return
				}
			}
			offset += int64(len(page.Data))
			if count, paged := page.Count(); !paged || len(page.Data) == 0 || offset >= count {
				return
			}
			query.Set("offset", strconv.FormatInt(offset, 10))
		}
		yield(nil, err)
	}
}

func offsetOf(query url.Values) (int64, error) {
	text := query.Get("offset")
	if text == "" {
		return 0, nil
	}
	offset, err := strconv.ParseInt(text, 10, 64)
	if err != nil || offset < 0 {
		return 0, fmt.Errorf("offset: %q is not a number of rows", text)
	}
	return offset, nil
}

// CSV writes every row that the query finds to w as the server streams them,
// the columns' names first, and returns how many bytes it wrote. After an
// error what w has got is incomplete.
func (c *Client) CSV(ctx context.Context, path string, query url.Values, w io.Writer) (int64, error) {
	query = maps.Clone(query)
	if query == nil {
		query = url.Values{}
	}
	query.Set("format", "csv")
	answer, err := c.send(ctx, &request{method: http.MethodGet, path: path, query: query, accept: "text/csv, application/json;q=0.5"})
	if err != nil {
		return 0, err
	}
	defer answer.Body.Close()
	written, err := io.Copy(w, answer.Body)
	if err != nil {
		return written, fmt.Errorf("downloading %s: %w", path, errors.Join(err, ctx.Err()))
	}
	return written, nil
}
