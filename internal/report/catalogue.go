package report

import (
	"encoding/json"
	"fmt"
	"slices"
)

// Catalogue returns every report, in the order in which the documentation
// lists them.
func Catalogue() []*Definition {
	return []*Definition{
		&clientsV1, &clientsV2, &accounts, &rewardsV1, &rewardsV2, &rewardsByDay, &orders, &orderFormula,
		&rebateGroups, &rebateGroup, &rebateClients, &rebates, &rebateRows, &rebateOrders, &rebateHistory,
		&auditLog,
		&transactions, &reportTransactions, &pendingTransactions, &subPartners,
		&progressRewards, &progressOrders, &cpaClients,
		&clientsSharedV2, &clientsSharedV3, &rewardsSharedV4,
	}
}

type (
	// Entry is a report in the catalogue, as JSON.
	Entry struct {
		ID          string        `json:"id" doc:"Id of the report."`
		Path        string        `json:"path" doc:"Path of the report."`
		Aliases     []string      `json:"aliases,omitempty" doc:"Other paths of the same report."`
		Filters     string        `json:"filters_path,omitempty" doc:"Path that lists the values of the report's filters."`
		Boundaries  string        `json:"boundaries_path,omitempty" doc:"Path that lists rows at regular distances, with cursors to the pages that begin there."`
		Title       string        `json:"title" doc:"Title of the report."`
		Description string        `json:"description" doc:"What the report shows, in CommonMark."`
		Paged       bool          `json:"paged" doc:"Whether the report takes the parameters limit and offset."`
		Cursors     bool          `json:"cursors" doc:"Whether the report takes the parameter cursor."`
		Limit       int           `json:"default_limit,omitempty" doc:"Number of rows on a page if the parameter limit is not given."`
		Ordering    []string      `json:"default_ordering" doc:"Sort order of the rows if the parameter ordering is not given, in the form of that parameter."`
		AggregateBy []string      `json:"aggregate_by,omitempty" doc:"Columns by which the report can be summed up. At least one is required."`
		GroupBy     []string      `json:"group_by,omitempty" doc:"What the report can be grouped by."`
		Columns     []EntryColumn `json:"columns" doc:"The columns of the report."`
		Totals      []EntryTotal  `json:"totals" doc:"The totals of the report besides count."`
	}
	// EntryColumn is a column that appears in the response, or by which a request
	// can filter, or both.
	EntryColumn struct {
		Name        string   `json:"name" doc:"Name of the column."`
		Type        string   `json:"type" doc:"Type of the values."`
		Nullable    bool     `json:"nullable" doc:"Whether values can be null."`
		Shown       bool     `json:"shown" doc:"Whether the column is in the rows. Otherwise it is only a filter."`
		Orderable   bool     `json:"orderable" doc:"Whether the parameter ordering can name the column."`
		Filters     []string `json:"filters" doc:"Query parameters that filter by the column."`
		Description string   `json:"description,omitempty" doc:"What the column means. Absent if the name of the column already explains it."`
	}
	// EntryTotal is a total of a report. The total count is not listed, because
	// every report has it.
	EntryTotal struct {
		Name        string `json:"name" doc:"Name of the total."`
		Type        string `json:"type" doc:"Type of the value."`
		Description string `json:"description,omitempty" doc:"What the total means. Absent if the name of the total already explains it."`
	}
)

// Entry returns the report's entry in the catalogue.
func (d *Definition) Entry() Entry {
	e := Entry{
		ID: d.ID, Path: d.Path, Filters: d.FiltersPath(), Boundaries: d.BoundariesPath(), Title: d.Title, Description: d.Description,
		Paged: !d.Unpaged && !d.Single, Cursors: d.Cursors(), Ordering: []string{}, AggregateBy: d.Groups, Columns: []EntryColumn{}, Totals: []EntryTotal{},
	}
	if e.Paged {
		e.Limit = d.limit()
	}
	for _, o := range d.Order {
		name := o.Field
		if o.Descending {
			name = "-" + name
		}
		e.Ordering = append(e.Ordering, name)
	}
	for i := range d.Columns {
		c := &d.Columns[i]
		if c.Hidden && !c.Filter {
			continue
		}
		e.Columns = append(e.Columns, EntryColumn{
			Name: c.Name, Type: c.Format.Name(), Nullable: c.Nullable, Shown: !c.Hidden, Orderable: c.Order,
			Filters: c.filters(), Description: d.about(c.Name, c.About),
		})
	}
	for _, t := range d.Totals {
		name := t.Format.Name()
		if t.Partner != nil {
			name = "list of " + name
		}
		e.Totals = append(e.Totals, EntryTotal{Name: t.Name, Type: name, Description: d.about(t.Name, t.About)})
	}
	return e
}

func (c *Column) filters() []string {
	switch {
	case !c.Filter:
		return []string{}
	case c.Format.kind == kindDate:
		return []string{c.Name, c.Name + "_from", c.Name + "_to"}
	default:
		return []string{c.Name}
	}
}

// Name returns the name of the format in the catalogue.
func (f Format) Name() string {
	switch f.kind {
	case kindInteger:
		return "integer"
	case kindBoolean:
		return "boolean"
	case kindUUID:
		if f.short {
			return "short uuid"
		}
		return "uuid"
	case kindDate:
		return "date"
	case kindInstant:
		return "datetime"
	case kindDecimal:
		if f.quoted {
			return fmt.Sprintf("decimal string, %d places", f.places)
		}
		return fmt.Sprintf("number, up to %d places", f.places)
	case kindDigits:
		return "string of digits"
	case kindRange:
		return "object of min and max"
	case kindObject:
		return "object"
	default:
		return "string"
	}
}

// CatalogueJSON returns a catalogue as JSON, with the number of reports. Reports
// without a Definition are passed as entries.
func CatalogueJSON(reports []*Definition, others ...Entry) ([]byte, error) {
	entries := make([]Entry, 0, len(reports)+len(others))
	for _, d := range reports {
		entries = append(entries, d.Entry())
	}
	return listOf(append(entries, others...))
}

// CatalogueExample returns a catalogue with one report, as an example for the
// documentation.
func CatalogueExample() []byte {
	text, err := listOf([]Entry{ByID("rewards_byday").Entry()})
	if err != nil {
		panic(err) // an Entry has no value that JSON cannot encode
	}
	return text
}

// BrokerCatalogueExample is like CatalogueExample, for the broker's reports.
func BrokerCatalogueExample() []byte {
	text, err := listOf([]Entry{rewardsByDay.forBroker().Entry()})
	if err != nil {
		panic(err) // an Entry has no value that JSON cannot encode
	}
	return text
}

func listOf(entries []Entry) ([]byte, error) {
	type totals struct {
		Count int `json:"count"`
	}
	return json.Marshal(struct {
		Data   []Entry `json:"data"`
		Totals totals  `json:"totals"`
	}{entries, totals{len(entries)}})
}

// FiltersPath returns the path of the report's list of filter values. It
// returns "" if the report has no such list.
func (d *Definition) FiltersPath() string {
	if d.Single || d.Parent != nil {
		return ""
	}
	return d.Path + "filters/"
}

// ByID returns the report with the given id, or nil if there is none.
func ByID(id string) *Definition {
	all := Catalogue()
	if i := slices.IndexFunc(all, func(d *Definition) bool { return d.ID == id }); i >= 0 {
		return all[i]
	}
	return nil
}
