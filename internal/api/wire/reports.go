package wire

import (
	"cmp"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/httpapi"
	"github.com/tributary-server/tributary/internal/httpapi/openapi"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/page"
	"github.com/tributary-server/tributary/internal/report"
)

// Reports declares the operations of reports for one kind of caller.
type Reports struct {
	Router  *httpapi.Router
	Service *report.Service
	Allow   httpapi.Allow
	Prefix  string                            // the ids of the operations begin with it
	Partner func(ctx context.Context) id.UUID // returns the partner whose rows a report has
	Tag     string                            // section of reports that name no other
	Later   *openapi.Accepted                 // documents the response of Large; nil if it is an error

	// Large responds to a request for a workbook that is too large for one
	// response. For any other request it returns an empty response.
	Large func(context.Context, *report.Definition, *report.Request, *report.Answer) (httpapi.Response, error)
}

// Catalogue declares the operation that lists the reports. The function body returns
// the body of the response.
func (m *Reports) Catalogue(path, operationID, description string, example json.RawMessage, body func() ([]byte, error)) {
	m.Router.Add(httpapi.Op{
		Method: http.MethodGet, Path: path, ID: operationID, Tag: m.Tag, Access: m.Allow.Access, Scope: m.Allow.Scope, Staff: m.Allow.Staff,
		Summary: "Get the catalogue of reports", Description: description,
	}, nil, openapi.Responses{
		OK: catalogueSchema(), Examples: map[string]any{httpapi.FormatJSON.Type: example},
	}, func(context.Context, *httpapi.Request) (httpapi.Response, error) {
		text, err := body()
		return httpapi.Response{Body: text}, err
	})
}

// Report declares a report, and the list of its filter values if it has one.
func (m *Reports) Report(d *report.Definition) {
	m.report(d)
	if d.FiltersPath() != "" {
		m.values(d)
	}
}

func (m *Reports) report(d *report.Definition) {
	op := httpapi.Op{
		Method: http.MethodGet, Path: d.Path, ID: m.Prefix + d.OperationID(), Tag: cmp.Or(d.Tag, m.Tag),
		Access: m.Allow.Access, Scope: m.Allow.Scope, Staff: m.Allow.Staff,
		Summary: reportSummary(d), Description: d.Description, Formats: httpapi.ReportFormats(), Errors: []fault.Code{fault.ValidationError},
	}
	var params []openapi.Param
	switch {
	case d.Single:
	case d.Unpaged:
		params = openapi.PageParams(0, d.Orderable())[2:] // without limit and offset, because the report has no pages
	default:
		params = openapi.PageParams(d.DefaultLimit(), d.Orderable())
	}
	for _, p := range d.PathParameters() {
		params = append(params, openapi.Param{Name: p.Name, In: openapi3.ParameterInPath, Doc: p.About, Schema: p.Schema})
	}
	for _, p := range d.Parameters() {
		params = append(params, openapi.Param{Name: p.Name, Doc: p.About, Required: p.Required, Comma: p.List, Schema: p.Schema})
	}
	if d.Cursors() {
		params = append(params, cursorParam())
	}
	params = append(params, BOMParam())
	answer, schemas := d.Response()
	DescribeResponse(d, answer, schemas)
	responses := openapi.Responses{OK: answer, Schemas: schemas, Examples: map[string]any{
		httpapi.FormatJSON.Type: d.Example(), httpapi.FormatCSV.Type: d.ExampleCSV(),
	}}
	if d.Large() {
		responses.Accepted = m.Later
	}
	m.Router.Add(op, params, responses, func(ctx context.Context, req *httpapi.Request) (httpapi.Response, error) {
		output := report.JSON
		if req.Format != httpapi.FormatJSON {
			output = report.Output(req.Format.Name)
		}
		asked := &report.Request{PartnerID: m.Partner(ctx), Params: req.Query, Path: req.Path, Output: output, Minimal: req.PrefersMinimal()}
		answer, err := m.Service.Prepare(d, asked)
		if err != nil {
			return httpapi.Response{}, err
		}
		if output == report.XLSX && req.HTTP.Method != http.MethodHead { // a HEAD request must not start an export
			if later, err := m.Large(ctx, d, asked, answer); err != nil || later.Status != 0 {
				return later, err
			}
		}
		return respond(ctx, answer, req.Format.Type), nil
	})
}

func reportSummary(d *report.Definition) string {
	if d.Single {
		return "Get the " + lowerFirst(d.Title)
	}
	return "List " + lowerFirst(d.Title)
}

func lowerFirst(title string) string { return strings.ToLower(title[:1]) + title[1:] }

// BOMParam documents the parameter that adds a byte order mark, which Excel needs to
// read a CSV.
func BOMParam() openapi.Param {
	return openapi.Param{
		Name: report.BOMParameter, Schema: openapi3.NewBoolSchema(),
		Doc: "If true and format is csv, the file begins with a byte order mark, so that Excel reads it as UTF-8.",
	}
}

// cursorParam documents the parameter that selects a page by a cursor.
func cursorParam() openapi.Param {
	return openapi.Param{
		Name: report.CursorParameter, Schema: openapi3.NewStringSchema().WithMaxLength(report.MaxCursor),
		Doc: "`first`, `last`, or a cursor from a response for the same filters and the same ordering. The response then has `page`, with the " +
			"cursors to the next and the previous page. Rows that arrive meanwhile do not move the others. `offset` counts from the cursor. " +
			"With the header `Prefer: return=minimal`, the response has no totals.",
	}
}

func (m *Reports) values(d *report.Definition) {
	names := openapi3.NewStringSchema()
	for _, c := range d.Filterable() {
		names.Enum = append(names.Enum, c.Name)
	}
	op := httpapi.Op{
		Method: http.MethodGet, Path: d.FiltersPath(), ID: m.Prefix + d.OperationID() + "_filters", Tag: cmp.Or(d.Tag, m.Tag),
		Access: m.Allow.Access, Scope: m.Allow.Scope, Staff: m.Allow.Staff,
		Summary: "List filter values for " + lowerFirst(d.Title), Errors: []fault.Code{fault.ValidationError},
		Description: "Lists the values that each filter of the report can have, at most 1,000 for each filter.",
	}
	params := []openapi.Param{
		{Name: "field", Doc: "Only the values of this field.", Schema: names},
		{
			Name: "q", Doc: "Only values that contain this text. Uids and days must begin with the text.",
			Schema: openapi3.NewStringSchema().WithMaxLength(int64(page.MaxText)),
		},
	}
	if d.ForBroker() {
		params = append(params, openapi.Param{
			Name: "partner", Doc: "Only the values in the reports of these partners.", Comma: true,
			Schema: openapi3.NewArraySchema().WithItems(openapi3.NewStringSchema().WithFormat("uuid")),
		})
	}
	values := d.ValuesResponse()
	for name := range values.Value.Properties {
		Describe(values.Value, name, "Distinct values of "+name+" in the report.")
	}
	m.Router.Add(op, params, openapi.Responses{
		OK: values, Examples: map[string]any{httpapi.FormatJSON.Type: d.ExampleValues()},
	}, func(ctx context.Context, req *httpapi.Request) (httpapi.Response, error) {
		answer, err := m.Service.PrepareValues(d, m.Partner(ctx), req.Query)
		if err != nil {
			return httpapi.Response{}, err
		}
		return respond(ctx, answer, httpapi.FormatJSON.Type), nil
	})
}

// respond returns a stream if the response may be long. It sends any other response
// only when it is complete, so that an error cannot occur after a part of the
// response was sent.
func respond(ctx context.Context, answer *report.Answer, contentType string) httpapi.Response {
	res := httpapi.Response{ContentType: contentType, Filename: answer.FileName}
	if strings.HasPrefix(contentType, "text/") {
		res.ContentType += "; charset=utf-8"
	}
	write := func(w io.Writer) error { return answer.Write(ctx, w) }
	if answer.Streams {
		res.Stream = write
	} else {
		res.Write = write
	}
	return res
}

func catalogueSchema() *openapi3.SchemaRef {
	list := openapi3.NewArraySchema().WithItems(openapi.Inline[report.Entry]())
	totals := openapi3.NewObjectSchema().WithProperty("count", openapi3.NewIntegerSchema())
	Describe(totals, "count", "Number of reports.")
	answer := openapi3.NewObjectSchema().WithProperty("data", list).WithProperty("totals", totals)
	Describe(answer, "data", "Reports of the catalogue.")
	Describe(answer, "totals", "Totals of the catalogue.")
	answer.Required = []string{"data", "totals"}
	return answer.NewRef()
}

// DescribeResponse adds descriptions to the schema of a report's response. It
// describes the ends of ranges. Unless the report is Single, it also describes
// the properties data and totals.
func DescribeResponse(d *report.Definition, answer *openapi3.SchemaRef, schemas openapi3.Schemas) {
	for _, row := range schemas {
		for _, column := range row.Value.Properties {
			Describe(column.Value, "min", "Smallest value of the range.")
			Describe(column.Value, "max", "Largest value of the range.")
		}
	}
	if d.Single {
		return
	}
	rows := "Rows of this page."
	if d.Unpaged {
		rows = "All rows of the report."
	}
	Describe(answer.Value, "data", rows)
	Describe(answer.Value, "totals", "Totals of all rows that match the filters.")
	Describe(answer.Value, "page", "Cursors to the previous and the next page. Only present if the request has the parameter `cursor`.")
}

// Describe sets the description of a property.
func Describe(object *openapi3.Schema, name, text string) {
	property := object.Properties[name]
	if property == nil {
		return
	}
	if property.Ref != "" { // OpenAPI 3.0 ignores a description beside a $ref
		object.Properties[name] = (&openapi3.Schema{AllOf: openapi3.SchemaRefs{property}, Description: text}).NewRef()
		return
	}
	described := *property.Value
	described.Description = text
	object.Properties[name] = described.NewRef()
}
