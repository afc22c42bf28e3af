package dbtest

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tributary-server/tributary/internal/db"
)

// Noticing is a store that records the statements it runs.
type Noticing struct {
	db.DB

	mu    sync.Mutex
	seen  []string
	noted chan struct{} // closed when the next statement starts; nil if no test is waiting
}

// awaited is the maximum time that Await waits.
const awaited = 30 * time.Second

// Count returns the number of statements that have started and contain this
// text.
func (d *Noticing) Count(text string) (n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, statement := range d.seen {
		if strings.Contains(statement, text) {
			n++
		}
	}
	return n
}

// Await waits until n statements that contain this text have started. If one
// goroutine runs all of them, the first n-1 have ended when Await returns.
func (d *Noticing) Await(t *testing.T, n int, text string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), awaited)
	defer cancel()
	for {
		d.mu.Lock()
		if d.noted == nil {
			d.noted = make(chan struct{})
		}
		noted := d.noted
		d.mu.Unlock()
		found := d.Count(text)
		if found >= n {
			return
		}
		select {
		case <-noted:
		case <-ctx.Done():
			t.Fatalf("dbtest: %d of %d statements with %q", found, n, text)
		}
	}
}

// Exec implements db.Querier.
func (d *Noticing) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	return noticingQuerier{d.DB, d}.Exec(ctx, query, args...)
}

// Query implements db.Querier.
func (d *Noticing) Query(ctx context.Context, query string, args ...any) (db.Rows, error) {
	return noticingQuerier{d.DB, d}.Query(ctx, query, args...)
}

// QueryRow implements db.Querier.
func (d *Noticing) QueryRow(ctx context.Context, query string, args ...any) db.Row {
	return noticingQuerier{d.DB, d}.QueryRow(ctx, query, args...)
}

// Write implements db.DB.
func (d *Noticing) Write(ctx context.Context, fn func(context.Context, db.Querier) error) error {
	return d.DB.Write(ctx, d.wrap(fn))
}

// Read implements db.DB.
func (d *Noticing) Read(ctx context.Context, fn func(context.Context, db.Querier) error) error {
	return d.DB.Read(ctx, d.wrap(fn))
}

// Lock implements db.DB.
func (d *Noticing) Lock(ctx context.Context, keys db.Keys, fn func(context.Context, db.Querier) error) error {
	return d.DB.Lock(ctx, keys, d.wrap(fn))
}

// During returns the statements that started while fn ran.
func (d *Noticing) During(fn func()) []string {
	d.mu.Lock()
	d.seen = nil
	d.mu.Unlock()
	fn()
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.seen
}

func (d *Noticing) note(statement string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.seen = append(d.seen, statement)
	if d.noted != nil {
		close(d.noted)
		d.noted = nil
	}
}

func (d *Noticing) wrap(fn func(context.Context, db.Querier) error) func(context.Context, db.Querier) error {
	return func(ctx context.Context, q db.Querier) error { return fn(ctx, noticingQuerier{q, d}) }
}

type noticingQuerier struct {
	db.Querier

	in *Noticing
}

func (n noticingQuerier) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	n.in.note(query)
	return n.Querier.Exec(ctx, query, args...)
}

func (n noticingQuerier) Query(ctx context.Context, query string, args ...any) (db.Rows, error) {
	n.in.note(query)
	return n.Querier.Query(ctx, query, args...)
}

func (n noticingQuerier) QueryRow(ctx context.Context, query string, args ...any) db.Row {
	n.in.note(query)
	return n.Querier.QueryRow(ctx, query, args...)
}

func (n noticingQuerier) Bulk(ctx context.Context, in db.BulkInsert) error {
	n.in.note("bulk " + in.Table)
	return n.Querier.Bulk(ctx, in)
}
