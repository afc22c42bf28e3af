package report

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/limit"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/page"
)

// Service runs reports.
type Service struct {
	store   Store
	clock   clock.Clock
	streams *limit.Pool // exports of partners
	all     *limit.Pool // exports of the broker
	booked  *totalsCache
	options Options

	sheetRows int   // maximum number of rows per sheet; 0 means the limit of the file format
	minStride int64 // minimum number of rows between two boundaries
}

// Options is the configuration of reports.
type Options struct {
	Zone                 *time.Location // programme's time zone; nil means UTC
	MinRebate, MaxRebate money.Percent  // range of the percents of rebates; 0 to 100 if both are zero

	// XLSXRows is the maximum number of rows in a workbook that a request writes.
	// 0 means 100,000. If the number is negative, workbooks of partners' reports are
	// always written in the background. Workbooks of the broker's reports cannot be
	// written in the background, so for them a negative number means 100,000.
	XLSXRows int64
}

// These are the limits on the concurrent exports of all partners together, and of
// all callers of the broker together. An export holds a snapshot while it runs.
// Pages need snapshots too, and by default there are only 4. Partners and the
// broker do not wait for each other. A partner, a staff member or a key can run
// only one export at a time, and its further exports wait.
const (
	maxExports     = 2
	brokerExports  = 1
	waitingExports = 100
	exportPatience = time.Minute
)

func exportSlots(size int) *limit.Pool {
	return limit.NewPool(limit.PoolConfig{Size: size, Own: 1, Queue: waitingExports, Patience: exportPatience})
}

// NewService returns a Service that reads from store.
func NewService(store Store, c clock.Clock, o Options) *Service {
	if o.Zone == nil {
		o.Zone = time.UTC
	}
	if o.MaxRebate == 0 {
		o.MaxRebate = 100_0000
	}
	if o.XLSXRows == 0 {
		o.XLSXRows = requestXLSX
	}
	return &Service{
		store: store, clock: c, options: o, minStride: minStride, booked: &totalsCache{by: map[bookedKey]bookedTotals{}},
		streams: exportSlots(maxExports), all: exportSlots(brokerExports),
	}
}

// Answer is the response to a checked request. Write runs the report and writes
// the response.
type Answer struct {
	Output   Output
	FileName string // name of the CSV or XLSX file
	Streams  bool   // whether the response may be long and must be sent while it is being written
	write    func(ctx context.Context, w io.Writer) error
	count    func(ctx context.Context) (int64, error) // counts the rows of a workbook; nil if the report never has many rows
	most     int64                                    // maximum number of rows of a workbook in a request; negative if requests never write workbooks
}

// Write runs the report and writes it to w. If nothing has been written to w,
// the error may be a *fault.Error for the caller. Otherwise an error means that
// the output is incomplete.
func (a *Answer) Write(ctx context.Context, w io.Writer) error { return a.write(ctx, w) }

// Prepare checks a request. It returns ValidationError with every fault. It
// returns NotFound if a value in the path is not valid.
func (s *Service) Prepare(d *Definition, r *Request) (*Answer, error) {
	named := d
	if d.all {
		d, r = d.forOne(r)
	}
	q, err := readRequest(d, r)
	if err != nil {
		return nil, err
	}
	if q.output == JSON {
		return &Answer{write: writeWhole(func(ctx context.Context, b *body) error {
			return s.runQuery(ctx, d, q, r.PartnerID, func(ctx context.Context, run *run) (err error) {
				b.text, err = run.appendJSON(ctx, b.text)
				return err
			})
		})}, nil
	}
	write := s.writeCSV
	if q.output == XLSX {
		write = s.writeXLSX
	}
	answer := &Answer{Output: q.output, write: func(ctx context.Context, w io.Writer) error {
		return s.runQuery(ctx, d, q, r.PartnerID, func(ctx context.Context, run *run) error { return write(ctx, run, w) })
	}}
	if q.output == XLSX && d.Large() {
		answer.most = s.options.XLSXRows
		if named.ForBroker() && answer.most < 0 {
			answer.most = requestXLSX
		}
		answer.count = func(ctx context.Context) (rows int64, err error) {
			err = s.runQuery(ctx, d, q, r.PartnerID, func(ctx context.Context, run *run) error {
				rows, err = run.count(ctx)
				return err
			})
			return rows, err
		}
	}
	answer.FileName = s.FileName(named, r, q.output)
	s.stream(named, answer)
	return answer, nil
}

// stream makes the answer wait for a free slot before it is written.
func (s *Service) stream(d *Definition, a *Answer) {
	write, slots := a.write, s.streams
	if d.ForBroker() {
		slots = s.all
	}
	a.Streams = true
	a.write = func(ctx context.Context, w io.Writer) error {
		leave, err := slots.Enter(ctx, limit.OwnerOf(ctx), false)
		if err != nil {
			return err
		}
		defer leave()
		return write(ctx, w)
	}
}

// run is the execution of a report on one snapshot.
type run struct {
	definition *Definition
	query      *query
	partner    *Partner
	engine     db.Engine
	store      Querier
	booked     *totalsCache
	now        int64
	today      clock.Day
}

// runQuery calls fn with a checked request on one snapshot. It returns NotFound if
// the report belongs to an object that does not exist.
func (s *Service) runQuery(ctx context.Context, d *Definition, q *query, partnerID id.UUID, fn func(context.Context, *run) error) error {
	return s.snapshot(ctx, d, partnerID, func(ctx context.Context, r *run) error {
		r.query = q
		if err := r.parent(ctx); err != nil {
			return err
		}
		return fn(ctx, r)
	})
}

// snapshot calls fn with a run of a report. For a broker's report, a partner who
// does not exist has no rows.
func (s *Service) snapshot(ctx context.Context, d *Definition, partnerID id.UUID, fn func(context.Context, *run) error) error {
	if partnerID == id.Nil && !d.all {
		return fault.New(fault.PermissionDenied) // the programme itself (the house) has no reports
	}
	return s.store.Snapshot(ctx, func(ctx context.Context, q Querier) error {
		partner := &Partner{}
		if !d.all {
			var err error
			if partner, err = q.Partner(ctx, partnerID); err != nil && (d.base == "" || fault.CodeOf(err) != fault.NotFound) {
				return err
			} else if err != nil {
				partner = &Partner{ID: partnerID}
			}
		}
		partner.RebateSize = `{"min":` + s.options.MinRebate.String() + `,"max":` + s.options.MaxRebate.String() + `}`
		now := s.clock.Now()
		return fn(ctx, &run{
			definition: d, partner: partner, engine: s.store.Engine(), store: q, booked: s.booked, now: now.UnixMicro(), today: clock.DayOf(now, s.options.Zone),
		})
	})
}

// parent returns NotFound if the report belongs to an object that does not
// exist.
func (r *run) parent(ctx context.Context) error {
	parent := r.definition.Parent
	if parent == nil {
		return nil
	}
	b := r.builder()
	s := b.statement("SELECT 1", b.fromClause(parent, nil), b.whereClause(parent.Where, r.query.path))
	found := make([]value, 1)
	if err := r.figures(ctx, s, []*Total{{Format: Integer}}, found); err != nil {
		return err
	}
	if found[0].number == 0 {
		return fault.New(fault.NotFound)
	}
	return nil
}

func (r *run) builder() *builder {
	b := newBuilder(r.engine, r.partner, r.now, r.today, r.definition.all)
	if r.query != nil {
		b.by, b.found = r.query.page.Order, b.all && anySelective(r.query.conditions)
	}
	return b
}

// eachRow runs a statement that selects the columns of the request, and then
// further values. It calls fn with every row, after it has stored the further
// values of the row in the given slice. fn must not use the row after it returns.
func (r *run) eachRow(ctx context.Context, s statement, extra []any, fn func(*Row) error) error {
	rows, err := r.store.Query(ctx, s.text, s.args...)
	if err != nil {
		return fmt.Errorf("report %s: %w", r.definition.ID, err)
	}
	defer rows.Close()
	row := newRow(r.query.columns, r.partner, r.engine, r.today)
	for i := range extra {
		row.targets = append(row.targets, &extra[i])
	}
	for rows.Next() {
		if err := row.scan(rows); err != nil {
			return fmt.Errorf("report %s: %w", r.definition.ID, err)
		}
		if err := fn(row); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("report %s: %w", r.definition.ID, err)
	}
	return nil
}

func (r *run) page() statement {
	d, q := r.definition, r.query
	switch {
	case d.Unpaged:
		return r.allRows()
	case d.Single:
		q.page = page.Page{Limit: 1}
	}
	return r.builder().page(d, q.columns, q.conditions, q.page)
}

func (r *run) allRows() statement {
	d, q := r.definition, r.query
	if d.Groups != nil {
		return r.builder().groups(d, q.columns, q.conditions, q.page.Order)
	}
	return r.builder().rows(d, q.columns, q.conditions, q.page.Order)
}

// unpagedRows compiles the statement for a response that has no pages: an
// export, which has all rows, or a report that has only one row.
func (r *run) unpagedRows() statement {
	if r.definition.Single {
		return r.page()
	}
	return r.allRows()
}

// totals returns the total count, and the totals that SQL computes, in the order in
// which they are declared.
func (r *run) totals(ctx context.Context) ([]value, error) {
	if r.query.groups != nil {
		return r.readGroupTotals(ctx)
	}
	if len(r.query.conditions) > 0 {
		return r.readTotals(ctx)
	}
	rollup := r.definition.rollup(nil)
	if rollup == nil || !rollup.Booked || r.definition.all {
		return r.readTotals(ctx)
	}
	key := bookedKey{r.definition.ID, r.partner.ID}
	if known := r.booked.get(key, r.partner.Revision); known != nil {
		return known, nil
	}
	values, err := r.readTotals(ctx)
	if err == nil {
		r.booked.put(key, r.partner.Revision, values)
	}
	return values, err
}

func (r *run) readTotals(ctx context.Context) ([]value, error) {
	totals := []*Total{{Format: Integer}}
	for i := range r.definition.Totals {
		if t := &r.definition.Totals[i]; t.SQL != "" {
			totals = append(totals, t)
		}
	}
	values := make([]value, len(totals))
	return values, r.figures(ctx, r.builder().totals(r.definition, r.query.conditions), totals, values)
}

func (r *run) count(ctx context.Context) (int64, error) {
	totals, err := r.totals(ctx)
	if err != nil {
		return 0, err
	}
	return totals[0].number, nil
}

// figures reads the only row of a statement into values. If there is no row, values
// does not change.
func (r *run) figures(ctx context.Context, s statement, totals []*Total, values []value) error {
	targets := make([]any, len(values))
	for i := range values {
		targets[i] = values[i].target(totals[i].Format, totals[i].Nullable, r.engine)
	}
	rows, err := r.store.Query(ctx, s.text, s.args...)
	if err != nil {
		return fmt.Errorf("computing the totals of report %s: %w", r.definition.ID, err)
	}
	defer rows.Close()
	if rows.Next() {
		if err := rows.Scan(targets...); err != nil {
			return fmt.Errorf("computing the totals of report %s: %w", r.definition.ID, err)
		}
		for i := range values {
			if totals[i].Nullable {
				values[i].settle()
			}
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("computing the totals of report %s: %w", r.definition.ID, err)
	}
	return nil
}
