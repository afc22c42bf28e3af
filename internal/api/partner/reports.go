package partner

import (
	"cmp"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/tributary-server/tributary/internal/api/wire"
	"github.com/tributary-server/tributary/internal/export"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/httpapi"
	"github.com/tributary-server/tributary/internal/httpapi/openapi"
	"github.com/tributary-server/tributary/internal/identity/caller"
	"github.com/tributary-server/tributary/internal/page"
	"github.com/tributary-server/tributary/internal/report"
	"github.com/tributary-server/tributary/internal/report/performance"
)

// Reports declares every report of the catalogue, the lists of filter values, and the
// catalogue itself. A request for a workbook that is too large starts an export.
func Reports(r *httpapi.Router, s *report.Service, exports *export.Service) {
	for _, d := range report.Catalogue() {
		mountReport(r, s, exports, d)
		if d.FiltersPath() != "" {
			mountReportValues(r, s, d)
		}
	}
	r.Add(httpapi.Op{
		Method: http.MethodGet, Path: "/api/v1/reports/", ID: "report_catalogue", Tag: wire.TagReports, Access: wire.Read.Access, Scope: wire.Read.Scope,
		Summary: "Get the catalogue of reports", Description: "Lists every report with its columns and their types, its filters, the fields that it " +
			"can be ordered by, and its totals.",
	}, nil, openapi.Responses{
		OK: catalogueSchema(), Examples: map[string]any{httpapi.FormatJSON.Type: json.RawMessage(report.CatalogueExample())},
	}, func(context.Context, *httpapi.Request) (httpapi.Response, error) {
		body, err := report.CatalogueJSON(performance.Entry())
		return httpapi.Response{Body: body}, err
	})
}

func mountReport(r *httpapi.Router, s *report.Service, exports *export.Service, d *report.Definition) {
	op := httpapi.Op{
		Method: http.MethodGet, Path: d.Path, ID: "report_" + d.ID, Tag: cmp.Or(d.Tag, wire.TagReports), Access: wire.Read.Access, Scope: wire.Read.Scope,
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
	params = append(params, bomParam())
	answer, schemas := d.Response()
	describeResponse(d, answer, schemas)
	responses := openapi.Responses{OK: answer, Schemas: schemas, Examples: map[string]any{
		httpapi.FormatJSON.Type: d.Example(), httpapi.FormatCSV.Type: d.ExampleCSV(),
	}}
	if d.Large() {
		responses.Accepted = laterAsExport()
	}
	r.Add(op, params, responses, func(ctx context.Context, req *httpapi.Request) (httpapi.Response, error) {
		output := report.JSON
		if req.Format != httpapi.FormatJSON {
			output = report.Output(req.Format.Name)
		}
		asked := &report.Request{PartnerID: caller.Must(ctx).PartnerID, Params: req.Query, Path: req.Path, Output: output, Minimal: req.PrefersMinimal()}
		answer, err := s.Prepare(d, asked)
		if err != nil {
			return httpapi.Response{}, err
		}
		if output == report.XLSX && req.HTTP.Method != http.MethodHead { // a HEAD request must not start an export
			if later, err := asExport(ctx, exports, d, asked, answer); err != nil || later.Status != 0 {
				return later, err
			}
		}
		return respond(ctx, answer, req.Format.Type), nil
	})
}

func reportSummary(d *report.Definition) string {
	if d.Single {
		return "Get the " + lowered(d.Title)
	}
	return "List " + lowered(d.Title)
}

func lowered(title string) string { return strings.ToLower(title[:1]) + title[1:] }

// bomParam documents the parameter that adds a byte order mark, which Excel needs to
// read a CSV.
func bomParam() openapi.Param {
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

func mountReportValues(r *httpapi.Router, s *report.Service, d *report.Definition) {
	names := openapi3.NewStringSchema()
	for _, c := range d.Filterable() {
		names.Enum = append(names.Enum, c.Name)
	}
	op := httpapi.Op{
		Method: http.MethodGet, Path: d.FiltersPath(), ID: "report_" + d.ID + "_filters", Tag: cmp.Or(d.Tag, wire.TagReports),
		Access: wire.Read.Access, Scope: wire.Read.Scope,
		Summary: "List filter values for " + lowered(d.Title), Errors: []fault.Code{fault.ValidationError},
		Description: "Lists the values that each filter of the report can have, at most 1,000 for each filter.",
	}
	params := []openapi.Param{
		{Name: "field", Doc: "Only the values of this field.", Schema: names},
		{
			Name: "q", Doc: "Only values that contain this text. Uids and days must begin with the text.",
			Schema: openapi3.NewStringSchema().WithMaxLength(int64(page.MaxText)),
		},
	}
	values := d.ValuesResponse()
	for name := range values.Value.Properties {
		describe(values.Value, name, "Distinct values of "+name+" in the report.")
	}
	r.Add(op, params, openapi.Responses{
		OK: values, Examples: map[string]any{httpapi.FormatJSON.Type: d.ExampleValues()},
	}, func(ctx context.Context, req *httpapi.Request) (httpapi.Response, error) {
		answer, err := s.PrepareValues(d, caller.Must(ctx).PartnerID, req.Query)
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
	describe(totals, "count", "Number of reports.")
	answer := openapi3.NewObjectSchema().WithProperty("data", list).WithProperty("totals", totals)
	describe(answer, "data", "Reports of the catalogue.")
	describe(answer, "totals", "Totals of the catalogue.")
	answer.Required = []string{"data", "totals"}
	return answer.NewRef()
}

// describeResponse adds descriptions to the schema of a report's response: to
// the fields data and totals, and to ranges. The response of a Single report
// does not have these two fields.
func describeResponse(d *report.Definition, answer *openapi3.SchemaRef, schemas openapi3.Schemas) {
	for _, row := range schemas {
		for _, column := range row.Value.Properties {
			describe(column.Value, "min", "Smallest value of the range.")
			describe(column.Value, "max", "Largest value of the range.")
		}
	}
	if d.Single {
		return
	}
	rows := "Rows of this page."
	if d.Unpaged {
		rows = "All rows of the report."
	}
	describe(answer.Value, "data", rows)
	describe(answer.Value, "totals", "Totals of all rows that match the filters.")
	describe(answer.Value, "page", "Cursors to the pages beside this one. Absent without the parameter cursor.")
}

func describe(object *openapi3.Schema, name, text string) {
	property := object.Properties[name]
	if property == nil {
		return
	}
	if property.Ref != "" { // OpenAPI 3.0 ignores a description that stands next to a $ref
		object.Properties[name] = (&openapi3.Schema{AllOf: openapi3.SchemaRefs{property}, Description: text}).NewRef()
		return
	}
	described := *property.Value
	described.Description = text
	object.Properties[name] = described.NewRef()
}
