package partner

import (
	"context"
	"encoding/json"

	"github.com/tributary-server/tributary/internal/api/wire"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/httpapi"
	"github.com/tributary-server/tributary/internal/httpapi/bind"
	"github.com/tributary-server/tributary/internal/page"
	"github.com/tributary-server/tributary/internal/report"
)

// AddReportBoundaries declares the operation that lists where pages of a report
// can begin.
func AddReportBoundaries(r *httpapi.Router, s *report.Service) {
	h := boundariesAPI{s}
	r.Mount(wire.TagReports, httpapi.GET("/api/v1/reports/{report}/boundaries/", wire.Read, h.list, boundariesOp))
}

type boundariesAPI struct{ s *report.Service }

type boundariesIn struct {
	Report string `path:"report" doc:"Id of the report in the catalogue." example:"orders"`
	Query  string `query:"query" maxLength:"8000" doc:"Query of the list itself, with its filters and its ordering." example:"symbol=XAUUSD&ordering=-close_date"`
}

type boundaryOut struct {
	Row    int64  `json:"row" doc:"Number of rows before this one."`
	Cursor string `json:"cursor" doc:"Cursor to the page that begins with this row."`
}

var boundariesOp = httpapi.Op{
	ID:      "report_boundaries",
	Summary: "List the boundaries of a report",
	Description: "Lists every thousandth row of a report, or every so many thousandth row of a report of more than 500,000 rows, so that there are at " +
		"most 500. A program that wants any row takes the boundary before it, and sends its `cursor` and the number of rows from there as `offset`. " +
		"This takes about as long as a first page, no matter how long the list is. The boundaries themselves take one pass over the list. They stay " +
		"valid, but do not count rows that arrive later. The catalogue lists the reports that have boundaries (`boundaries_path`).",
	Example: json.RawMessage(`{"data":[{"row":0,"cursor":"first"},{"row":1000,"cursor":"yDoo-9x0WfkAAoDQ8Y_44pUGAo4CAgICAgIA"}],"totals":{"count":1840}}`),
	Errors:  []fault.Code{fault.NotFound},
}

func (h boundariesAPI) list(ctx context.Context, in *boundariesIn) (*page.List[boundaryOut, page.Count], error) {
	params, err := bind.ParseQuery(in.Query)
	if err != nil {
		return nil, fault.Invalid("query", "invalid", "Must be a valid query, such as symbol=XAUUSD&ordering=-close_date.")
	}
	found, count, err := h.s.Boundaries(ctx, report.ByID(in.Report), &report.Request{PartnerID: partnerOf(ctx), Params: params})
	if err != nil {
		return nil, err
	}
	row := func(b *report.Boundary) *boundaryOut { return &boundaryOut{b.Row, b.Cursor} }
	return page.ListOf(found, row, page.Count{Count: count}), nil
}
