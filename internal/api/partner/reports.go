package partner

import (
	"context"
	"encoding/json"

	"github.com/tributary-server/tributary/internal/api/wire"
	"github.com/tributary-server/tributary/internal/export"
	"github.com/tributary-server/tributary/internal/httpapi"
	"github.com/tributary-server/tributary/internal/report"
	"github.com/tributary-server/tributary/internal/report/performance"
)

// Reports declares every report of the catalogue, the lists of filter values, and the
// catalogue itself. A request for a workbook that is too large starts an export.
func Reports(r *httpapi.Router, s *report.Service, exports *export.Service) {
	reports := &wire.Reports{
		Router: r, Service: s, Allow: wire.Read, Prefix: "report_", Tag: wire.TagReports, Partner: partnerOf, Later: laterAsExport(),
		Large: func(ctx context.Context, d *report.Definition, asked *report.Request, answer *report.Answer) (httpapi.Response, error) {
			return asExport(ctx, exports, d, asked, answer)
		},
	}
	for _, d := range report.Catalogue() {
		reports.Report(d)
	}
	reports.Catalogue("/api/v1/reports/", "report_catalogue", "Lists every report with its columns and their types, its filters, the fields that it "+
		"can be ordered by, and its totals.",
		json.RawMessage(report.CatalogueExample()), func() ([]byte, error) { return report.CatalogueJSON(report.Catalogue(), performance.Entry()) })
}
