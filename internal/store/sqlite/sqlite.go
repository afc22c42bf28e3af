// Package sqlite opens the embedded store: modernc's SQLite (no cgo), in WAL
// mode, with one connection that writes and several that read.
package sqlite

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/tributary-server/tributary/internal/store/migrations"
	"github.com/tributary-server/tributary/internal/store/sqldb"
)

const (
	readers     = 4
	busyTimeout = 10 * time.Second
	retries     = 5
)

// SQLite's own lower knows ASCII alone: who looks for "ärzte" would not find
// "Ärzte", as PostgreSQL does.
func init() { //nolint:gochecknoinits // the driver takes functions for all connections to come
	sqlite.MustRegisterDeterministicScalarFunction("lower", 1, func(_ *sqlite.FunctionContext, args []driver.Value) (driver.Value, error) {
		if text, is := args[0].(string); is {
			return strings.ToLower(text), nil
		}
		return args[0], nil
	})
}

// Store implements sqldb.DB on one SQLite file.
type Store struct {
	queries     // reads outside a transaction, on the read pool
	writes      *statements
	write       *sql.DB // one connection; every transaction begins IMMEDIATE
	read        *sql.DB
	path        string
	writing     sync.Mutex // one writer in this process; busy_timeout handles others
	closeOnce   sync.Once
	closeResult error
}

// Open opens or creates the file at path and brings its schema up to date.
func Open(ctx context.Context, path string) (*Store, error) {
	return open(ctx, path, migrations.SQLite, 20_000)
}

// ClicksPath is where the clicks of the database at path are: beside it.
func ClicksPath(path string) string { return path + ".clicks" }

// OpenClicks opens or creates the file of clicks beside the database at path.
// Its log is taken into the file in smaller steps: a redirect waits for one.
func OpenClicks(ctx context.Context, path string) (*Store, error) {
	return open(ctx, ClicksPath(path), migrations.Clicks, 1_000)
}

func open(ctx context.Context, path string, schema migrations.Engine, checkpoint int) (*Store, error) {
	if dir := filepath.Dir(path); dir != "." {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, fmt.Errorf("opening %s: %w", path, err)
		}
	}
	// The file holds signing keys: nobody else reads it.
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600) //nolint:gosec // the operator names it
	if err == nil {
		err = file.Close()
	}
	if err != nil {
		return nil, fmt.Errorf("opening %s: %w", path, err)
	}
	// busy_timeout comes first, so that the pragmas after it wait too.
	// synchronous=FULL: what was acknowledged survives a power cut.
	pragmas := []string{
		fmt.Sprintf("busy_timeout(%d)", busyTimeout.Milliseconds()),
		"journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(ON)",
		"journal_size_limit(200000000)", fmt.Sprintf("wal_autocheckpoint(%d)", checkpoint), "cache_size(-65536)", "temp_store(MEMORY)", "mmap_size(1073741824)",
	}
	write, err := sql.Open("sqlite", dsn(path, "immediate", pragmas))
	if err != nil {
		return nil, fmt.Errorf("opening %s: %w", path, err)
	}
	write.SetMaxOpenConns(1)
	if err := migrations.Up(ctx, write, schema); err != nil {
		return nil, errors.Join(fmt.Errorf("opening %s: %w", path, err), write.Close())
	}
	read, err := sql.Open("sqlite", dsn(path, "deferred", append(pragmas, "query_only(ON)")))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("opening %s: %w", path, err), write.Close())
	}
	read.SetMaxOpenConns(readers)
	read.SetMaxIdleConns(readers)
	return &Store{
		queries: queries{pool: newStatements(read)}, write: write, writes: newStatements(write), read: read, path: path,
	}, nil
}

func dsn(path, txlock string, pragmas []string) string {
	values := url.Values{"_pragma": pragmas, "_txlock": {txlock}}
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + values.Encode()
}

// Path is the file's name.
func (s *Store) Path() string { return s.path }

// Writer is the writing connection, for migrations and backups.
func (s *Store) Writer() *sql.DB { return s.write }

// Write implements sqldb.DB.
func (s *Store) Write(ctx context.Context, fn func(context.Context, sqldb.Querier) error) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	var err error
	for attempt := range retries {
		if err = s.writeOnce(ctx, fn); !busy(err) {
			return err
		}
		if wait(ctx, attempt) != nil {
			return err
		}
	}
	return err
}

// Lock implements sqldb.DB: SQLite has one writer at a time anyway.
func (s *Store) Lock(ctx context.Context, fn func(context.Context, sqldb.Querier) error) error {
	return s.Write(ctx, fn)
}

func (s *Store) writeOnce(ctx context.Context, fn func(context.Context, sqldb.Querier) error) error {
	begun, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("beginning a transaction: %w", err)
	}
	tx := &transaction{begun, map[string]*sql.Stmt{}}
	defer tx.Rollback() //nolint:errcheck // after a commit it has nothing to do
	if err := fn(ctx, queries{pool: s.writes, tx: tx}); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("committing: %w", err)
	}
	s.writes.learn(ctx, tx)
	return nil
}

// Read implements sqldb.DB.
func (s *Store) Read(ctx context.Context, fn func(context.Context, sqldb.Querier) error) error {
	begun, err := s.read.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("beginning a read: %w", err)
	}
	tx := &transaction{begun, map[string]*sql.Stmt{}}
	err = fn(ctx, queries{pool: s.pool, tx: tx})
	tx.Rollback() //nolint:errcheck // a read has nothing to lose
	if err == nil {
		s.pool.learn(ctx, tx)
	}
	return err
}

// Ping implements sqldb.DB.
func (s *Store) Ping(ctx context.Context) error { return s.read.PingContext(ctx) }

// Close implements sqldb.DB; closing twice is allowed.
func (s *Store) Close() error {
	s.closeOnce.Do(func() { s.closeResult = errors.Join(s.read.Close(), s.write.Close()) })
	return s.closeResult
}

func busy(err error) bool {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return false
	}
	code := e.Code() & 0xff
	return code == sqlite3.SQLITE_BUSY || code == sqlite3.SQLITE_LOCKED
}

func wait(ctx context.Context, attempt int) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(time.Duration(10<<attempt) * time.Millisecond):
		return nil
	}
}
