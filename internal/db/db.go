// Package db holds what the two SQL engines share: a small interface over their
// drivers, and the helpers that every domain's statements use. A statement is
// written once, in PostgreSQL's syntax, and each engine adapts it by a short
// closed list (see Rewrite). Everything else that differs (opening, bulk
// loading, retries, migrations) is in the packages sqlite and postgres below
// this one. This package does not know any domain's tables.
//
// Values have one representation on every engine: see docs/adr/0003.
package db

import (
	"context"
	"errors"
)

// Engine is a kind of database. --db selects it, and the few statements that
// differ between engines ask for it.
type Engine string

// The engines.
const (
	SQLite   Engine = "sqlite"
	Postgres Engine = "postgres"
)

// ErrNoRows is what Row.Scan returns, on either engine, when there is no row.
var ErrNoRows = errors.New("no rows")

// Querier runs statements: inside a transaction, or on a pool for single reads.
//
// Statements use $1, $2, ... and, for lists, "@any($1)" after a column:
// "client_account @any($1)" is "= ANY($1)" on PostgreSQL and an IN over
// json_each on SQLite. A list argument is []string, []int64 or []id.UUID; for
// []id.UUID write "@anyid($1)". Keys with several parts are passed as one JSON
// array of arrays (see JSONRows): "FROM @rows($1)" names it k, and
// "k.value->>0" is a part; "@uuid(k.value->>0)" reads a part as a UUID. CROSS
// JOIN the table that is looked up by them: that makes SQLite keep the order
// written, keys first.
type Querier interface {
	Exec(ctx context.Context, query string, args ...any) (affected int64, err error)
	Query(ctx context.Context, query string, args ...any) (Rows, error)
	QueryRow(ctx context.Context, query string, args ...any) Row
	// Bulk inserts many rows in the engine's fastest way.
	Bulk(ctx context.Context, insert BulkInsert) error
	Engine() Engine
}

// BulkInsert describes a bulk insert of Rows rows. Row fills dst, one value for
// each column.
type BulkInsert struct {
	Table    string
	Columns  []string
	Conflict string // the clause after ON CONFLICT; empty when no row can exist yet
	Rows     int
	Row      func(i int, dst []any)
}

// Rows is the part of the drivers' row iterators that statements use.
type Rows interface {
	Columns() ([]string, error)
	Next() bool
	Scan(dest ...any) error
	Err() error
	Close()
}

// Row is one row to scan; Scan returns ErrNoRows when there is none.
type Row interface{ Scan(dest ...any) error }

// DB is an open database.
type DB interface {
	Querier
	// Write runs fn in one transaction. It starts again when the engine asks
	// for it (serialization failures, deadlocks, a busy file).
	Write(ctx context.Context, fn func(context.Context, Querier) error) error
	// Read runs fn on one unchanging snapshot.
	Read(ctx context.Context, fn func(context.Context, Querier) error) error
	// Lock is Write for one caller at a time on the whole store, across
	// processes. Facts take effect under it (docs/adr/0004).
	Lock(ctx context.Context, fn func(context.Context, Querier) error) error
	// Writable checks that the store can be written now. See Proof.
	Writable(ctx context.Context) error
	Close() error
}

// Collect runs a query and scans each row with scan, for rows of a few columns
// whose names say nothing. All reads rows by name.
func Collect[T any](ctx context.Context, q Querier, scan func(Rows) (T, error), query string, args ...any) ([]T, error) {
	rows, err := q.Query(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []T
	for rows.Next() {
		item, err := scan(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, item)
	}
	return out, rows.Err()
}

// Found reports whether a row was found. It returns every error but ErrNoRows.
func Found(err error) (bool, error) {
	if errors.Is(err, ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}

// Atomically runs fn in one transaction. It is for services. db must come from
// Joining.
func Atomically(ctx context.Context, db DB, fn func(context.Context) error) error {
	return db.Write(ctx, func(ctx context.Context, _ Querier) error { return fn(ctx) })
}
