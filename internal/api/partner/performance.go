package partner

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"unicode/utf8"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/tributary-server/tributary/internal/api/wire"
	"github.com/tributary-server/tributary/internal/click"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/httpapi"
	"github.com/tributary-server/tributary/internal/httpapi/openapi"
	"github.com/tributary-server/tributary/internal/identity/caller"
	"github.com/tributary-server/tributary/internal/page"
	"github.com/tributary-server/tributary/internal/report"
	"github.com/tributary-server/tributary/internal/report/performance"
)

// AddPerformance declares the performance report and the values of its filters.
func AddPerformance(r *httpapi.Router, s *performance.Service) {
	dimensions, filters := enumOf(performance.Dimensions), enumOf(performance.Filters)
	date := openapi3.NewStringSchema().WithFormat("date")
	params := append(openapi.PageParams(0, performance.Orderable(performance.Dimensions)),
		openapi.Param{
			Name: "group_by", Comma: true, Doc: fmt.Sprintf("Columns to group by, at most %d at once. The default is day.", performance.MaxDimensions),
			Schema: openapi3.NewArraySchema().WithItems(openapi3.NewStringSchema().WithEnum(dimensions...)),
		},
		openapi.Param{Name: "date_from", Doc: "First day of the period. If absent, the period has 30 days.", Schema: date},
		openapi.Param{
			Name: "date_to", Schema: date,
			Doc: fmt.Sprintf("Last day of the period. If absent, today. A period has at most %d days.", performance.MaxDays),
		},
		wire.BOMParam(),
		openapi.Param{
			Name: "compare", Doc: "If previous, the response also has the figures of the previous period.",
			Schema: openapi3.NewStringSchema().WithEnum("previous"),
		},
	)
	for _, by := range performance.Filters {
		item := openapi3.NewStringSchema().WithMaxLength(int64(page.MaxText))
		if by == click.ByLink {
			item = openapi3.NewInt64Schema()
		}
		params = append(params, openapi.Param{
			Name: string(by), Doc: "Only rows with one of these values. " + performance.AboutDimension(by), Comma: true,
			Schema: openapi3.NewArraySchema().WithItems(item),
		})
	}
	op := httpapi.Op{
		Method: http.MethodGet, Path: performance.Path, Aliases: performance.Aliases(), ID: "report_" + performance.ID,
		Tag: wire.TagReports, Access: wire.Read.Access, Scope: wire.Read.Scope, Summary: "Get the performance report", Description: performance.About,
		Formats: httpapi.ReportFormats(), Errors: []fault.Code{fault.ValidationError},
	}
	answer, schemas := performanceSchema()
	r.Add(op, params, openapi.Responses{OK: answer, Schemas: schemas, Examples: map[string]any{
		httpapi.FormatJSON.Type: json.RawMessage(performance.Example), httpapi.FormatCSV.Type: performance.ExampleCSV,
	}}, func(ctx context.Context, req *httpapi.Request) (httpapi.Response, error) {
		asked, shown, err := s.Read(caller.Must(ctx).PartnerID, req.Query)
		if err != nil {
			return httpapi.Response{}, err
		}
		made, err := s.Report(ctx, asked)
		if err != nil {
			return httpapi.Response{}, err
		}
		q := page.NewQuery(req.Query)
		bom := report.WantsBOM(q)
		if err := q.Err(); err != nil {
			return httpapi.Response{}, err
		}
		return performanceResponse(made, shown, req.Format, s.FileName(req.Query, report.Output(req.Format.Name)), bom)
	})
	values := openapi3.NewObjectSchema()
	for _, by := range performance.Filters {
		item := openapi3.NewStringSchema()
		if by == click.ByLink {
			item = openapi3.NewInt64Schema()
		}
		values.WithProperty(string(by), openapi3.NewArraySchema().WithItems(item))
		wire.Describe(values, string(by), "Distinct values of "+string(by)+" in the report.")
	}
	op = httpapi.Op{
		Method: http.MethodGet, Path: performance.FiltersPath, Aliases: performance.FiltersAliases(),
		ID: "report_" + performance.ID + "_filters", Tag: wire.TagReports, Access: wire.Read.Access, Scope: wire.Read.Scope,
		Summary: "List filter values for performance",
		Description: "Lists the values that each filter of the report can have, at most 1,000 for each filter. The values come from campaigns, links and " +
			"clients, and from the clicks of the last year.",
		Errors: []fault.Code{fault.ValidationError},
	}
	params = []openapi.Param{
		{Name: "field", Doc: "Only the values of this field.", Schema: openapi3.NewStringSchema().WithEnum(filters...)},
		{Name: "q", Doc: "Only values that contain this text.", Schema: openapi3.NewStringSchema().WithMaxLength(int64(page.MaxText))},
	}
	r.Add(op, params, openapi.Responses{OK: values.NewRef(), Examples: map[string]any{
		httpapi.FormatJSON.Type: json.RawMessage(performance.ExampleValues),
	}}, func(ctx context.Context, req *httpapi.Request) (httpapi.Response, error) {
		return performanceValues(ctx, s, req)
	})
}

func enumOf[T ~string](values []T) []any {
	enum := make([]any, len(values))
	for i, value := range values {
		enum[i] = string(value)
	}
	return enum
}

func performanceResponse(made *performance.Report, shown page.Page, format httpapi.Format, name string, bom bool) (httpapi.Response, error) {
	if format == httpapi.FormatJSON {
		body, err := made.JSON(shown)
		return httpapi.Response{Body: body}, err
	}
	var body bytes.Buffer
	if err := made.Write(&body, report.Output(format.Name), bom); err != nil {
		return httpapi.Response{}, err
	}
	res := httpapi.Response{Body: body.Bytes(), ContentType: format.Type, Filename: name}
	if format == httpapi.FormatCSV {
		res.ContentType += "; charset=utf-8"
	}
	return res, nil
}

func performanceValues(ctx context.Context, s *performance.Service, req *httpapi.Request) (httpapi.Response, error) {
	const most = 1000
	q := page.NewQuery(req.Query)
	wanted := performance.Filters
	if name, given := q.Text("field"); given {
		wanted = nil
		for _, by := range performance.Filters {
			if string(by) == name {
				wanted = append(wanted, by)
			}
		}
		if wanted == nil {
			q.Fault("field", "invalid_choice", "Must be one of the fields that the report is filtered by.")
		}
	}
	search, _ := q.Text("q")
	if utf8.RuneCountInString(search) > page.MaxText {
		q.Fault("q", "invalid", fmt.Sprintf("Must be text of at most %d characters.", page.MaxText))
	}
	if err := q.Err(); err != nil {
		return httpapi.Response{}, err
	}
	answer := map[string]any{}
	for _, by := range wanted {
		values, err := s.Values(ctx, caller.Must(ctx).PartnerID, by, search, most)
		if err != nil {
			return httpapi.Response{}, err
		}
		if by != click.ByLink {
			answer[string(by)] = append([]string{}, values...)
			continue
		}
		links := make([]int64, 0, len(values))
		for _, text := range values {
			n, err := strconv.ParseInt(text, 10, 64)
			if err != nil {
				return httpapi.Response{}, fmt.Errorf("reading the number of a link: %w", err)
			}
			links = append(links, n)
		}
		answer[string(by)] = links
	}
	return httpapi.Response{Value: answer}, nil
}

func performanceSchema() (*openapi3.SchemaRef, openapi3.Schemas) {
	figures := func() *openapi3.Schema {
		s := openapi3.NewObjectSchema()
		for i := range performance.Columns {
			c := &performance.Columns[i]
			figure := &openapi3.Schema{Type: &openapi3.Types{openapi3.TypeNumber}}
			switch c.Format {
			case report.Integer:
				figure = openapi3.NewInt64Schema()
			case report.Money:
				figure = openapi3.NewStringSchema().WithPattern(`^-?\d+(\.\d+)?$`)
			case report.Percent:
				*figure.Type = append(*figure.Type, openapi3.TypeNull)
			}
			figure.Description = c.About
			s.WithProperty(c.Name, figure)
			s.Required = append(s.Required, c.Name)
		}
		return s
	}
	compared := func() *openapi3.Schema {
		both := figures().WithPropertyRef("previous", openapi3.NewSchemaRef("#/components/schemas/PerformanceFigures", nil))
		wire.Describe(both, "previous", "Figures of the previous period. Present only with compare=previous.")
		return both
	}
	row := compared()
	for _, by := range performance.Dimensions {
		value := openapi3.NewStringSchema()
		if by == click.ByLink {
			value = openapi3.NewInt64Schema()
		}
		*value.Type = append(*value.Type, openapi3.TypeNull)
		value.Description = performance.AboutDimension(by)
		row.WithProperty(string(by), value)
	}
	count := openapi3.NewInt64Schema()
	count.Description = "Number of rows, on all pages together."
	totals := compared().WithProperty("count", count)
	totals.Required = append(totals.Required, "count")
	rows := openapi3.NewArraySchema()
	rows.Items = openapi3.NewSchemaRef("#/components/schemas/PerformanceRow", nil)
	answer := openapi3.NewObjectSchema().WithProperty("data", rows).
		WithPropertyRef("totals", openapi3.NewSchemaRef("#/components/schemas/PerformanceTotals", nil))
	wire.Describe(answer, "data", "Rows of this page.")
	wire.Describe(answer, "totals", "Totals of the whole period.")
	answer.Required = []string{"data", "totals"}
	return answer.NewRef(), openapi3.Schemas{
		"PerformanceFigures": figures().NewRef(), "PerformanceRow": row.NewRef(), "PerformanceTotals": totals.NewRef(),
	}
}
