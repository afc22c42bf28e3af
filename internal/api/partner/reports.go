package partner

import (
	"bytes"
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
	"github.com/tributary-server/tributary/internal/identity"
	"github.com/tributary-server/tributary/internal/identity/caller"
	"github.com/tributary-server/tributary/internal/page"
	"github.com/tributary-server/tributary/internal/report"
	"github.com/tributary-server/tributary/internal/report/performance"
)

// Reports declares every report of the catalogue, their filters/ paths and the
// catalogue itself. A workbook that is too large for one request becomes an
// export.
func Reports(r *httpapi.Router, s *report.Service, exports *export.Service) {
	for _, d := range report.Catalogue() {
		mountReport(r, s, exports, d)
		if d.FiltersPath() != "" {
			mountReportValues(r, s, d)
		}
	}
	r.Add(httpapi.Op{
		Method: http.MethodGet, Path: "/api/v1/reports/", ID: "report_catalogue", Tag: wire.TagReports, Scope: identity.ScopeRead,
		Summary: "Get the catalogue of reports", Description: "Lists every report with its columns, their types, its filters, the fields it can be " +
			"ordered by, and its totals.",
	}, nil, httpapi.Responses{
		OK: catalogueSchema(), Examples: map[string]any{httpapi.FormatJSON.Type: json.RawMessage(report.CatalogueExample())},
	}, func(context.Context, *httpapi.Request) (httpapi.Response, error) {
		body, err := report.CatalogueJSON(performance.Entry())
		return httpapi.Response{Body: body}, err
	})
}

func mountReport(r *httpapi.Router, s *report.Service, exports *export.Service, d *report.Definition) {
	op := httpapi.Op{
		Method: http.MethodGet, Path: d.Path, ID: "report_" + d.ID, Tag: cmp.Or(d.Tag, wire.TagReports), Scope: identity.ScopeRead,
		Summary: reportSummary(d), Description: d.Description, Formats: httpapi.ReportFormats(), Errors: []fault.Code{fault.ValidationError},
	}
	var params []httpapi.Param
	switch {
	case d.Single:
	case d.Unpaged:
		params = httpapi.PageParams(0, d.Orderable())[2:] // ordering only
	default:
		params = httpapi.PageParams(d.DefaultLimit(), d.Orderable())
	}
	for _, p := range d.PathParameters() {
		params = append(params, httpapi.Param{Name: p.Name, In: openapi3.ParameterInPath, Doc: p.About, Schema: p.Schema})
	}
	for _, p := range d.Parameters() {
		params = append(params, httpapi.Param{Name: p.Name, Doc: p.About, Required: p.Required, Comma: p.List, Schema: p.Schema})
	}
	params = append(params, bomParam())
	answer, schemas := d.Response()
	responses := httpapi.Responses{OK: answer, Schemas: schemas, Examples: map[string]any{
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
		asked := &report.Request{PartnerID: caller.Must(ctx).PartnerID, Params: req.Query, Path: req.Path, Output: output}
		answer, err := s.Prepare(d, asked)
		if err != nil {
			return httpapi.Response{}, err
		}
		if output == report.XLSX && req.HTTP.Method != http.MethodHead { // HEAD starts no export
			if later, err := asExport(ctx, exports, d, asked, answer); err != nil || later.Status != 0 {
				return later, err
			}
		}
		return respond(ctx, answer, req.Format.Type)
	})
}

// reportSummary says what a call of the report does.
func reportSummary(d *report.Definition) string {
	if d.Single {
		return "Get the " + lowered(d.Title)
	}
	return "List " + lowered(d.Title)
}

// lowered returns a title as a part of a sentence.
func lowered(title string) string { return strings.ToLower(title[:1]) + title[1:] }

// bomParam documents the parameter that Excel users add to format=csv.
func bomParam() httpapi.Param {
	return httpapi.Param{
		Name: report.BOMParameter, Schema: openapi3.NewBoolSchema(),
		Doc: "With format=csv: begin the file with a byte order mark, so that Excel reads it as UTF-8.",
	}
}

func mountReportValues(r *httpapi.Router, s *report.Service, d *report.Definition) {
	names := openapi3.NewStringSchema()
	for _, c := range d.Filterable() {
		names.Enum = append(names.Enum, c.Name)
	}
	op := httpapi.Op{
		Method: http.MethodGet, Path: d.FiltersPath(), ID: "report_" + d.ID + "_filters", Tag: cmp.Or(d.Tag, wire.TagReports), Scope: identity.ScopeRead,
		Summary: "List filter values for " + lowered(d.Title), Errors: []fault.Code{fault.ValidationError},
		Description: "Lists the values that each filter of the report can have, at most 1,000 for each.",
	}
	params := []httpapi.Param{
		{Name: "field", Doc: "Only the values of this field.", Schema: names},
		{
			Name: "q", Doc: "Only values that contain this text. Uids and days must begin with it.",
			Schema: openapi3.NewStringSchema().WithMaxLength(int64(page.MaxText)),
		},
	}
	r.Add(op, params, httpapi.Responses{
		OK: d.ValuesResponse(), Examples: map[string]any{httpapi.FormatJSON.Type: d.ExampleValues()},
	}, func(ctx context.Context, req *httpapi.Request) (httpapi.Response, error) {
		answer, err := s.PrepareValues(d, caller.Must(ctx).PartnerID, req.Query)
		if err != nil {
			return httpapi.Response{}, err
		}
		return respond(ctx, answer, httpapi.FormatJSON.Type)
	})
}

// respond streams an answer that may be long. It makes any other answer in full
// first, so that an error never follows half an answer.
func respond(ctx context.Context, answer *report.Answer, contentType string) (httpapi.Response, error) {
	res := httpapi.Response{ContentType: contentType, Filename: answer.FileName}
	if strings.HasPrefix(contentType, "text/") {
		res.ContentType += "; charset=utf-8"
	}
	if answer.Streams {
		res.Stream = func(w io.Writer) error { return answer.Write(ctx, w) }
		return res, nil
	}
	var body bytes.Buffer
	if err := answer.Write(ctx, &body); err != nil {
		return httpapi.Response{}, err
	}
	res.Body = body.Bytes()
	return res, nil
}

func catalogueSchema() *openapi3.SchemaRef {
	list := openapi3.NewArraySchema().WithItems(httpapi.Inline[report.Entry]())
	totals := openapi3.NewObjectSchema().WithProperty("count", openapi3.NewIntegerSchema())
	answer := openapi3.NewObjectSchema().WithProperty("data", list).WithProperty("totals", totals)
	answer.Required = []string{"data", "totals"}
	return answer.NewRef()
}
