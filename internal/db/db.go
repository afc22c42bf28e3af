// Package db contains what the two SQL engines share. This is a small interface
// over their drivers, and the functions that all statements use. Statements are
// written once, in the syntax of PostgreSQL. Rewrite lists all changes that an
// engine makes to them. The packages sqlite and postgres contain everything
// else that differs, such as opening, bulk inserts, retries and migrations.
// This package does not know the tables.
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

// ErrNoRows is the error of Row.Scan if there is no row, on both engines.
var ErrNoRows = errors.New("no rows")

// Querier runs statements inside a transaction, or single reads on a pool.
//
// Parameters are written $1, $2, ... For lists, "@any($1)" follows a column.
// "client_account @any($1)" becomes "= ANY($1)" on PostgreSQL, and an IN over
// json_each on SQLite. A list argument is []string, []int64 or []id.UUID. For
// []id.UUID, use "@anyid($1)".
//
// Keys with several parts are passed as one JSON array of arrays (see
// JSONRows). "FROM @rows($1)" gives it the alias k. "k.value->>0" is its first
// part, and "@uuid(k.value->>0)" is the first part as a UUID. Join the other
// table with CROSS JOIN, so that SQLite reads the keys first.
type Querier interface {
	Exec(ctx context.Context, query string, args ...any) (affected int64, err error)
	Query(ctx context.Context, query string, args ...any) (Rows, error)
	QueryRow(ctx context.Context, query string, args ...any) Row
	// Bulk inserts many rows in the fastest way of the engine.
	Bulk(ctx context.Context, insert BulkInsert) error
	Engine() Engine
}

// BulkInsert describes a bulk insert. The method Row writes the values of row i
// to dst, one for each column.
type BulkInsert struct {
	Table    string
	Columns  []string
	Conflict string // the clause after ON CONFLICT, or empty if no row can exist yet
	Rows     int
	Row      func(i int, dst []any)
}

// Rows is the part of the drivers' row iterators that this package uses.
type Rows interface {
	Columns() ([]string, error)
	Next() bool
	Scan(dest ...any) error
	Err() error
	Close()
}

// Row is one row. Scan returns ErrNoRows if there is none.
type Row interface{ Scan(dest ...any) error }

// DB is an open database.
type DB interface {
	Querier
	// Write runs fn in one transaction. It runs fn again if the engine requires
	// this (serialization failures, deadlocks, a locked file).
	Write(ctx context.Context, fn func(context.Context, Querier) error) error
	// Read runs fn on one snapshot, which does not change.
	Read(ctx context.Context, fn func(context.Context, Querier) error) error
	// Lock is Write while no other Lock of the same keys runs, in any process.
	// Everything that moves money runs under it (docs/adr/0027). fn may return a
	// MoreKeysError: then Lock rolls back and starts again with more keys.
	Lock(ctx context.Context, keys Keys, fn func(context.Context, Querier) error) error
	// Writable checks that the store can be written now. See Proof.
	Writable(ctx context.Context) error
	Close() error
}

// Collect runs a query and converts each row with scan. Use it if the columns
// have no useful names. All reads columns by name.
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

// Found reports whether a row was found. It returns every error except
// ErrNoRows.
func Found(err error) (bool, error) {
	if errors.Is(err, ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}

// Atomically runs fn in one transaction, without a Querier for fn. db must come
// from Joining.
func Atomically(ctx context.Context, db DB, fn func(context.Context) error) error {
	return db.Write(ctx, func(ctx context.Context, _ Querier) error { return fn(ctx) })
}
