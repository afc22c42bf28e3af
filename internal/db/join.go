package db

import (
	"context"
	"errors"
	"sync"
)

// Joining returns a DB that lets calls join a transaction. If the context of a
// call comes from inside a Write or Lock of this DB, the call becomes a part of
// that transaction, even if it is a Read. So one transaction can cover a whole
// request, from the idempotency key to the response.
//
// If a part fails, the whole transaction fails, even if the caller ignores the
// error of the part. So a Write is stored completely or not at all.
func Joining(db DB) DB { return &joining{db} }

type joining struct{ db DB }

type transaction struct {
	q     Querier
	keys  *Keys // keys of the Lock; nil if the transaction is a Write
	after []func()

	mu     sync.Mutex
	failed error
	ended  bool // set when the transaction has ended; a context that still refers to the transaction then counts as outside
}

func (tx *transaction) hasEnded() bool {
	tx.mu.Lock()
	defer tx.mu.Unlock()
	return tx.ended
}

func (tx *transaction) end() {
	tx.mu.Lock()
	defer tx.mu.Unlock()
	tx.ended = true
}

func (tx *transaction) part(ctx context.Context, fn func(context.Context, Querier) error) error {
	err := fn(ctx, tx.q)
	if err != nil {
		tx.mu.Lock()
		defer tx.mu.Unlock()
		if _, is := moreKeys(tx.failed); !is {
			tx.failed = err // report the error that asks for more keys, because a caller may have wrapped it in an error that hides it
		}
	}
	return err
}

// insideKey is the context key of the transaction of one store.
type insideKey struct{ db *joining }

func (j *joining) current(ctx context.Context) *transaction {
	tx, _ := ctx.Value(insideKey{j}).(*transaction)
	if tx == nil || tx.hasEnded() {
		return nil
	}
	return tx
}

// afterKey is the context key of the innermost transaction of any store.
type afterKey struct{}

// AfterCommit calls fn after the transaction of ctx has committed. It does not
// call fn if the transaction fails. Outside a transaction, it calls fn at once.
// Use it to wake a job that works on the data that the transaction has written.
// When fn runs, ctx no longer belongs to the transaction.
func AfterCommit(ctx context.Context, fn func()) {
	if tx, _ := ctx.Value(afterKey{}).(*transaction); tx != nil && !tx.hasEnded() {
		tx.after = append(tx.after, fn)
		return
	}
	fn()
}

// Inside reports whether ctx belongs to a transaction of any store.
func Inside(ctx context.Context) bool {
	tx, _ := ctx.Value(afterKey{}).(*transaction)
	return tx != nil && !tx.hasEnded()
}

type writer func(context.Context, func(context.Context, Querier) error) error

// errLockTooLate says that the program has a bug: a transaction began with
// Write and called Lock later. On PostgreSQL, another transaction may have
// changed data that this transaction has already read, so money could be booked
// twice.
var errLockTooLate = errors.New("Lock was called inside a transaction of Write. Begin the transaction with Lock")

func (j *joining) begin(ctx context.Context, write writer, keys *Keys, fn func(context.Context, Querier) error) error {
	var tx *transaction
	err := write(ctx, func(ctx context.Context, q Querier) error {
		tx = &transaction{q: q, keys: keys} // each attempt has its own transaction
		defer tx.end()
		ctx = context.WithValue(ctx, insideKey{j}, tx)
		err := fn(context.WithValue(ctx, afterKey{}, tx), q)
		if _, more := moreKeys(tx.failed); err == nil || more {
			return tx.failed
		}
		return err
	})
	if err != nil {
		return err
	}
	for _, fn := range tx.after {
		fn()
	}
	return nil
}

func (j *joining) Write(ctx context.Context, fn func(context.Context, Querier) error) error {
	if tx := j.current(ctx); tx != nil {
		return tx.part(ctx, fn)
	}
	return j.begin(ctx, j.db.Write, nil, fn)
}

// Lock implements DB. Inside a Write it fails, because data that the Write has
// already read may be out of date. Therefore, begin the transaction with the
// Lock. If Lock is called inside a Lock of other keys, the outer Lock starts
// again with the keys of both.
func (j *joining) Lock(ctx context.Context, keys Keys, fn func(context.Context, Querier) error) error {
	if tx := j.current(ctx); tx != nil {
		switch {
		case tx.keys == nil:
			return errLockTooLate
		case !tx.keys.Covers(keys):
			fn = func(context.Context, Querier) error { return &MoreKeysError{keys} }
		}
		return tx.part(ctx, fn)
	}
	for {
		err := j.begin(ctx, func(ctx context.Context, fn func(context.Context, Querier) error) error {
			return j.db.Lock(ctx, keys, fn)
		}, &keys, fn)
		more, is := moreKeys(err)
		if !is || keys.Covers(more) {
			return err
		}
		keys = keys.And(more)
	}
}

func (j *joining) Read(ctx context.Context, fn func(context.Context, Querier) error) error {
	if tx := j.current(ctx); tx != nil {
		return fn(ctx, tx.q)
	}
	return j.db.Read(ctx, fn)
}

func (j *joining) querier(ctx context.Context) Querier {
	if tx := j.current(ctx); tx != nil {
		return tx.q
	}
	return j.db
}

func (j *joining) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	return j.querier(ctx).Exec(ctx, query, args...)
}

func (j *joining) Query(ctx context.Context, query string, args ...any) (Rows, error) {
	return j.querier(ctx).Query(ctx, query, args...)
}

func (j *joining) QueryRow(ctx context.Context, query string, args ...any) Row {
	return j.querier(ctx).QueryRow(ctx, query, args...)
}

func (j *joining) Bulk(ctx context.Context, in BulkInsert) error { return j.querier(ctx).Bulk(ctx, in) }

func (j *joining) Engine() Engine { return j.db.Engine() }

func (j *joining) Writable(ctx context.Context) error { return j.db.Writable(ctx) }

func (j *joining) Close() error { return j.db.Close() }
