package report_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/limit"
	"github.com/tributary-server/tributary/internal/report"
)

type numbers struct {
	noted
	rows   int
	number int64
	fails  error // error after the last row; nil for none
}

func (n *numbers) Snapshot(ctx context.Context, fn func(context.Context, report.Querier) error) error {
	return fn(ctx, n)
}

func (n *numbers) Query(context.Context, string, ...any) (report.Rows, error) {
	return &numberRows{store: n}, nil
}

type numberRows struct {
	none

	store *numbers
	read  int
}

func (r *numberRows) Next() bool {
	r.read++
	return r.read <= r.store.rows
}

func (r *numberRows) Scan(dest ...any) error {
	for _, d := range dest {
		if n, ok := d.(*int64); ok {
			*n = r.store.number
		}
	}
	return nil
}

func (r *numberRows) Err() error { return r.store.fails }

func answer(t *testing.T, store report.Store, d *report.Definition, output report.Output) *report.Answer {
	t.Helper()
	a, err := report.NewService(store, clock.System(), report.Options{}).Prepare(d, &report.Request{PartnerID: partnerID, Output: output})
	require.NoError(t, err)
	return a
}

// TestXLSX_Background checks which workbooks are too large for a request. The
// default limit is 100,000 rows.
func TestXLSX_Background(t *testing.T) {
	t.Parallel()
	const most = 4 * 1_048_575 // maximum number of rows in four sheets; each sheet also has a header row
	for _, c := range []struct {
		report     string
		output     report.Output
		rows       int64
		options    report.Options
		background bool
	}{
		{report: "orders", output: report.XLSX, rows: 100_000},
		{report: "orders", output: report.XLSX, rows: 100_001, background: true},
		{report: "orders", output: report.XLSX, rows: most, background: true},
		{report: "orders", output: report.XLSX, rows: 1, options: report.Options{XLSXRows: 1}},
		{report: "orders", output: report.XLSX, rows: 2, options: report.Options{XLSXRows: 1}, background: true},
		{report: "orders", output: report.XLSX, options: report.Options{XLSXRows: -1}, background: true},
		{report: "all_orders", output: report.XLSX, rows: 100_000, options: report.Options{XLSXRows: -1}}, // the broker has no workbooks in the background
		{report: "all_orders", output: report.XLSX, rows: 100_001, options: report.Options{XLSXRows: -1}, background: true},
		{report: "all_orders", output: report.XLSX, rows: 2, options: report.Options{XLSXRows: 1}, background: true},
		{report: "orders", output: report.CSV, rows: 100_001},
		{report: "orders", output: report.JSON, rows: 100_001},
		{report: "rewards_byday", output: report.XLSX, rows: 100_001}, // a report with one row per day is never too large
	} {
		service := report.NewService(&numbers{rows: 1, number: c.rows}, clock.System(), c.options)
		a, err := service.Prepare(anyReport(t, c.report), &report.Request{PartnerID: partnerID, Output: c.output})
		require.NoError(t, err)
		rows, background, err := a.Background(t.Context())
		require.NoError(t, err)
		require.Equal(t, c.background, background, "%+v", c)
		if background {
			require.Equal(t, c.rows, rows)
		}
	}
	_, _, err := answer(t, &numbers{rows: 1, number: most + 1}, report.ByID("orders"), report.XLSX).Background(t.Context())
	require.Equal(t, fault.ValidationError, fault.CodeOf(err))
	require.ErrorContains(t, err, "use format=csv")
}

func TestExport_Fails(t *testing.T) {
	t.Parallel()
	broken := errors.New("the connection is gone")
	for _, output := range []report.Output{report.JSON, report.CSV, report.XLSX} {
		err := answer(t, &numbers{rows: 3, fails: broken}, report.ByID("orders"), output).Write(t.Context(), &bytes.Buffer{})
		require.ErrorIs(t, err, broken)
	}
}

// TestExports_WaitTheirTurn checks that exports wait while slow readers use all
// slots, and that pages do not have to wait for exports.
func TestExports_WaitTheirTurn(t *testing.T) {
	t.Parallel()
	service := report.NewService(&numbers{rows: 100_000}, clock.System(), report.Options{})
	started, release := make(chan struct{}), make(chan struct{})
	var waiting []chan error
	for _, owner := range []string{"one partner", "another"} {
		a, err := service.Prepare(report.ByID("orders"), &report.Request{PartnerID: partnerID, Output: report.CSV})
		require.NoError(t, err)
		done := make(chan error, 1)
		waiting = append(waiting, done)
		go func() {
			done <- a.Write(limit.WithOwner(t.Context(), owner), &slow{started: started, release: release})
		}()
		<-started
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	third, err := service.Prepare(report.ByID("orders"), &report.Request{PartnerID: partnerID, Output: report.CSV})
	require.NoError(t, err)
	require.ErrorIs(t, third.Write(ctx, &bytes.Buffer{}), context.DeadlineExceeded)
	page, err := service.Prepare(report.ByID("orders"), &report.Request{PartnerID: partnerID})
	require.NoError(t, err)
	require.NoError(t, page.Write(t.Context(), &bytes.Buffer{}), "a page does not wait for exports")
	all, err := service.Prepare(anyReport(t, "all_orders"), &report.Request{Output: report.CSV})
	require.NoError(t, err)
	require.NoError(t, all.Write(t.Context(), &bytes.Buffer{}), "the broker does not wait for partners")
	close(release)
	for _, done := range waiting {
		require.NoError(t, <-done)
	}
	require.NoError(t, third.Write(t.Context(), &bytes.Buffer{}))
}

// TestExports_BrokerWaits checks that the broker's exports use one slot together,
// and leave those of the partners free.
func TestExports_BrokerWaits(t *testing.T) {
	t.Parallel()
	service := report.NewService(&numbers{rows: 100_000}, clock.System(), report.Options{})
	export := func(ctx context.Context, d *report.Definition, owner string, out io.Writer) error {
		a, err := service.Prepare(d, &report.Request{PartnerID: partnerID, Output: report.CSV})
		require.NoError(t, err)
		return a.Write(limit.WithOwner(ctx, owner), out)
	}
	started, release, done := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	all := anyReport(t, "all_orders")
	go func() {
		done <- export(t.Context(), all, "one staff member", &slow{started: started, release: release})
	}()
	<-started
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	require.ErrorIs(t, export(ctx, all, "another", &bytes.Buffer{}), context.DeadlineExceeded)
	for _, owner := range []string{"one partner", "another partner"} {
		require.NoError(t, export(t.Context(), report.ByID("orders"), owner, &bytes.Buffer{}))
	}
	close(release)
	require.NoError(t, <-done)
	require.NoError(t, export(t.Context(), all, "another", &bytes.Buffer{}))
}

// slow is a writer whose first write waits until the test closes release.
type slow struct {
	started, release chan struct{}
	begun            bool
}

func (s *slow) Write(p []byte) (int, error) {
	if !s.begun {
		s.begun = true
		s.started <- struct{}{}
		<-s.release
	}
	return len(p), nil
}

// TestDefinition_Formats checks how each format writes a value. Its report is
// not in the catalogue, but is written by the same code as the others.
func TestDefinition_Formats(t *testing.T) {
	t.Parallel()
	d := &report.Definition{
		ID: "formats", Path: "/api/reports/formats/", Source: report.Source{Table: "t", Key: []string{"k"}},
		Columns: []report.Column{
			{Name: "integer", Format: report.Integer, SQL: "a"},
			{Name: "date", Format: report.Date, SQL: "a"},
			{Name: "datetime", Format: report.DateTime, SQL: "a"},
			{Name: "money", Format: report.Money, SQL: "a"},
			{Name: "money_number", Format: report.MoneyNumber, SQL: "a"},
			{Name: "money_exact", Format: report.MoneyExact, SQL: "a"},
			{Name: "lots", Format: report.Lots, SQL: "a"},
			{Name: "lots_text", Format: report.LotsText, SQL: "a"},
			{Name: "mln_usd", Format: report.MlnUSD, SQL: "a"},
			{Name: "mln_usd_text", Format: report.MlnUSDText, SQL: "a"},
			{Name: "point_size", Format: report.PointSize, SQL: "a"},
		},
	}
	for number, want := range map[int64]string{
		0: `{"integer":0,"date":"1970-01-01","datetime":"1970-01-01T00:00:00Z","money":"0.00","money_number":0,"money_exact":0.000000,"lots":0,"lots_text":"0.0000000","mln_usd":0,"mln_usd_text":"0.0000","point_size":"0"}`,
		1_500_000: `{"integer":1500000,"date":"6076-11-10","datetime":"1970-01-01T00:00:01Z","money":"1.50","money_number":1.5,"money_exact":1.500000,` +
			`"lots":0.015,"lots_text":"0.0150000","mln_usd":0.0002,"mln_usd_text":"0.0002","point_size":"0.00015"}`,
		-25_005: `{"integer":-25005,"date":"1901-07-17","datetime":"1969-12-31T23:59:59Z","money":"-0.03","money_number":-0.03,"money_exact":-0.025005,` +
			`"lots":-0.00025005,"lots_text":"-0.0002500","mln_usd":0,"mln_usd_text":"0.0000","point_size":"-0.0000025005"}`,
	} {
		var out bytes.Buffer
		require.NoError(t, answer(t, &numbers{rows: 1, number: number}, d, report.JSON).Write(t.Context(), &out))
		require.Contains(t, out.String(), `{"data":[`+want+`],`)
	}
}

type snapshots struct {
	numbers

	open int
}

func (s *snapshots) Snapshot(ctx context.Context, fn func(context.Context, report.Querier) error) error {
	s.open++
	defer func() { s.open-- }()
	return s.numbers.Snapshot(ctx, fn)
}

type writes struct {
	store  *snapshots
	inside []bool
}

func (w *writes) Write(p []byte) (int, error) {
	w.inside = append(w.inside, w.store.open > 0)
	return len(p), nil
}

func TestJSON_OneWriteAfterTheSnapshot(t *testing.T) {
	t.Parallel()
	store := &snapshots{numbers: numbers{rows: 5000, number: 1}}
	out := &writes{store: store}
	require.NoError(t, answer(t, store, report.ByID("rewards_byday"), report.JSON).Write(t.Context(), out))
	require.Equal(t, []bool{false}, out.inside)
	values, err := report.NewService(store, clock.System(), report.Options{}).PrepareValues(report.ByID("orders"), partnerID, nil)
	require.NoError(t, err)
	out.inside = nil
	require.NoError(t, values.Write(t.Context(), out))
	require.Equal(t, []bool{false}, out.inside)
}
