package report

import (
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/tributary-server/tributary/internal/page"
)

// Parameter is the documentation of a parameter of a report.
type Parameter struct {
	Name     string
	About    string
	Required bool
	List     bool // whether several values may be given, separated by commas or by repeating the parameter
	Schema   *openapi3.Schema
}

// PathParameters returns the documentation of the parameters in the report's
// path.
func (d *Definition) PathParameters() []Parameter {
	var all []Parameter
	for _, name := range pathNames(d.Path) {
		p := Parameter{Name: name, About: dictionary[name].about, Required: true}
		if d.column(name).Format.kind == kindInteger {
			p.Schema = openapi3.NewInt64Schema()
		}
		all = append(all, p)
	}
	return all
}

// Parameters returns the documentation of aggregate_by and of every filter of
// the report.
func (d *Definition) Parameters() []Parameter {
	var all []Parameter
	if d.Groups != nil {
		all = append(all, Parameter{
			Name: "aggregate_by", About: "Columns to sum up by, one or more.", Required: true, List: true,
			Schema: openapi3.NewArraySchema().WithItems(openapi3.NewStringSchema().WithEnum(anys(d.Groups)...)),
		})
	}
	for i := range d.Columns {
		c := &d.Columns[i]
		schema, list := c.Format.filterSchema()
		if c.Choices != nil {
			schema = openapi3.NewArraySchema().WithItems(openapi3.NewStringSchema().WithEnum(anys(c.Choices)...))
		}
		for _, name := range c.filters() {
			p := Parameter{Name: name, About: d.aboutFilter(name, c), List: list, Schema: schema}
			switch {
			case strings.HasSuffix(name, "_from") && name != c.Name:
				p.About, p.List, p.Schema = "Only rows of this day or later, YYYY-MM-DD.", false, openapi3.NewStringSchema().WithFormat("date")
			case strings.HasSuffix(name, "_to") && name != c.Name:
				p.About, p.List, p.Schema = "Only rows of this day or earlier, YYYY-MM-DD.", false, openapi3.NewStringSchema().WithFormat("date")
			}
			all = append(all, p)
		}
	}
	if d.Email != nil {
		all = append(all,
			Parameter{
				Name: emailFilter, List: true, Schema: openapi3.NewArraySchema().WithItems(openapi3.NewStringSchema()),
				About: "Only rows of the client with this e-mail. Send the whole address, in any case. An empty address, or one that is not your client's, gives no rows.",
			},
			Parameter{
				Name: searchFilter, Schema: openapi3.NewStringSchema(),
				About: "Works like the parameter email if the value contains an @. Any other value is ignored.",
			})
	}
	return all
}

func (d *Definition) aboutFilter(name string, c *Column) string {
	about := d.about(c.Name, c.About)
	if name != c.Name {
		return "Another name of the filter " + c.Name + ". " + about
	}
	if c.Format.kind == kindBoolean {
		return "Only rows with this value. " + about
	}
	return "Only rows with one of these values. " + about
}

// Orderable returns the names by which a request can sort.
func (d *Definition) Orderable() []string { return d.orderable(d.Groups) }

// DefaultLimit returns the page size of a request without a limit.
func (d *Definition) DefaultLimit() int { return d.limit() }

func (f Format) filterSchema() (schema *openapi3.Schema, list bool) {
	item := f.schema()
	switch f.kind {
	case kindBoolean:
		return item, false
	case kindUUID:
		if !f.short { // the filter accepts only complete UUIDs
			break
		}
		item = openapi3.NewStringSchema()
		item.Description = "A UUID, or its first 8 characters."
	case kindOrderID:
		item = openapi3.NewStringSchema().WithMaxLength(int64(page.MaxText))
		return openapi3.NewArraySchema().WithItems(item).WithMaxItems(maxOrderIDs), true
	case kindDigits, kindText:
		item = openapi3.NewStringSchema().WithMaxLength(int64(page.MaxText))
	default:
	}
	return openapi3.NewArraySchema().WithItems(item), true
}

func (f Format) schema() *openapi3.Schema {
	switch f.kind {
	case kindInteger:
		return openapi3.NewIntegerSchema()
	case kindBoolean:
		return openapi3.NewBoolSchema()
	case kindUUID:
		if f.short {
			return openapi3.NewStringSchema().WithPattern("^[0-9a-f]{8}$")
		}
		return openapi3.NewStringSchema().WithFormat("uuid")
	case kindDate:
		return openapi3.NewStringSchema().WithFormat("date")
	case kindInstant:
		return openapi3.NewStringSchema().WithFormat("date-time")
	case kindDecimal:
		if f.quoted {
			return openapi3.NewStringSchema().WithPattern(`^-?\d+(\.\d+)?$`)
		}
		return &openapi3.Schema{Type: &openapi3.Types{openapi3.TypeNumber}}
	case kindDigits:
		return openapi3.NewStringSchema().WithPattern(`^\d+$`)
	case kindRange:
		number := &openapi3.Schema{Type: &openapi3.Types{openapi3.TypeNumber}}
		return openapi3.NewObjectSchema().WithProperty("min", number).WithProperty("max", number).WithRequired([]string{"max", "min"})
	case kindObject:
		return openapi3.NewObjectSchema()
	default:
		return openapi3.NewStringSchema()
	}
}

// Response returns the schema of the JSON response. It also returns the schemas
// of the row and of the totals, because the response's schema refers to them.
func (d *Definition) Response() (*openapi3.SchemaRef, openapi3.Schemas) {
	name := d.schemaName()
	named := openapi3.Schemas{name + "Row": d.rowSchema().NewRef()}
	row := openapi3.NewSchemaRef("#/components/schemas/"+name+"Row", nil)
	if d.Single {
		return row, named
	}
	rows := openapi3.NewArraySchema()
	rows.Items = row
	answer := openapi3.NewObjectSchema().WithProperty("data", rows)
	answer.Required = []string{"data"}
	if !d.Unpaged {
		named[name+"Totals"] = d.totalsSchema().NewRef()
		answer.WithPropertyRef("totals", openapi3.NewSchemaRef("#/components/schemas/"+name+"Totals", nil))
		answer.Required = append(answer.Required, "totals")
	}
	if d.Cursors() {
		named["ReportPage"] = pageSchema().NewRef()
		answer.WithPropertyRef("page", openapi3.NewSchemaRef("#/components/schemas/ReportPage", nil))
	}
	return answer.NewRef(), named
}

func pageSchema() *openapi3.Schema {
	beside := func(about string) *openapi3.Schema {
		cursor := openapi3.NewStringSchema()
		*cursor.Type = append(*cursor.Type, openapi3.TypeNull)
		cursor.Description = about
		return cursor
	}
	links := openapi3.NewObjectSchema().
		WithProperty("next", beside("Cursor to the next page. Null on the last page.")).
		WithProperty("previous", beside("Cursor to the previous page. Null on the first page."))
	links.Required = []string{"next", "previous"}
	return links
}

// schemaName returns the name of the report's schemas, such as ClientAccounts
// for client_accounts.
func (d *Definition) schemaName() string {
	var name strings.Builder
	for part := range strings.SplitSeq(d.ID, "_") {
		name.WriteString(strings.ToUpper(part[:1]) + part[1:])
	}
	return name.String()
}

func (d *Definition) rowSchema() *openapi3.Schema {
	row := openapi3.NewObjectSchema()
	for i := range d.Columns {
		c := &d.Columns[i]
		if c.Hidden {
			continue
		}
		schema := c.Format.schema()
		schema.Description = d.about(c.Name, c.About)
		if c.Choices != nil {
			schema.Enum = anys(c.Choices)
		}
		if c.Nullable {
			*schema.Type = append(*schema.Type, openapi3.TypeNull)
		}
		row.WithProperty(c.Name, schema)
		if !c.Omit && !d.groups(c.Name) {
			row.Required = append(row.Required, c.Name)
		}
	}
	return row
}

func (d *Definition) totalsSchema() *openapi3.Schema {
	count := openapi3.NewIntegerSchema()
	count.Description = "Number of rows that match the filters, on all pages."
	totals := openapi3.NewObjectSchema().WithProperty("count", count)
	totals.Required = []string{"count"}
	for _, t := range d.Totals {
		schema := t.Format.schema()
		if t.Partner != nil {
			schema = openapi3.NewArraySchema().WithItems(schema)
		}
		schema.Description = d.about(t.Name, t.About)
		if t.Nullable {
			*schema.Type = append(*schema.Type, openapi3.TypeNull)
		}
		totals.WithProperty(t.Name, schema)
		totals.Required = append(totals.Required, t.Name)
	}
	return totals
}

// ValuesResponse returns the schema of the list of filter values.
func (d *Definition) ValuesResponse() *openapi3.SchemaRef {
	values := openapi3.NewObjectSchema()
	for _, c := range d.Filterable() {
		values.WithProperty(c.Name, openapi3.NewArraySchema().WithItems(c.Format.schema()))
	}
	return values.NewRef()
}

func anys(names []string) []any {
	all := make([]any, len(names))
	for i, n := range names {
		all[i] = n
	}
	return all
}
