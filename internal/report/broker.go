package report

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"

	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/page"
)

// BrokerPath is the beginning of the paths of the broker's reports.
const BrokerPath = "/broker/v1/reports/"

// partnerColumn is a column that a broker's report has in addition to the columns
// of the partner's report.
const partnerColumn = "partner"

// memberColumn is the name in a broker's report of the column that a partner's
// report calls "partner".
const memberColumn = "sub_partner"

// allPartners provides the values of filters by partner.
var allPartners = Source{Table: "partners", Key: []string{"partner_id"}}

// BrokerCatalogue returns the broker's reports, in the order in which the
// documentation lists them. Each contains the rows that a partner's report has
// for any of the partners. The programme itself (the house) owns the clients
// without a partner, but is not a partner.
func BrokerCatalogue() []*Definition {
	var all []*Definition
	for _, d := range Catalogue() {
		if d.Broker != "" {
			all = append(all, d.forBroker())
		}
	}
	return all
}

const aboutPartner = "With one value of the filter `partner`, it has the rows of this partner's own report.\n\n"

// forBroker derives the broker's report from a partner's. It adds the column
// "partner", leaves out totals that are meaningful only for one partner, and
// removes the limit to one partner.
//
// A request for one partner executes the statements of the partner's own report,
// so it costs the same and has the same rows. Any other request reads the rows of
// all partners. It sorts rows by partner before their key, so that an index that
// begins with the column of the default order gives the newest rows.
func (d *Definition) forBroker() *Definition {
	twin := *d
	twin.ID, twin.base, twin.Path, twin.Tag = "all_"+d.ID, d.ID, BrokerPath+d.Broker, ""
	twin.Title += " of all partners"
	twin.Description = "Returns the partners' report `" + d.Path + "` for all partners, with the column `partner`. " + aboutPartner + d.Description
	if d.Groups != nil {
		twin.Description = "Returns the partners' report `" + d.Path + "` for all partners, which can also be grouped by `partner`. " + aboutPartner +
			"Without one `partner`, `reward_date_from` and `reward_date_to` are required, and span at most 366 days.\n\n" + d.Description
	}
	twin.Unpaged = false // the rows of all partners are too many for one response
	twin.Columns = slices.Clone(d.Columns)
	for i := range twin.Columns {
		if c := &twin.Columns[i]; c.Name == partnerColumn {
			c.Name = memberColumn
		}
	}
	twin.Totals = slices.DeleteFunc(slices.Clone(d.Totals), func(t Total) bool { return t.Partner != nil || t.Own })
	if d.Groups != nil {
		twin.Groups = append([]string{partnerColumn}, d.Groups...)
	}

	one := twin
	one.Columns = append([]Column{{Name: partnerColumn, Format: Text, Partner: partnerUID}}, twin.Columns...)

	twin.one, twin.all = &one, true
	twin.AllValues = ""    // all partners together have too many
	twin.Source.Index = "" // it begins with the partner
	twin.Source.Key = append([]string{"partner_id"}, d.Source.Key...)
	for i := range twin.Columns {
		twin.Columns[i].ofAnyPartner()
	}
	twin.Columns = append([]Column{{
		Name: partnerColumn, Format: UUID, SQL: "t.partner_id", Values: &allPartners, Whole: true, Filter: true, Order: true,
		About: "Id of the partner that the row belongs to.",
	}}, twin.Columns...)
	return &twin
}

// ForBroker reports whether the report is one of the broker's.
func (d *Definition) ForBroker() bool { return d.base != "" }

// OperationID returns the id of the report's operation, without the prefix of its
// API. The broker's report has the same id as the partner's.
func (d *Definition) OperationID() string { return cmp.Or(d.base, d.ID) }

// ownName returns the name under which the dictionary explains a column of a
// broker's report.
func ownName(name string) string {
	switch name {
	case partnerColumn:
		return "partner_uid"
	case memberColumn:
		return partnerColumn
	default:
		return name
	}
}

// maxGroupedDays is the maximum number of days whose rows a report of all
// partners adds up.
const maxGroupedDays = 366

// bound refuses a request that adds up the rows of all partners for too many
// days. It reads the days as the filter does, and ignores a day that is not
// valid, because the filter reports the error.
func bound(params url.Values, q *page.Query) {
	again := page.NewQuery(params)
	days, from, to := again.Days("reward_date"), again.Day("reward_date_from"), again.Day("reward_date_to")
	switch {
	case again.Err() != nil:
	case len(days) > maxGroupedDays:
		q.Fault("reward_date", "max_length", fmt.Sprintf("Ensure this field has no more than %d elements, or filter by one partner.", maxGroupedDays))
	case days != nil:
	case from == nil || to == nil:
		q.Fault("reward_date_from", "required", "Send reward_date_from and reward_date_to, or filter by one partner.")
	case *to-*from >= maxGroupedDays:
		q.Fault("reward_date_to", "max_value", fmt.Sprintf("Must be less than %d days after reward_date_from, unless you filter by one partner.", maxGroupedDays))
	}
}

// ofAnyPartner changes a column whose value is the same in every row of a
// partner. The column then reads the value from the partner of each row.
func (c *Column) ofAnyPartner() {
	if c.Partner == nil {
		return
	}
	value := c.Partner.sql
	c.Partner, c.SQL = nil, "(SELECT "+value+" FROM partners p WHERE p.partner_id = t.partner_id)"
	if c.Filter {
		c.Values, c.ValuesSQL, c.whose = &allPartners, "t"+value[1:], value
	}
}

// forOne returns the definition to execute, and a copy of the request. If the
// request is for one partner, the copy is a request of this partner.
func (d *Definition) forOne(r *Request) (*Definition, *Request) {
	executed := *r
	d, executed.PartnerID = d.asked(r.Params)
	return d, &executed
}

// asked returns the definition to execute, and the partner if the request is for
// one partner.
func (d *Definition) asked(params url.Values) (*Definition, id.UUID) {
	if wanted := page.NewQuery(params).Values(partnerColumn); len(wanted) == 1 {
		if partnerID, err := id.Parse(wanted[0]); err == nil && partnerID != id.Nil {
			return d.one, partnerID
		}
	}
	return d, id.Nil
}
