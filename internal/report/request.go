package report

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/page"
)

// Output is the format of a response: JSON, CSV or XLSX.
type Output string

// These are the formats in which a report can be written.
const (
	JSON Output = ""
	CSV  Output = "csv"
	XLSX Output = "xlsx"
)

// Request is a request for a report.
type Request struct {
	PartnerID id.UUID
	Params    url.Values
	Path      func(name string) string // returns the value of a {name} in the report's path
	Output    Output
	Minimal   bool // whether a JSON page has no totals
	// Accounts limits the report to these client accounts. There may be any number
	// of them. Nil means all accounts. The report's source must have the column
	// client_account.
	Accounts []string
}

type query struct {
	path       []condition // conditions from the path; the field conditions also has them
	conditions []condition
	page       page.Page
	cursor     *cursor // nil if the page is selected by its offset alone
	digest     []byte  // identifies the list; only if there is a cursor
	minimal    bool
	groups     []*Column // columns that aggregate_by names, in the order of the request
	columns    []*Column // columns to read, in the order of the response
	output     Output
	bom        bool // whether a CSV begins with a byte order mark
}

// readRequest checks a request. It returns ValidationError with every fault. It
// returns NotFound if a value in the path is not valid.
func readRequest(d *Definition, r *Request) (*query, error) {
	params := page.NewQuery(r.Params)
	q := &query{output: r.Output, minimal: r.Minimal, bom: WantsBOM(params)}
	q.readGroups(d, params)
	q.columns = d.columnsToRead(q.groups)
	path, ok := readPath(d, r.Path)
	if !ok {
		return nil, fault.New(fault.NotFound)
	}
	if q.path = path; d.Single {
		q.conditions = path
		return q, params.Err()
	}
	q.conditions = slices.Concat(path, readFilters(d, params))
	if d.all && d.Groups != nil {
		bound(r.Params, params)
	}
	if r.Accounts != nil {
		q.conditions = append(q.conditions, condition{compile: func(b *builder) string { return b.anyText("t.client_account", r.Accounts) }})
	}
	if d.Unpaged {
		// The Exness-compatible API defines no ordering for these reports, so an
		// unknown ordering is ignored.
		q.page = page.Page{Order: params.OrderIfKnown(d.orderable(nil))}
	} else {
		q.page = params.Page(d.Limit, d.orderable(names(q.groups)))
	}
	if q.page.Order == nil {
		q.page.Order = d.Order
	}
	if q.cursor = readCursor(d, r, q, params); q.cursor != nil {
		q.digest = digest(d, r, q, params)
	}
	return q, params.Err()
}

// BOMParameter is the name of the query parameter that asks for a byte order
// mark.
const BOMParameter = "bom"

// WantsBOM reports whether a CSV response must begin with a byte order mark.
func WantsBOM(q *page.Query) bool {
	wanted := q.Bools(BOMParameter)
	return len(wanted) == 1 && wanted[0]
}

func (q *query) readGroups(d *Definition, params *page.Query) {
	if d.Groups == nil {
		return
	}
	q.groups = []*Column{}
	wanted := params.Values("aggregate_by")
	if wanted == nil {
		params.Fault("aggregate_by", "required", "This field is required: one of "+strings.Join(d.Groups, ", ")+".")
	}
	for _, name := range wanted {
		if !d.groups(name) {
			params.Fault("aggregate_by", "invalid_choice", fmt.Sprintf("Must be one of: %s.", strings.Join(d.Groups, ", ")))
			return
		}
		q.groups = append(q.groups, d.column(name))
	}
}

// columnsToRead returns the requested groups and the shown columns. If one of them
// is computed, it also returns the hidden columns, because the computation may
// need them.
func (d *Definition) columnsToRead(groups []*Column) []*Column {
	var shown []*Column
	derived := false
	for i := range d.Columns {
		derived = derived || d.Columns[i].computed()
	}
	for _, c := range groups {
		shown = append(shown, c.shownCopy())
	}
	for i := range d.Columns {
		if c := &d.Columns[i]; !d.groups(c.Name) && (derived || !c.Hidden) {
			shown = append(shown, c)
		}
	}
	return shown
}

// shownCopy returns a copy of a hidden column that rows show, for a report that
// is grouped by the column.
func (c *Column) shownCopy() *Column {
	shown := *c
	shown.Hidden = false
	return &shown
}

func names(columns []*Column) []string {
	all := make([]string, len(columns))
	for i, c := range columns {
		all[i] = c.Name
	}
	return all
}
