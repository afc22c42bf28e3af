// Package db contains the code that both SQL engines share: a small interface
// over their drivers, and functions that all statements use. Statements are
// written once, in the syntax of PostgreSQL, and Rewrite converts them for
// SQLite. Opening, bulk inserts, retries and migrations differ between the
// engines and are in the packages sqlite, postgres and migrations. This package
// knows no tables.
//
// docs/adr/0003 describes how values are stored on both engines.
package db

import (
	"context"
	"errors"
)

// Engine is a kind of database. A few statements depend on it.
type Engine string

// These are the engines.
const (
	SQLite   Engine = "sqlite"
	Postgres Engine = "postgres"
)

// ErrNoRows is the error of Row.Scan on both engines if there is no row.
var ErrNoRows = errors.New("no rows")

// Querier runs statements inside a transaction, or single reads outside one.
//
// Parameters are written $1, $2 and so on. To compare a column with a list,
// write the column followed by "@any($1)". For example, "client_account
// @any($1)" becomes "client_account = ANY($1)" on PostgreSQL, and an IN over
// json_each on SQLite. The argument is a []string or []int64. For a []id.UUID,
// write "@anyid($1)".
//
// To look up keys that consist of several parts, pass them as one JSON array of
// arrays (see JSONRows), and join with "FROM @rows($1)". Each key becomes a row
// with the alias k. Its first part is "k.value->>0", or "@uuid(k.value->>0)"
// for a UUID. Use CROSS JOIN for the other table, so that SQLite reads the keys
// first.
//
// The stores of both engines and their transactions implement Querier.
type Querier interface {
	Exec(ctx context.Context, query string, args ...any) (affected int64, err error)
	Query(ctx context.Context, query string, args ...any) (Rows, error)
	QueryRow(ctx context.Context, query string, args ...any) Row
	// Bulk inserts many rows in the fastest way that the engine has.
	Bulk(ctx context.Context, insert BulkInsert) error
	Engine() Engine
}

// BulkInsert describes a bulk insert. Row writes the values of row i to dst,
// which has one element for each column.
type BulkInsert struct {
	Table    string
	Columns  []string
	Conflict string // SQL that follows ON CONFLICT; empty if no row can exist already
	Rows     int
	Row      func(i int, dst []any)
}

// Rows iterates over the rows of a result. Each engine has an implementation.
type Rows interface {
	Columns() ([]string, error)
	Next() bool
	Scan(dest ...any) error
	Err() error
	Close()
}

// Row is the result of a query that returns at most one row. Scan returns
// ErrNoRows if there is no row. Each engine has an implementation.
type Row interface{ Scan(dest ...any) error }

// DB is an open database. sqlite.Store and postgres.Store implement it. Tests
// wrap one of them to count its statements or to make it fail.
type DB interface {
	Querier
	// Write runs fn in one transaction. It runs fn again after a serialization
	// failure or a deadlock, or if another process had locked the file.
	Write(ctx context.Context, fn func(context.Context, Querier) error) error
	// Read runs fn on one snapshot, so fn does not see changes that other
	// transactions make meanwhile.
	Read(ctx context.Context, fn func(context.Context, Querier) error) error
	// Lock is like Write, but excludes every other Lock of the same keys in any
	// process. All code that moves money uses Lock (docs/adr/0027). If fn
	// returns a MoreKeysError, Lock rolls back and starts again with more keys.
	Lock(ctx context.Context, keys Keys, fn func(context.Context, Querier) error) error
	// Writable returns an error if the database cannot be written now. Proof
	// calls it at most once a second.
	Writable(ctx context.Context) error
	Close() error
}

// Collect runs a query and converts each row with scan. Use it if All cannot
// match the columns of the result to fields by name.
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

// Found reports whether Row.Scan, which returned err, has found a row. It
// passes on every error except ErrNoRows.
func Found(err error) (bool, error) {
	if errors.Is(err, ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}

// Atomically runs fn in one transaction. Methods of db that are called with the
// context of fn take part in this transaction. The database must come from
// Joining.
func Atomically(ctx context.Context, db DB, fn func(context.Context) error) error {
	return db.Write(ctx, func(ctx context.Context, _ Querier) error { return fn(ctx) })
}
