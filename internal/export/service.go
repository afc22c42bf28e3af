package export

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/report"
)

// Service accepts requests for exports, creates the workbooks, and returns
// their files.
type Service struct {
	store   Store
	reports *report.Service
	clock   clock.Clock
	log     *slog.Logger
	files   files
}

// New returns a Service. The files will be in the given directory, which is
// created together with the first export.
func New(store Store, reports *report.Service, c clock.Clock, log *slog.Logger, directory string) *Service {
	return &Service{store: store, reports: reports, clock: c, log: log, files: files{directory}}
}

// Request requests an export of a report, which has about estimatedRows rows.
// As long as the export is not ready, the same request returns the same export.
func (s *Service) Request(ctx context.Context, d *report.Definition, r *report.Request, estimatedRows int64) (Export, error) {
	now := s.clock.Now()
	return s.store.Add(ctx, Export{
		PartnerID: r.PartnerID, ID: id.New(), Report: d.ID, Request: requestOf(d, r), Status: Waiting, Total: estimatedRows,
		Created: now, Expires: now.Add(Life), Until: now,
	}, Most)
}

// List returns a partner's exports, the newest first.
func (s *Service) List(ctx context.Context, partnerID id.UUID) ([]Export, error) {
	return s.store.List(ctx, partnerID, s.clock.Now())
}

// Get returns an export of a partner.
func (s *Service) Get(ctx context.Context, partnerID, exportID id.UUID) (Export, error) {
	return s.store.Get(ctx, partnerID, exportID, s.clock.Now())
}

// Delete removes an export in any state. Its file is deleted within a minute.
func (s *Service) Delete(ctx context.Context, partnerID, exportID id.UUID) error {
	return s.store.Expire(ctx, partnerID, exportID, s.clock.Now())
}

// Fetchable returns nil if the file of an export can be downloaded. If the
// export is not ready, it returns a ValidationError whose message contains the
// progress.
func (s *Service) Fetchable(ctx context.Context, e *Export) error {
	switch e.Status {
	case Failed:
		return fault.Invalid("export_id", "failed", e.Problem)
	case Waiting, Running:
		return fault.Invalid("export_id", "not_ready", fmt.Sprintf(
			"The file is not ready: %d of %d rows are written. Read the export again until its status is ready.", e.Written, e.Total))
	case Ready:
	}
	file, err := s.open(ctx, e)
	if err != nil {
		return err
	}
	return file.Close()
}

// FileName returns the name under which the file of an export is saved.
func (s *Service) FileName(e *Export) (string, error) {
	d, r, err := e.parseRequest()
	if err != nil {
		return "", err
	}
	return s.reports.FileName(d, r, report.XLSX), nil
}

// Copy writes the file of an export to out.
func (s *Service) Copy(ctx context.Context, e *Export, out io.Writer) error {
	file, err := s.open(ctx, e)
	if err != nil {
		return err
	}
	defer file.Close()
	_, err = io.Copy(out, file)
	return err
}

func (s *Service) open(ctx context.Context, e *Export) (*os.File, error) {
	file, found, err := s.files.open(e)
	if err != nil || found {
		return file, err
	}
	s.log.WarnContext(ctx, "the file of an export is missing; servers that share a database must also share --export-dir",
		"export", e.ID, "file", e.File, "directory", s.files.directory)
	return nil, &fault.Error{Code: fault.NotFound, Message: "The file no longer exists. Request the report again."}
}

func (s *Service) write(ctx context.Context, e *Export, directory string, out io.Writer, progress func(written, total int64)) error {
	d, r, err := e.parseRequest()
	if err != nil {
		return err
	}
	return s.reports.Export(ctx, &report.Export{Report: d, Request: r, Directory: directory, Progress: progress}, out)
}
