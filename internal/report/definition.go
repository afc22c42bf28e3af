// Package report is the catalogue of reports. A report is declared as data: a
// Definition names its path, its source and its columns with type, wire format
// and SQL. From that one declaration come the JSON page, its totals, the CSV
// and XLSX exports, the filters/ sibling, the OpenAPI operation and the entry
// in the catalogue. No report has a handler or a query of its own: a new one
// is a Definition in the list of catalogue.go and its golden test.
package report

import (
	"slices"

	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/page"
)

// Definition declares a report.
type Definition struct {
	ID          string // unique, also the name of exported files
	Path        string // with a closing slash; {name} is the value of the column of that name
	Title       string
	Description string
	Tag         string // where the documentation lists it; empty: with the reports
	Source      Source
	Columns     []Column // in the wire's order
	Totals      []Total  // in addition to count, in the wire's order
	Rollups     []Rollup // smaller tables that answer the totals of some requests
	Order       []page.Order
	Limit       int         // default limit; 0 is page.DefaultLimit
	Unpaged     bool        // all rows at once, without totals
	Single      bool        // one row, as a bare object; NotFound when there is none
	Groups      []string    // aggregate_by is required and names one or more of these columns
	AllValues   string      // the one column whose array in filters/ is never cut
	Email       EmailFilter // the rows of the clients that ?email= names; nil: the report has no such filter
	Few         bool        // few rows, each expensive to compute: a page is cut from all of them
	Parent      *Source     // for a list: the thing that its path names, by the same columns; NotFound when it does not exist
}

// Source is the table whose rows a report shows. In SQL its alias is t, and
// t.partner_id is always bound to the partner who asks.
type Source struct {
	Table string
	Key   []string // columns that, after partner_id, name one row; every order ends in them
	Text  []string // those of Key that hold free text, which sorts by its bytes
	Where string   // a condition that all rows of the report meet, or empty

	// AccountIndex is the index that finds an account's rows. SQLite needs the
	// hint, because it keeps no statistics by default.
	AccountIndex string
}

// Total is one figure over the whole filtered set.
type Total struct {
	Name    string
	Format  Format
	SQL     string      // an aggregate over t
	Partner PartnerText // instead of SQL: a list of the one value that every row has
	Now     bool        // instead of SQL: the moment of the answer
	About   string
}

// Rollup is a table that has columns of the source already summed up. It gives
// the same totals as long as a request uses only Filters.
type Rollup struct {
	Table   string            // or a subquery; $1 is the partner
	Count   string            // an aggregate over t: how many rows of the source there are
	SQL     map[string]string // the totals whose aggregate differs from that over the source
	Filters []string
}

// Partner is the partner who asks, with the values that are the same in every
// row.
type Partner struct {
	ID          id.UUID
	Account     string // the number of the rewards' wallet account, a string of digits
	AccountName string
	Currency    string
	RebateSize  string // the percents that rebates can be set to, as Range shows it
}

// EmailFilter returns a condition over t that is true for rows of a client with
// one of the addresses. The addresses are trimmed and in lower case.
type EmailFilter func(b *builder, addresses []string) string

// PartnerText picks a value of Partner.
type PartnerText func(*Partner) string

func partnerAccount(p *Partner) string     { return p.Account }
func partnerAccountName(p *Partner) string { return p.AccountName }
func partnerCurrency(p *Partner) string    { return p.Currency }
func rebateSize(p *Partner) string         { return p.RebateSize }

// Large reports whether the report may have very many rows.
func (d *Definition) Large() bool { return !d.Single && !d.Unpaged }

// column returns the column of that name, or nil.
func (d *Definition) column(name string) *Column {
	for i := range d.Columns {
		if d.Columns[i].Name == name {
			return &d.Columns[i]
		}
	}
	return nil
}

// orderable lists what ordering may name: every orderable column. Of the
// columns that rows can be grouped by it lists only those that are grouped
// (grouped is nil where the report does not group).
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

// sum returns an exact sum over the rows; 0 without rows.
func sum(sql string) string { return "CAST(coalesce(sum(" + sql + "), 0) AS BIGINT)" }

// distinct returns the count of different values over the rows.
func distinct(sql string) string { return "count(DISTINCT " + sql + ")" }

// limit returns the report's default limit.
func (d *Definition) limit() int {
	if d.Limit == 0 {
		return page.DefaultLimit
	}
	return d.Limit
}
