package performance

import (
	"slices"

	"github.com/tributary-server/tributary/internal/click"
	"github.com/tributary-server/tributary/internal/page"
	"github.com/tributary-server/tributary/internal/report"
)

// The report's name and path.
const (
	ID          = "performance"
	Title       = "Performance"
	Path        = "/api/reports/performance/"
	FiltersPath = Path + filters
	filters     = "filters/"
)

// Aliases are the report's other paths.
func Aliases() []string { return []string{"/api/reports/ib/performance/"} }

// FiltersAliases are the other paths of the report's filter values.
func FiltersAliases() []string {
	paths := Aliases()
	for i := range paths {
		paths[i] += filters
	}
	return paths
}

// About is the report's documentation.
const About = `Clicks, the clients that came from them, and what these clients earn and cost.

Each thing counts on the day on which it happened, in the programme's time zone. What has no value in a group counts with null:
costs have a campaign and a day alone; rewards, volumes, active clients, first trades and costs have no hour.
A client belongs to the campaign, link, tags, sub_id, country and platform that it registered by; one that came without a click has its own country.
A click, or a client, of a link with several tags counts with each of them.
Rewards include those of clients that came from another partner; registrations and what follows from them do not.

Without an order: the newest first, then by the groups. null orders before all else. totals are over the whole period,
so that a client active on two days counts once.

With compare=previous every row and the totals have what they came to in the period before, of the same length: in days;
grouped by month, in months. In CSV and XLSX these are columns that begin with previous_.`

// wireFormats maps the figures' formats to those of reports.
var wireFormats = map[Format]report.Format{
	Count: report.Integer, Lots: report.Lots, MlnUSD: report.MlnUSD, Money: report.Money, Percent: report.MoneyNumber,
}

// Entry describes the report for the catalogue of all reports.
func Entry() report.Entry {
	e := report.Entry{
		ID: ID, Path: Path, Aliases: Aliases(), Filters: FiltersPath, Title: Title, Description: About,
		Paged: true, Limit: page.DefaultLimit, Ordering: []string{"-" + string(defaultBy)},
	}
	for _, by := range Dimensions {
		e.GroupBy = append(e.GroupBy, string(by))
		c := report.EntryColumn{Name: string(by), Type: report.Text.Name(), Nullable: true, Shown: true, Orderable: true, Filters: []string{}}
		switch {
		case slices.Contains(Filters, by):
			c.Filters = append(c.Filters, string(by))
		case by == click.ByDay:
			c.Filters = append(c.Filters, "date_from", "date_to")
		}
		switch by {
		case click.ByLink:
			c.Type = report.Integer.Name()
		case click.ByDay:
			c.Type, c.Nullable = report.Date.Name(), false
		case click.ByMonth:
			c.Nullable = false
		default:
		}
		e.Columns = append(e.Columns, c)
	}
	for i := range Columns {
		c := &Columns[i]
		kind := wireFormats[c.Format].Name()
		e.Columns = append(e.Columns, report.EntryColumn{
			Name: c.Name, Type: kind, Nullable: c.Format == Percent, Shown: true, Orderable: true, Filters: []string{}, Description: c.About,
		})
		e.Totals = append(e.Totals, report.EntryTotal{Name: c.Name, Type: kind, Description: c.About})
	}
	return e
}
