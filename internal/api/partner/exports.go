package partner

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/tributary-server/tributary/internal/api/wire"
	"github.com/tributary-server/tributary/internal/export"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/httpapi"
	"github.com/tributary-server/tributary/internal/httpapi/openapi"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/identity"
	"github.com/tributary-server/tributary/internal/page"
	"github.com/tributary-server/tributary/internal/report"
)

// AddExports declares the operations on exports. An export is a file with a
// report that is too large for one response.
func AddExports(r *httpapi.Router, s *export.Service) {
	h := exportsAPI{r, s}
	path := []openapi.Param{{Name: "export_id", In: openapi3.ParameterInPath, Doc: "Id of the export.", Schema: openapi3.NewUUIDSchema()}}
	r.Mount(wire.TagReports,
		httpapi.GET(exportsPath, wire.Read, h.exportList, exportList),
		httpapi.GET(exportsPath+"{export_id}/", wire.Read, h.exportRead, exportRead),
		httpapi.DELETE(exportsPath+"{export_id}/", wire.Read, h.exportDelete, exportDelete),
		httpapi.Data("GET", exportsPath+"{export_id}/file/", wire.Read, h.exportFile, exportFile, path, openapi.Responses{}),
	)
}

type exportsAPI struct {
	router  *httpapi.Router
	service *export.Service
}

const exportsPath = "/api/v1/exports/"

// reportAreas are the areas that contain reports. A key that is limited to one
// of these areas can export the reports in that area.
var reportAreas = []string{identity.AreaReports, identity.AreaRebates, identity.AreaWallet}

type exportsIn struct {
	Page page.Page
}

type exportIn struct {
	ID id.UUID `path:"export_id" doc:"Id of the export."`
}

type exportOut struct {
	ID       id.UUID    `json:"id" doc:"Id of the export."`
	Report   string     `json:"report" doc:"Id of the report, as in the catalogue of reports." example:"orders"`
	Request  string     `json:"request" doc:"Path of the report, with the filters and the ordering of the export." example:"/api/reports/orders/?country=TH"`
	Status   string     `json:"status" enum:"waiting,running,ready,failed" doc:"waiting: the export has not started yet or will be retried. running: rows are being written. ready: the file can be downloaded. failed: the reason is in problem."`
	Written  int64      `json:"rows_written" doc:"Number of rows written so far." example:"120000"`
	Total    int64      `json:"rows_total" doc:"Number of rows that the finished file will have." example:"250000"`
	Size     *int64     `json:"file_bytes" doc:"Size of the file in bytes. Null until the export is ready."`
	Problem  *string    `json:"problem" doc:"Why the export failed. Null if it did not fail."`
	Created  time.Time  `json:"created" doc:"When the export was requested."`
	Finished *time.Time `json:"finished" doc:"When the export became ready or failed. Null until then."`
	Expires  time.Time  `json:"expires_at" doc:"When the export and its file are deleted."`
	URL      string     `json:"url" doc:"Path of this export. Request it to see the progress." example:"/api/v1/exports/0197c0de-0000-7000-8000-000000000001/"`
	File     string     `json:"file_url" doc:"Path of the file. It can be downloaded once the status is ready." example:"/api/v1/exports/0197c0de-0000-7000-8000-000000000001/file/"`
}

const (
	exportExample = `{"id":"0197c0de-0000-7000-8000-000000000001","report":"orders","request":"/api/reports/orders/?platform=mt5","status":"running",` +
		`"rows_written":120000,"rows_total":250000,"file_bytes":null,"problem":null,"created":"2026-06-30T12:00:00Z","finished":null,` +
		`"expires_at":"2026-07-01T12:00:00Z","url":"/api/v1/exports/0197c0de-0000-7000-8000-000000000001/",` +
		`"file_url":"/api/v1/exports/0197c0de-0000-7000-8000-000000000001/file/"}`
	waitingExample = `{"id":"0197c0de-0000-7000-8000-000000000001","report":"orders","request":"/api/reports/orders/?platform=mt5","status":"waiting",` +
		`"rows_written":0,"rows_total":250000,"file_bytes":null,"problem":null,"created":"2026-06-30T12:00:00Z","finished":null,` +
		`"expires_at":"2026-07-01T12:00:00Z","url":"/api/v1/exports/0197c0de-0000-7000-8000-000000000001/",` +
		`"file_url":"/api/v1/exports/0197c0de-0000-7000-8000-000000000001/file/"}`
)

func exportOf(e *export.Export) *exportOut {
	out := &exportOut{
		ID: e.ID, Report: e.Report, Request: e.Request, Status: string(e.Status), Written: e.Written, Total: e.Total,
		Problem: wire.UnlessEmpty(e.Problem), Created: e.Created, Finished: e.Finished, Expires: e.Expires,
		URL: exportsPath + e.ID.String() + "/", File: exportsPath + e.ID.String() + "/file/",
	}
	if e.Status == export.Ready {
		out.Size = &e.Size
	}
	return out
}

// laterAsExport documents the response that the caller gets instead of a
// workbook that is too large for one response. It describes an export.
func laterAsExport() *openapi.Accepted {
	return &openapi.Accepted{
		About: "A workbook (XLSX) of more than 100,000 rows is created in the background. This response describes the export. Request its `url` " +
			"until its `status` is `ready`. Then download `file_url`.",
		Value: exportOut{}, Example: json.RawMessage(waitingExample),
	}
}

// asExport starts an export if the report's workbook is too large for one
// response. Otherwise it returns an empty response.
func asExport(ctx context.Context, s *export.Service, d *report.Definition, r *report.Request, a *report.Answer) (httpapi.Response, error) {
	rows, background, err := a.Background(ctx)
	if err != nil || !background {
		return httpapi.Response{}, err
	}
	made, err := s.Request(ctx, d, r, rows)
	if err != nil {
		return httpapi.Response{}, err
	}
	out := exportOf(&made)
	return httpapi.Response{Status: http.StatusAccepted, Header: http.Header{"Location": {out.URL}}, Value: out}, nil
}

// readable reports whether the caller may read the exported report. If not, the
// response must be the same as for an export that does not exist.
func (h exportsAPI) readable(ctx context.Context, e *export.Export) (bool, error) {
	d := report.ByID(e.Report)
	if d == nil { // only an older version of the server had this report
		return false, nil
	}
	err := h.router.MayRead(ctx, d.Path)
	if fault.CodeOf(err) == fault.PermissionDenied {
		return false, nil
	}
	return err == nil, err
}

var exportList = httpapi.Op{
	ID:      "export_list",
	Areas:   reportAreas,
	Summary: "List exports",
	Description: "Lists the partner's exports, newest first. An export is a workbook that was too large for one request. A " +
		"partner can have at most 10 exports. An export is deleted 24 hours after it became ready. A key sees only the " +
		"exports of reports that it may read.",
	Example: json.RawMessage(`{"data":[` + exportExample + `],"totals":{"count":1}}`),
}

func (h exportsAPI) exportList(ctx context.Context, in *exportsIn) (*page.List[exportOut, page.Count], error) {
	list, err := h.service.List(ctx, partnerOf(ctx))
	if err != nil {
		return nil, err
	}
	var rows []exportOut
	for i := range list {
		readable, err := h.readable(ctx, &list[i])
		if err != nil {
			return nil, err
		}
		if readable {
			rows = append(rows, *exportOf(&list[i]))
		}
	}
	count := page.Count{Count: int64(len(rows))}
	rows = rows[min(in.Page.Offset, len(rows)):]
	return page.NewList(rows[:min(in.Page.Limit, len(rows))], count), nil
}

var exportRead = httpapi.Op{
	ID:      "export_read",
	Areas:   reportAreas,
	Summary: "Get an export and its progress",
	Description: "Returns an export with its progress. Request it every few seconds until the status is `ready` or `failed`. If " +
		"the server restarts, the export starts again, and `rows_written` counts from 0.",
	Example: json.RawMessage(exportExample),
}

func (h exportsAPI) exportRead(ctx context.Context, in *exportIn) (*exportOut, error) {
	e, err := h.find(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return exportOf(&e), nil
}

var exportDelete = httpapi.Op{
	ID:      "export_delete",
	Areas:   reportAreas,
	Status:  http.StatusNoContent,
	Summary: "Delete an export",
	Description: "Deletes an export and its file. If the export is still running, it is stopped. A caller that may request the " +
		"export may also delete it.",
}

func (h exportsAPI) exportDelete(ctx context.Context, in *exportIn) (*struct{}, error) {
	e, err := h.find(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return nil, h.service.Delete(ctx, e.PartnerID, e.ID)
}

func (h exportsAPI) find(ctx context.Context, exportID id.UUID) (export.Export, error) {
	e, err := h.service.Get(ctx, partnerOf(ctx), exportID)
	if err != nil {
		return export.Export{}, err
	}
	readable, err := h.readable(ctx, &e)
	if err == nil && !readable {
		err = fault.New(fault.NotFound)
	}
	return e, err
}

var exportFile = httpapi.Op{
	ID:      "export_file",
	Areas:   reportAreas,
	Summary: "Download an export",
	Description: "Returns the workbook, named after the report, its filters and the time zone. It has the same rows as the CSV with the same filters had " +
		"when the export started. If there are more than 1,048,575 rows, the workbook has several sheets. While the export is " +
		"not ready, the response is a ValidationError with code `not_ready`.",
	Formats: []httpapi.Format{httpapi.FormatXLSX}, AnyAccept: true,
	Errors: []fault.Code{fault.ValidationError},
}

func (h exportsAPI) exportFile(ctx context.Context, req *httpapi.Request) (httpapi.Response, error) {
	exportID, err := id.Parse(req.Path("export_id"))
	if err != nil {
		return httpapi.Response{}, fault.New(fault.NotFound)
	}
	e, err := h.find(ctx, exportID)
	if err != nil {
		return httpapi.Response{}, err
	}
	if err := h.service.Fetchable(ctx, &e); err != nil {
		return httpapi.Response{}, err
	}
	name, err := h.service.FileName(&e)
	if err != nil {
		return httpapi.Response{}, err
	}
	return httpapi.Response{
		ContentType: httpapi.FormatXLSX.Type, Filename: name, Stored: e.Size,
		Stream: func(w io.Writer) error { return h.service.Copy(ctx, &e, w) },
	}, nil
}
