package db

import (
	"context"
	"errors"
	"sync"
)

// Joining returns db with one more rule: a call whose context comes from inside
// a Write or Lock of db joins that transaction, reads included. One transaction
// can therefore span a request from its idempotency key to its answer, and the
// services in between need not know.
//
// When a part fails, the whole transaction fails, even if the part's error is
// not passed on: half of a Write is never kept.
func Joining(db DB) DB { return &joining{db} }

type joining struct{ db DB }

// transaction is the transaction that a context is inside.
type transaction struct {
	q      Querier
	locked bool
	after  []func()

	mu     sync.Mutex
	failed error // the error of a part that failed
	ended  bool  // true: it has ended, and a context that still holds it is outside
}

func (tx *transaction) over() bool {
	tx.mu.Lock()
	defer tx.mu.Unlock()
	return tx.ended
}

func (tx *transaction) end() {
	tx.mu.Lock()
	defer tx.mu.Unlock()
	tx.ended = true
}

// part runs fn as a part of the transaction.
func (tx *transaction) part(ctx context.Context, fn func(context.Context, Querier) error) error {
	err := fn(ctx, tx.q)
	if err != nil {
		tx.mu.Lock()
		defer tx.mu.Unlock()
		tx.failed = err
	}
	return err
}

// insideKey finds the transaction of one store, never that of another store.
type insideKey struct{ db *joining }

func (j *joining) inside(ctx context.Context) *transaction {
	tx, _ := ctx.Value(insideKey{j}).(*transaction)
	if tx == nil || tx.over() {
		return nil
	}
	return tx
}

// afterKey finds the innermost transaction of any store.
type afterKey struct{}

// AfterCommit calls fn once the transaction that ctx is inside has committed,
// and never if it does not commit. Outside a transaction it calls fn at once.
// Use it to wake jobs that look for what the transaction wrote. When fn runs,
// ctx is outside the transaction.
func AfterCommit(ctx context.Context, fn func()) {
	if tx, _ := ctx.Value(afterKey{}).(*transaction); tx != nil && !tx.over() {
		tx.after = append(tx.after, fn)
		return
	}
	fn()
}

type writer func(context.Context, func(context.Context, Querier) error) error

// errLockTooLate reports a bug in the programme. On an engine with several
// writers, such a transaction could book money twice.
var errLockTooLate = errors.New("a Lock inside a Write comes too late: begin with the Lock")

func (j *joining) begin(ctx context.Context, write writer, locked bool, fn func(context.Context, Querier) error) error {
	if tx := j.inside(ctx); tx != nil {
		if locked && !tx.locked {
			return errLockTooLate
		}
		return tx.part(ctx, fn)
	}
	var tx *transaction
	err := write(ctx, func(ctx context.Context, q Querier) error {
		tx = &transaction{q: q, locked: locked} // a new one for each retry
		defer tx.end()
		ctx = context.WithValue(ctx, insideKey{j}, tx)
		if err := fn(context.WithValue(ctx, afterKey{}, tx), q); err != nil {
			return err
		}
		return tx.failed
	})
	if err != nil {
		return err
	}
	for _, fn := range tx.after {
		fn()
	}
	return nil
}

// Write implements DB.
func (j *joining) Write(ctx context.Context, fn func(context.Context, Querier) error) error {
	return j.begin(ctx, j.db.Write, false, fn)
}

// Lock implements DB. It fails inside a Write that is not a Lock: what the
// Write has read may be out of date, so a caller that needs a Lock must begin
// with it.
func (j *joining) Lock(ctx context.Context, fn func(context.Context, Querier) error) error {
	return j.begin(ctx, j.db.Lock, true, fn)
}

// Read implements DB.
func (j *joining) Read(ctx context.Context, fn func(context.Context, Querier) error) error {
	if tx := j.inside(ctx); tx != nil {
		return fn(ctx, tx.q)
	}
	return j.db.Read(ctx, fn)
}

func (j *joining) querier(ctx context.Context) Querier {
	if tx := j.inside(ctx); tx != nil {
		return tx.q
	}
	return j.db
}

// Exec implements Querier.
func (j *joining) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	return j.querier(ctx).Exec(ctx, query, args...)
}

// Query implements Querier.
func (j *joining) Query(ctx context.Context, query string, args ...any) (Rows, error) {
	return j.querier(ctx).Query(ctx, query, args...)
}

// QueryRow implements Querier.
func (j *joining) QueryRow(ctx context.Context, query string, args ...any) Row {
	return j.querier(ctx).QueryRow(ctx, query, args...)
}

// Bulk implements Querier.
func (j *joining) Bulk(ctx context.Context, in BulkInsert) error { return j.querier(ctx).Bulk(ctx, in) }

// Engine implements Querier.
func (j *joining) Engine() Engine { return j.db.Engine() }

// Writable implements DB.
func (j *joining) Writable(ctx context.Context) error { return j.db.Writable(ctx) }

// Close implements DB.
func (j *joining) Close() error { return j.db.Close() }
