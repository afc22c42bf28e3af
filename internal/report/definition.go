// Package report is the catalogue of reports. A Definition declares a report
// as data. It has the report's path, its source and its columns, each with a
// format and SQL. The package derives everything else from the definition: the
// JSON page with its totals, the CSV and XLSX exports, the list of filter
// values, the OpenAPI operation and the entry in the catalogue. A new report
// needs only a Definition in the list in catalogue.go, and a golden test.
package report

import (
	"slices"

	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/page"
)

// Definition declares a report.
type Definition struct {
	ID          string // unique; also the name of exported files
	Path        string // ends in a slash; {name} is a value of the column with that name
	Title       string
	Description string
	Tag         string // section of the documentation; empty means the section of reports
	Source      Source
	Columns     []Column // in the order of the response
	Totals      []Total  // in the order of the response, without count
	Rollups     []Rollup // smaller tables that provide the totals of some requests
	Order       []page.Order
	Limit       int         // default page size; 0 means page.DefaultLimit
	Unpaged     bool        // whether all rows are returned at once, without totals
	Single      bool        // whether the report is one row, as a bare object; NotFound if there is none
	Groups      []string    // columns that aggregate_by may name; a request must name at least one
	AllValues   string      // the one column whose list of filter values has no limit
	Email       EmailFilter // selects the rows of the clients with an e-mail; nil if there is no such filter
	Few         bool        // whether a page is selected from all rows, which are few but expensive
	Parent      *Source     // for a list, the object that its path names; NotFound if it does not exist
}

// Source is the table whose rows a report shows. Its alias in SQL is t. Every
// statement limits t.partner_id to the calling partner.
type Source struct {
	Table string
	Key   []string // columns that identify a row of the partner; every order ends in them
	Text  []string // columns of Key with free text, which sort by their bytes
	Where string   // condition that every row of the report meets; may be empty

	// AccountIndex is the index that finds the rows of an account. SQLite
	// needs the hint because it has no statistics by default.
	AccountIndex string
}

// Total is one figure over all rows that match the filters.
type Total struct {
	Name    string
	Format  Format
	SQL     string      // aggregate over t
	Partner PartnerText // returns the only element of a list; used instead of SQL
	Now     bool        // whether the total is the time of the response
	About   string
}

// Rollup is a table in which columns of the source are already added up. It
// provides the totals of requests that use only the filters in Filters.
type Rollup struct {
	Table   string            // table or subquery, in which $1 is the partner
	Count   string            // aggregate over t for the number of rows of the source
	SQL     map[string]string // aggregates that replace Total.SQL, by the name of the total
	Filters []string
	Booked  bool // whether the table changes only together with Partner.Revision
}

// Partner is the partner who requests a report. Its fields have the same
// values in every row.
type Partner struct {
	ID          id.UUID
	Account     string // number of the wallet account for rewards
	AccountName string
	Currency    string
	Revision    int64  // increases with every change of the partner's books
	RebateSize  string // percents to which rebates can be set, in the JSON form of Range
}

// EmailFilter returns a condition that is true for rows of clients with one of
// the addresses. The addresses are trimmed and in lower case.
type EmailFilter func(b *builder, addresses []string) string

// PartnerText returns a value of a Partner.
type PartnerText func(*Partner) string

func partnerAccount(p *Partner) string     { return p.Account }
func partnerAccountName(p *Partner) string { return p.AccountName }
func partnerCurrency(p *Partner) string    { return p.Currency }
func rebateSize(p *Partner) string         { return p.RebateSize }

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

// orderable returns the names of the columns by which a request can order. A
// column to group by is included only if the request groups by it. grouped is
// nil if the report has no groups.
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

// sum returns an SQL expression for the exact sum over the rows. The sum is 0
// if there are no rows.
func sum(sql string) string { return "CAST(coalesce(sum(" + sql + "), 0) AS BIGINT)" }

func distinct(sql string) string { return "count(DISTINCT " + sql + ")" }

func (d *Definition) limit() int {
	if d.Limit == 0 {
		return page.DefaultLimit
	}
	return d.Limit
}
