package sqldb

import "context"

// Joining returns db with one more rule: what is done with a context that
// comes from inside a Write or Lock of it joins that transaction, reads
// included. So a request can be one transaction from its idempotency key to
// its answer, whatever services it goes through, and none of them knows.
func Joining(db DB) DB { return &joining{db} }

type joining struct{ db DB }

// transaction is the one that a context is inside of.
type transaction struct {
	q     Querier
	after []func()
}

// insideKey finds a store's transaction: another store's is none of ours.
type insideKey struct{ db *joining }

func (j *joining) inside(ctx context.Context) *transaction {
	tx, _ := ctx.Value(insideKey{j}).(*transaction)
	return tx
}

// afterKey finds the innermost transaction of any store.
type afterKey struct{}

// AfterCommit calls fn once the transaction that ctx is inside of has
// committed, and never if it does not; outside of one, at once. For waking
// those who look for what the transaction wrote.
func AfterCommit(ctx context.Context, fn func()) {
	if tx, _ := ctx.Value(afterKey{}).(*transaction); tx != nil {
		tx.after = append(tx.after, fn)
		return
	}
	fn()
}

type writer func(context.Context, func(context.Context, Querier) error) error

func (j *joining) begin(ctx context.Context, write writer, fn func(context.Context, Querier) error) error {
	if tx := j.inside(ctx); tx != nil {
		return fn(ctx, tx.q)
	}
	var tx *transaction
	err := write(ctx, func(ctx context.Context, q Querier) error {
		tx = &transaction{q: q} // anew for each retry
		ctx = context.WithValue(ctx, insideKey{j}, tx)
		return fn(context.WithValue(ctx, afterKey{}, tx), q)
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
	return j.begin(ctx, j.db.Write, fn)
}

// Lock implements DB. Inside a Write that is not a Lock it would come too
// late: whoever needs one begins with it.
func (j *joining) Lock(ctx context.Context, fn func(context.Context, Querier) error) error {
	return j.begin(ctx, j.db.Lock, fn)
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
func (j *joining) Bulk(ctx context.Context, in Insert) error { return j.querier(ctx).Bulk(ctx, in) }

// Dialect implements Querier.
func (j *joining) Dialect() Dialect { return j.db.Dialect() }

// Ping implements DB.
func (j *joining) Ping(ctx context.Context) error { return j.db.Ping(ctx) }

// Close implements DB.
func (j *joining) Close() error { return j.db.Close() }
