package export_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/export"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
	"github.com/tributary-server/tributary/internal/report"
)

const exportedOrders = 40

var partnerA = func() id.UUID {
	partnerID, err := id.Parse(programmetest.PartnerA)
	if err != nil {
		panic(err)
	}
	return partnerID
}()

type madeBundle struct {
	*programmetest.Programme

	store     export.Store
	service   *export.Service
	reports   *report.Service
	directory string

	// onRow is called before each row is read. If it returns an error, reading
	// stops.
	onRow func(ctx context.Context, n int) error
}

// TestMade checks that an export has the same content as the CSV had when the
// export was requested, even if a process is killed, is stopped or fails. No
// temporary file must remain.
func TestMade(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, testMade)
}

func testMade(t *testing.T, open func(t *testing.T) db.DB) {
	t.Helper()
	for name, test := range map[string]func(*testing.T, *madeBundle){
		"the content of the CSV": testMadeContent,
		"read from one snapshot": testMadeSnapshot,
		"its progress is stored": testMadeProgress,
		"deleted meanwhile":      testMadeDeleted,
		"stopped meanwhile":      testMadeStopped,
		"its process dies":       testMadeTakenOver,
		"each process dies":      testMadeDying,
		"fails":                  testMadeFails,
		"it expires":             testMadeExpires,
		"its file is lost":       testMadeLost,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := &madeBundle{Programme: programmetest.New(open(t)), directory: filepath.Join(t.TempDir(), "made", "exports")}
			b.onRow = func(context.Context, int) error { return nil }
			b.MustFeed(t, b.Setting()...)
			b.closeOrders(t, 1)
			b.store = export.NewStore(b.DB, func() {})
			b.reports = report.NewService(watchedReports{report.NewSQLStore(b.DB), b}, b.Clock, report.Options{})
			b.service = export.New(b.store, b.reports, b.Clock, slog.New(slog.DiscardHandler), b.directory)
			test(t, b)
		})
	}
}

// watchedReports is a store of reports that calls onRow before it reads each
// row.
type watchedReports struct {
	report.SQLStore

	bundle *madeBundle
}

func (w watchedReports) Snapshot(ctx context.Context, fn func(context.Context, report.Querier) error) error {
	return w.SQLStore.Snapshot(ctx, func(ctx context.Context, q report.Querier) error { return fn(ctx, watchedQuerier{q, w.bundle}) })
}

type watchedQuerier struct {
	report.Querier

	bundle *madeBundle
}

func (w watchedQuerier) Query(ctx context.Context, statement string, args ...any) (report.Rows, error) {
	rows, err := w.Querier.Query(ctx, statement, args...)
	return &watchedRows{Rows: rows, next: func(n int) error { return w.bundle.onRow(ctx, n) }}, err
}

type watchedRows struct {
	report.Rows

	next func(n int) error
	read int
	err  error
}

func (w *watchedRows) Next() bool {
	w.read++
	w.err = w.next(w.read)
	return w.err == nil && w.Rows.Next()
}

func (w *watchedRows) Err() error { return errors.Join(w.err, w.Rows.Err()) }

// closeOrders closes orders. Their tickets are numbered from firstTicket.
func (b *madeBundle) closeOrders(t *testing.T, firstTicket int) {
	t.Helper()
	lines := make([]string, exportedOrders)
	for i := range lines {
		at := time.Date(2026, 3, 1, 10, 0, firstTicket+i, 0, time.UTC).Format(time.RFC3339)
		lines[i] = b.Order("1001", firstTicket+i, "EURUSD", at, fmt.Sprintf(`,"open_spread":%d,"close_spread":10`, i))
	}
	b.MustFeed(t, lines...)
}

func (b *madeBundle) request(t *testing.T, query string) export.Export {
	t.Helper()
	params, err := url.ParseQuery(query)
	require.NoError(t, err)
	e, err := b.service.Request(t.Context(), report.ByID("orders"), &report.Request{PartnerID: partnerA, Params: params}, 1000)
	require.NoError(t, err)
	return e
}

func (b *madeBundle) reload(t *testing.T, e export.Export) export.Export {
	t.Helper()
	e, err := b.service.Get(context.WithoutCancel(t.Context()), e.PartnerID, e.ID)
	require.NoError(t, err)
	return e
}

// requestCSV requests a report as CSV. It rewrites the times in the result to
// the form that they have in a workbook.
func (b *madeBundle) requestCSV(t *testing.T, query string) [][]string {
	t.Helper()
	params, err := url.ParseQuery(query)
	require.NoError(t, err)
	answer, err := b.reports.Prepare(report.ByID("orders"), &report.Request{PartnerID: partnerA, Params: params, Output: report.CSV})
	require.NoError(t, err)
	var text bytes.Buffer
	require.NoError(t, answer.Write(t.Context(), &text))
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(text.String(), "\ufeff"))).ReadAll()
	require.NoError(t, err)
	for _, row := range rows[1:] {
		for i, cell := range row {
			if at, err := time.Parse(time.RFC3339, cell); err == nil {
				row[i] = at.Format(time.DateTime)
			}
		}
	}
	return rows
}

func (b *madeBundle) file(t *testing.T, e export.Export) [][]string {
	t.Helper()
	e = b.reload(t, e)
	require.Equal(t, export.Ready, e.Status, e.Problem)
	require.NoError(t, b.service.Fetchable(t.Context(), &e))
	var content bytes.Buffer
	require.NoError(t, b.service.Copy(t.Context(), &e, &content))
	require.EqualValues(t, content.Len(), e.Size)
	book, err := excelize.OpenReader(&content)
	require.NoError(t, err)
	rows, err := book.GetRows(book.GetSheetName(0))
	require.NoError(t, err)
	require.EqualValues(t, len(rows)-1, e.Written)
	require.EqualValues(t, len(rows)-1, e.Total)
	return rows
}

func (b *madeBundle) fileNames(t *testing.T) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(b.directory)
	require.NoError(t, err)
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names
}

func testMadeContent(t *testing.T, b *madeBundle) {
	t.Helper()
	b.closeOrders(t, 1+exportedOrders)
	for _, c := range []struct {
		query string
		rows  int
	}{
		{"", 2 * exportedOrders},
		{"ordering=-reward_usd&limit=3&offset=5&bom=1&format=xlsx", 2 * exportedOrders},
		{"client_account=1001,7&symbol[]=EURUSD&date_from=2026-03-01", 2 * exportedOrders},
		{"symbol=USDJPY", 0},
	} {
		e := b.request(t, c.query)
		require.Equal(t, export.Waiting, e.Status)
		require.EqualValues(t, 1000, e.Total, "the number that was counted first")
		require.Equal(t, fault.ValidationError, fault.CodeOf(b.service.Fetchable(t.Context(), &e)))
		require.NoError(t, b.service.Run(t.Context()))
		rows := b.file(t, e)
		require.Len(t, rows, 1+c.rows, c.query)
		require.Equal(t, b.requestCSV(t, c.query), rows)
	}
	require.Len(t, b.fileNames(t), 4)
	require.Equal(t, b.request(t, "country=TH&bom=1&limit=1").ID, b.request(t, "offset=7&format=xlsx&country=TH").ID, "a workbook is complete")
}

func testMadeSnapshot(t *testing.T, b *madeBundle) {
	t.Helper()
	before := b.requestCSV(t, "")
	e := b.request(t, "")
	b.onRow = func(_ context.Context, n int) error {
		if n == 3 {
			b.onRow = func(context.Context, int) error { return nil }
			b.closeOrders(t, 1+exportedOrders)
		}
		return nil
	}
	require.NoError(t, b.service.Run(t.Context()))
	require.Equal(t, before, b.file(t, e))
	require.Len(t, b.requestCSV(t, ""), 1+2*exportedOrders)
}

func testMadeProgress(t *testing.T, b *madeBundle) {
	t.Helper()
	notes := &dbtest.Noticing{DB: b.DB}
	b.service = export.New(export.NewStore(notes, func() {}), b.reports, b.Clock, slog.New(slog.DiscardHandler), b.directory)
	e := b.request(t, "")
	var seen export.Export
	b.onRow = func(_ context.Context, n int) error {
		if n == 11 {
			const save = "UPDATE report_exports"
			notes.Await(t, notes.Count(save)+2, save) // two more saves, so that at least one of them started after the row
			seen = b.reload(t, e)
		}
		return nil
	}
	require.NoError(t, b.service.Run(t.Context()))
	require.Equal(t, export.Running, seen.Status)
	require.EqualValues(t, 10, seen.Written)
	require.EqualValues(t, exportedOrders, seen.Total)
	b.file(t, e)
}

func testMadeDeleted(t *testing.T, b *madeBundle) {
	t.Helper()
	e := b.request(t, "")
	b.onRow = func(ctx context.Context, n int) error {
		if n != 11 {
			return nil
		}
		require.NoError(t, b.service.Delete(ctx, e.PartnerID, e.ID))
		<-ctx.Done()
		return ctx.Err()
	}
	require.NoError(t, b.service.Run(t.Context()))
	_, err := b.service.Get(t.Context(), e.PartnerID, e.ID)
	require.Equal(t, fault.NotFound, fault.CodeOf(err))
	require.Empty(t, b.fileNames(t))
}

func testMadeStopped(t *testing.T, b *madeBundle) {
	t.Helper()
	e := b.request(t, "")
	ctx, stop := context.WithCancel(t.Context())
	b.onRow = func(_ context.Context, n int) error {
		if n == 11 {
			stop()
		}
		return nil
	}
	require.NoError(t, b.service.Run(ctx))
	stopped := b.reload(t, e)
	require.Equal(t, export.Waiting, stopped.Status)
	require.Zero(t, stopped.Written)
	require.Zero(t, stopped.Attempts, "an interrupted attempt does not count")
	require.Empty(t, b.fileNames(t))
	require.NoError(t, b.service.Run(t.Context()), "the next server takes it over at once")
	b.file(t, e)
}

// leaveHalf claims an export and leaves half a file behind, like a process that
// is killed during an attempt.
func (b *madeBundle) leaveHalf(t *testing.T) {
	t.Helper()
	e, found, err := b.store.Due(t.Context(), b.Clock.Now(), b.Clock.Now().Add(time.Hour))
	require.NoError(t, err)
	require.True(t, found)
	claimed, err := b.store.Claim(t.Context(), e, b.Clock.Now().Add(time.Minute))
	require.NoError(t, err)
	require.True(t, claimed)
	left := filepath.Join(b.directory, fmt.Sprintf("%s-%d", e.ID.Hex(), b.Clock.Now().UnixMicro()))
	require.NoError(t, os.MkdirAll(left, 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(left, "whole.xlsx"), []byte("half"), 0o600))
}

func testMadeTakenOver(t *testing.T, b *madeBundle) {
	t.Helper()
	e := b.request(t, "")
	b.leaveHalf(t)
	require.NoError(t, b.service.Run(t.Context()))
	require.Equal(t, export.Running, b.reload(t, e).Status, "the process may be alive")
	require.Equal(t, fault.ValidationError, fault.CodeOf(b.service.Fetchable(t.Context(), new(b.reload(t, e)))))
	b.Clock.Advance(time.Minute)
	require.NoError(t, b.service.Run(t.Context()))
	require.Equal(t, b.requestCSV(t, ""), b.file(t, e))
	require.Equal(t, []string{b.reload(t, e).File}, b.fileNames(t))
}

func testMadeDying(t *testing.T, b *madeBundle) {
	t.Helper()
	e := b.request(t, "")
	for range 3 {
		b.leaveHalf(t)
		b.Clock.Advance(time.Minute)
	}
	require.NoError(t, b.service.Run(t.Context()))
	failed := b.reload(t, e)
	require.Equal(t, export.Failed, failed.Status, "the export may kill the processes")
	require.ErrorContains(t, b.service.Fetchable(t.Context(), &failed), "Request the report again later")
}

func testMadeFails(t *testing.T, b *madeBundle) {
	t.Helper()
	e, broken := b.request(t, ""), errors.New("the connection is gone")
	b.onRow = func(_ context.Context, n int) error {
		if n == 11 {
			return broken
		}
		return nil
	}
	for i, pause := range []time.Duration{30 * time.Second, time.Minute} {
		require.ErrorIs(t, b.service.Run(t.Context()), broken)
		require.Equal(t, export.Waiting, b.reload(t, e).Status)
		require.Equal(t, i+1, b.reload(t, e).Attempts)
		require.NoError(t, b.service.Run(t.Context()), "it is not due yet")
		b.Clock.Advance(pause)
	}
	require.ErrorIs(t, b.service.Run(t.Context()), broken)
	failed := b.reload(t, e)
	require.Equal(t, export.Failed, failed.Status)
	require.NotNil(t, failed.Finished)
	require.Empty(t, b.fileNames(t))
	require.NotEqual(t, e.ID, b.request(t, "").ID, "it can be requested again")

	b.onRow = func(context.Context, int) error { return fault.Invalid("country", "invalid", "Not a country.") }
	require.NoError(t, b.service.Run(t.Context()), "a fault of the request is reported to the partner and not retried")
	require.Contains(t, strings.Join(b.problems(t), "\n"), "country: Not a country.")
}

func (b *madeBundle) problems(t *testing.T) (problems []string) {
	t.Helper()
	list, err := b.service.List(t.Context(), partnerA)
	require.NoError(t, err)
	for _, e := range list {
		problems = append(problems, e.Problem)
	}
	return problems
}

func testMadeExpires(t *testing.T, b *madeBundle) {
	t.Helper()
	e := b.request(t, "")
	b.Clock.Advance(time.Hour)
	require.NoError(t, b.service.Run(t.Context()))
	b.Clock.Advance(export.Life - time.Microsecond)
	require.NoError(t, b.service.Purge(t.Context()))
	b.file(t, e)
	b.Clock.Advance(time.Microsecond)
	_, err := b.service.Get(t.Context(), e.PartnerID, e.ID)
	require.Equal(t, fault.NotFound, fault.CodeOf(err))
	require.Len(t, b.fileNames(t), 1)
	require.NoError(t, b.service.Purge(t.Context()))
	require.Empty(t, b.fileNames(t))
	expired, err := b.store.Expired(t.Context(), b.Clock.Now(), 10)
	require.NoError(t, err)
	require.Empty(t, expired)
}

func testMadeLost(t *testing.T, b *madeBundle) {
	t.Helper()
	e := b.request(t, "")
	require.NoError(t, b.service.Run(t.Context()))
	require.NoError(t, os.RemoveAll(b.directory))
	e = b.reload(t, e)
	require.Equal(t, fault.NotFound, fault.CodeOf(b.service.Fetchable(t.Context(), &e)))
	require.Equal(t, fault.NotFound, fault.CodeOf(b.service.Copy(t.Context(), &e, io.Discard)))
}
