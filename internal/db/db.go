// Package db contains what the two SQL engines have in common: a small
// interface over their drivers, and the functions that all statements use.
// Statements are written once, in the syntax of PostgreSQL. Rewrite makes all
// changes that an engine needs. Everything else that differs between the
// engines, such as opening, bulk inserts, retries and migrations, is in the
// packages sqlite and postgres. This package does not know the tables.
//
// docs/adr/0003 describes how values are stored on both engines.
package db

import (
	"context"
	"errors"
)

// Engine is a kind of database. A few statements differ between engines.
type Engine string

// These are the engines.
const (
	SQLite   Engine = "sqlite"
	Postgres Engine = "postgres"
)

// ErrNoRows is the error that Row.Scan returns on both engines if there is no
// row.
var ErrNoRows = errors.New("no rows")

// Querier runs statements inside a transaction, or single reads on a pool.
//
// Parameters are written $1, $2 and so on. A condition on a list is written as
// a column followed by "@any($1)". For example, "client_account @any($1)"
// becomes "client_account = ANY($1)" on PostgreSQL, and an IN over json_each on
// SQLite. The argument is a []string or []int64, or a []id.UUID for
// "@anyid($1)".
//
// Keys of several parts are passed as one JSON array of arrays (see JSONRows).
// "FROM @rows($1)" makes them rows with the alias k. "k.value->>0" is the first
// part of a key, and "@uuid(k.value->>0)" is the first part as a UUID. The
// other table must be joined with CROSS JOIN, so that SQLite reads the keys
// first.
//
// The stores of both engines and their transactions implement Querier.
type Querier interface {
	Exec(ctx context.Context, query string, args ...any) (affected int64, err error)
	Query(ctx context.Context, query string, args ...any) (Rows, error)
	QueryRow(ctx context.Context, query string, args ...any) Row
	// Bulk inserts many rows in the way that is fastest on the engine.
	Bulk(ctx context.Context, insert BulkInsert) error
	Engine() Engine
}

// BulkInsert describes a bulk insert. Row writes the values of row i to dst,
// which has one element for each column.
type BulkInsert struct {
	Table    string
	Columns  []string
	Conflict string // the clause after ON CONFLICT, or empty if no row can exist already
	Rows     int
	Row      func(i int, dst []any)
}

// Rows is the part of the drivers' row iterators that this package needs. Each
// engine has its own implementation.
type Rows interface {
	Columns() ([]string, error)
	Next() bool
	Scan(dest ...any) error
	Err() error
	Close()
}

// Row is one row. Scan returns ErrNoRows if there is none. Each engine has its
// own implementation.
type Row interface{ Scan(dest ...any) error }

// DB is an open database. sqlite.Store and postgres.Store implement it. Tests
// wrap one of them to count its statements or to make it fail.
type DB interface {
	Querier
	// Write runs fn in one transaction. It runs fn again after a serialization
	// failure or a deadlock, or if the file was locked.
	Write(ctx context.Context, fn func(context.Context, Querier) error) error
	// Read runs fn on one snapshot. Changes by others during fn are not visible.
	Read(ctx context.Context, fn func(context.Context, Querier) error) error
	// Lock is like Write, but no other Lock of the same keys runs at the same
	// time, in any process. All code that moves money uses Lock (docs/adr/0027).
	// If fn returns a MoreKeysError, Lock rolls back and starts again with more
	// keys.
	Lock(ctx context.Context, keys Keys, fn func(context.Context, Querier) error) error
	// Writable checks that the store can be written now. Proof limits how often
	// this is checked.
	Writable(ctx context.Context) error
	Close() error
}

// Collect runs a query and converts each row with scan. It is for queries whose
// columns have no useful names. All reads columns by name.
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

// Found reports whether a row was found, given the error of Row.Scan. It
// returns any error other than ErrNoRows.
func Found(err error) (bool, error) {
	if errors.Is(err, ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}

// Atomically runs fn in one transaction. fn gets no Querier. Instead, all uses
// of db with the context of fn join the transaction. db must come from Joining.
func Atomically(ctx context.Context, db DB, fn func(context.Context) error) error {
	return db.Write(ctx, func(ctx context.Context, _ Querier) error { return fn(ctx) })
}
