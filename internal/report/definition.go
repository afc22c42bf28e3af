// Package report is the catalogue of reports. A Definition declares a report as
// data: its path, its source, and its columns with their formats and SQL. The
// package derives everything else from the definition: the JSON page with its
// totals, the CSV and XLSX exports, the list of filter values, the OpenAPI
// operation and the entry in the catalogue. A new report needs only a
// Definition in the list in catalogue.go, and a golden test.
package report

import (
	"slices"
	"strings"

	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/page"
)

// Definition declares a report.
type Definition struct {
	ID          string // unique; the names of exported files begin with it
	Path        string // ends in a slash; {name} is replaced with a value of the column with that name
	Title       string
	Description string
	Tag         string // section of the API's documentation; empty means the section of reports
	Source      Source
	Columns     []Column   // in the order of the response
	Totals      []Total    // in the order of the response, without count
	Rollups     []Rollup   // smaller tables that provide the totals of some requests
	Groupings   []Grouping // smaller tables that provide the groups of some requests
	Order       []page.Order
	Limit       int         // default page size; 0 means page.DefaultLimit
	UTC         bool        // whether the days of filters are in UTC, not in the programme's time zone
	Unpaged     bool        // whether all rows are returned at once, without totals
	Single      bool        // whether the report has only one row, which is returned as an object; if the row does not exist, the response is NotFound
	Groups      []string    // columns that aggregate_by may name; a request must name at least one of them
	AllValues   string      // column with an unlimited list of filter values
	Email       EmailFilter // condition for an e-mail address of a client; nil if requests cannot filter by it
	Few         bool        // whether a page is selected from all rows; for reports with few rows that are expensive to compute
	Broker      string      // path of the broker's report under /broker/v1/reports/; empty if there is none
	Parent      *Source     // for a list that belongs to an object in the path, the table of the object; if the object does not exist, the response is NotFound

	base string      // for the broker's report, the id of the partner's report
	one  *Definition // for the broker's report, the definition for requests for one partner
	all  bool        // whether the rows of all partners are read
}

// Source is the table with the rows of a report. Its alias in SQL is t. Every
// statement limits t.partner_id to the partner who makes the request, or to all
// partners for the broker. SQL inside the source uses these marks:
//
//   - @mine(x) is the condition that the column x has the partner who makes the request.
//   - @same(x, y) is the condition that the columns x and y have the same partner.
//   - @newest(x) makes SQLite use the index x, which has the rows of all partners in
//     the default order.
//   - @all(x) adds the condition x if the rows of all partners are read.
type Source struct {
	Table string
	Join  string   // joins of at most one row to each row of Table; only columns use them, and conditions and totals do not
	Key   []string // columns that identify a row of the partner; every ORDER BY ends with them
	Parts []string // the queries whose rows Table has, each sorted by an index in the order of Key; may be nil
	Where string   // condition that limits the rows of the report; may be empty

	// Index is the database index for the rows of any request. SQLite needs this
	// hint, because it has no statistics by default and may choose another index.
	Index string
	// AccountIndex is the database index for the rows of an account. SQLite needs
	// this hint, because it has no statistics by default.
	AccountIndex string
	// OrderIndex is the database index for the rows of an order, for the same
	// reason.
	OrderIndex string
	// AllIndex is the index that has the rows of all partners in the default order,
	// for the same reason.
	AllIndex string
}

// union returns a source with the rows of several queries. A page then reads
// from each of them only as many rows as it needs.
func union(parts []string, key ...string) Source {
	return Source{Table: "(" + strings.Join(parts, " UNION ALL ") + ")", Parts: parts, Key: key}
}

// computed reports whether the rows are those of a query, not of a table.
func (s *Source) computed() bool { return strings.HasPrefix(s.Table, "(") }

// Total is a figure that is computed from all rows that match the filters.
type Total struct {
	Name    string
	Format  Format
	SQL     string       // aggregate expression over the rows of the source, which has the alias t
	Partner *PartnerText // the only element of a list; used instead of SQL
	Own     bool         // whether the total is in the partner's currency, so that it cannot be added up over partners
	Now     bool         // whether the total is the time of the response

	Nullable bool // whether the total is null if there are no rows
	About    string
}

// Rollup is a table that already has sums of the source's columns. It provides
// the totals of requests that filter only by columns in Filters.
type Rollup struct {
	Table   string            // table or subquery, with the marks of Source
	Count   string            // aggregate expression over the rows of Table, which has the alias t; its value is the number of rows of the source
	SQL     map[string]string // aggregate expressions over Table that replace Total.SQL; the key is the name of the total
	Filters []string
	Months  bool // whether days in filters must be whole months
	Booked  bool // whether the table changes only if Partner.Revision also changes
}

// Grouping is a smaller source that provides the groups of requests that group only
// by columns in Groups and filter only by columns in Filters.
type Grouping struct {
	Source  Source            // has the columns that the SQL of these columns names
	SQL     map[string]string // aggregate expressions that replace Column.SQL; the key is the name of the column
	Groups  []string
	Needs   string // column by which a request must group; empty if there is none
	Filters []string
	Months  bool // whether days in filters must be whole months
}

// Partner is the partner who requests a report. These values are the same in
// every row.
type Partner struct {
	ID          id.UUID
	Account     string // number of the wallet account that receives rewards
	AccountName string
	Currency    string
	Revision    int64  // increases with every change of the partner's books
	RebateSize  string // range of the percents to which rebates can be set, in the JSON form of Range
}

// EmailFilter returns a condition that matches the rows of clients with one of
// these e-mail addresses. The addresses must be trimmed and in lower case.
type EmailFilter func(b *builder, addresses []string) string

// PartnerText is a value that is the same in every row of a partner.
type PartnerText struct {
	of  func(*Partner) string
	sql string // the value for the partner p of a row; the broker's report reads it
}

var (
	partnerAccount     = &PartnerText{func(p *Partner) string { return p.Account }, "p.partner_account"}
	partnerAccountName = &PartnerText{func(p *Partner) string { return p.AccountName }, "coalesce((SELECT n.name FROM partner_accounts n WHERE n.partner_id = p.partner_id AND n.partner_account = p.partner_account), '')"}
	partnerCurrency    = &PartnerText{func(p *Partner) string { return p.Currency }, "p.currency"}
	rebateSize         = &PartnerText{of: func(p *Partner) string { return p.RebateSize }}
	partnerUID         = &PartnerText{of: func(p *Partner) string { return p.ID.String() }}
)

// Large reports whether the report may have very many rows.
func (d *Definition) Large() bool { return !d.Single && !d.Unpaged }

func (d *Definition) column(name string) *Column {
	for i := range d.Columns {
		if d.Columns[i].Name == name {
			return &d.Columns[i]
		}
	}
	return nil
}

// orderable returns the names of the columns by which a request can sort. A column to
// group by is included only if the request groups by it. If the report has no groups,
// the caller passes nil.
func (d *Definition) orderable(grouped []string) []string {
	var names []string
	for i := range d.Columns {
		if c := &d.Columns[i]; c.Order && (!d.groups(c.Name) || slices.Contains(grouped, c.Name)) {
			names = append(names, c.Name)
		}
	}
	return names
}

func (d *Definition) groups(name string) bool { return slices.Contains(d.Groups, name) }

// sum returns an SQL expression for the exact sum over all rows. The sum is 0
// if there are no rows.
func sum(sql string) string { return "CAST(coalesce(sum(" + sql + "), 0) AS BIGINT)" }

// distinct returns an SQL expression for the number of different values. The
// broker's report counts the values of each partner.
func distinct(sql string) string { return "@distinct(" + sql + ")" }

func (d *Definition) limit() int {
	if d.Limit == 0 {
		return page.DefaultLimit
	}
	return d.Limit
}
