package broker

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/tributary-server/tributary/internal/api/wire"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/httpapi"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/report"
)

// AddReports declares the broker's reports, the lists of their filter values, and
// their catalogue. See report.BrokerCatalogue.
func AddReports(r *httpapi.Router, s *report.Service) {
	reports := &wire.Reports{
		Router: r, Service: s, Allow: wire.BrokerRead, Prefix: "broker_report_", Tag: wire.TagBrokerReports,
		Partner: func(context.Context) id.UUID { return id.Nil }, Large: refuseLarge,
	}
	catalogue := report.BrokerCatalogue()
	for _, d := range catalogue {
		reports.Report(d)
	}
	reports.Catalogue(report.BrokerPath, "broker_report_catalogue", "Lists every report of the broker with its columns and their "+
		"types, its filters, the fields that it can be ordered by, and its totals.",
		json.RawMessage(report.BrokerCatalogueExample()), func() ([]byte, error) { return report.CatalogueJSON(catalogue) })
}

// refuseLarge refuses a workbook that is too large for one response. The
// partners' reports write such a workbook in the background, but the broker's
// reports cannot.
func refuseLarge(ctx context.Context, _ *report.Definition, _ *report.Request, a *report.Answer) (httpapi.Response, error) {
	rows, large, err := a.Background(ctx)
	if err == nil && large {
		err = fault.Invalid("format", "max_rows",
			fmt.Sprintf("The report has %d rows, which are too many for a workbook. Narrow the filters, or use format=csv.", rows))
	}
	return httpapi.Response{}, err
}
