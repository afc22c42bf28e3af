package performance

import (
	"slices"

	"github.com/tributary-server/tributary/internal/click"
	"github.com/tributary-server/tributary/internal/page"
	"github.com/tributary-server/tributary/internal/report"
)

// These constants identify the report in the catalogue and in the API.
const (
	ID          = "performance"
	Title       = "Performance"
	Path        = "/api/reports/performance/"
	FiltersPath = Path + filters
	filters     = "filters/"
)

// Aliases returns the report's other paths.
func Aliases() []string { return []string{"/api/reports/ib/performance/"} }

// FiltersAliases returns the other paths of the list of filter values.
func FiltersAliases() []string {
	paths := Aliases()
	for i := range paths {
		paths[i] += filters
	}
	return paths
}

// About is the description of the report in the documentation.
const About = `Returns figures about clicks, about the clients who came through these clicks, and about rewards and costs.

Each figure belongs to the day on which the event happened, in the programme's time zone.
A client belongs to the campaign, link, tags, sub_id, country and platform of its registration. A client who came without a click belongs to its own country.
A click or a client of a link with several tags is counted for each of the tags.
A figure that has no value for a group is in the row in which this group is null. Costs have only a campaign and a day.
Rewards, volumes, active clients, first trades and costs have no hour.
Rewards include those of clients who came from another partner. Registrations, and the figures that follow from registrations, do not include these clients.

Without ordering, the newest rows come first, and rows of the same time are ordered by their groups. Null comes before all other values.
The totals cover the whole period. A client who is active on two days is counted once.

With compare=previous, each row and the totals also have the figures of the previous period. It has the same length in days, or in months
if the report is grouped by month. In CSV and XLSX, these figures are in the columns that begin with previous_.`

// Entry returns the report's entry in the catalogue.
func Entry() report.Entry {
	e := report.Entry{
		ID: ID, Path: Path, Aliases: Aliases(), Filters: FiltersPath, Title: Title, Description: About,
		Paged: true, Limit: page.DefaultLimit, Ordering: []string{"-" + string(defaultBy)},
	}
	for _, by := range Dimensions {
		e.GroupBy = append(e.GroupBy, string(by))
		key := keyColumn(by)
		c := report.EntryColumn{Name: key.Name, Type: key.Format.Name(), Nullable: true, Shown: true, Orderable: true, Filters: []string{}}
		switch {
		case slices.Contains(Filters, by):
			c.Filters = append(c.Filters, key.Name)
		case by == click.ByDay:
			c.Nullable, c.Filters = false, append(c.Filters, "date_from", "date_to")
		case by == click.ByMonth:
			c.Nullable = false
		}
		e.Columns = append(e.Columns, c)
	}
	for i := range Columns {
		c := &Columns[i]
		kind := c.Format.Name()
		e.Columns = append(e.Columns, report.EntryColumn{
			Name: c.Name, Type: kind, Nullable: c.Nullable, Shown: true, Orderable: true, Filters: []string{}, Description: c.About,
		})
		e.Totals = append(e.Totals, report.EntryTotal{Name: c.Name, Type: kind, Description: c.About})
	}
	return e
}

// figuresExample has the figures of one day. 25 of the 400 unique clicks on
// this day led to a registration, and 12 of these clients made a deposit.
const figuresExample = `"clicks":431,"unique_clicks":400,"registrations":25,"kyc_passed":18,"ftd":12,"ftt":11,"active_clients":11,` +
	`"volume_lots":38.6,"volume_mln_usd":4.1688,"reward_usd":"93.40","rebate_usd":"8.25","cost_usd":"40.00",` +
	`"roi":112.88,"registration_rate":6.25,"ftd_rate":48`

// These are examples of the report's responses.
const (
	Example = `{"data":[{"campaign_code":"c_summer",` + figuresExample + `}],"totals":{"count":1,` + figuresExample + `}}`

	ExampleCSV = "campaign_code,clicks,unique_clicks,registrations,kyc_passed,ftd,ftt,active_clients,volume_lots,volume_mln_usd," +
		"reward_usd,rebate_usd,cost_usd,roi,registration_rate,ftd_rate\r\n" +
		"c_summer,431,400,25,18,12,11,11,38.6,4.1688,93.40,8.25,40.00,112.88,6.25,48\r\n"

	ExampleValues = `{"campaign_code":["c_summer"],"link":[7],"tag":["story"],"sub_id":["blog-42"],"country":["ZA"],"platform":["web"]}`
)

// AboutDimension returns the description of a dimension's values.
func AboutDimension(by click.Dimension) string {
	switch by {
	case click.ByCampaign:
		return "Code of the campaign."
	case click.ByLink:
		return "Number of the tracked link."
	case click.ByTag:
		return "Tag of the tracked link."
	case click.BySubID:
		return "The sub_id of the request for the link."
	case click.ByCountry:
		return "Country of the click or client, ISO 3166 alpha-2."
	case click.ByPlatform:
		return "Platform of the tracked link: web or mobile."
	case click.ByDay:
		return "Day, YYYY-MM-DD, in the programme's time zone."
	case click.ByHour:
		return "Hour, such as 2026-03-01T13, in the programme's time zone."
	case click.ByMonth:
		return "Month, YYYY-MM, in the programme's time zone."
	default:
		return ""
	}
}
