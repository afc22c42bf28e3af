// Package sqlite opens a store on SQLite, which is embedded in the program. It
// uses modernc.org/sqlite, which needs no cgo, in WAL mode. The store has one
// connection for writing and several connections for reading.
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

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/migrations"
	"github.com/tributary-server/tributary/internal/limit"
)

// These are the numbers of connections for reading. Each snapshot uses a
// reader. The spare connections are for single statements, which must not wait
// for reports.
const (
	readers = 4
	spare   = 2
)

// These are the maximum waits for locks of other processes. Each attempt to
// start a write is short, because a wait inside SQLite cannot be interrupted.
// The store repeats the attempt.
const (
	openingTimeout = 10 * time.Second       // for a statement while the file is being opened
	readingTimeout = 2 * time.Second        // for a statement that reads
	lockStep       = 200 * time.Millisecond // for one attempt to start a write
)

// SQLite's own lower() changes only ASCII letters, so a search for "ärzte"
// would not find "Ärzte". On PostgreSQL, it would.
func init() { //nolint:gochecknoinits // the driver can register functions only for the whole process
	sqlite.MustRegisterDeterministicScalarFunction("lower", 1, func(_ *sqlite.FunctionContext, args []driver.Value) (driver.Value, error) {
		if text, is := args[0].(string); is {
			return strings.ToLower(text), nil
		}
		return args[0], nil
	})
}

// Store implements db.DB on one SQLite file.
type Store struct {
	queries     // statements on the connections for reading, outside a transaction
	writes      *statementCache
	write       *sql.DB // the only connection for writing; its transactions are IMMEDIATE
	read        *sql.DB
	path        string
	file        os.FileInfo
	turns       *writeTurns
	reading     *limit.Pool
	closeOnce   sync.Once
	closeResult error
}

// Open opens or creates the file at path, and migrates its schema.
func Open(ctx context.Context, path string) (*Store, error) {
	return open(ctx, path, migrations.SQLite, 20_000)
}

// ClicksPath returns the path of the file that holds the clicks for the
// database at path.
func ClicksPath(path string) string { return path + ".clicks" }

// OpenClicks opens or creates the file that holds the clicks for the database
// at path. Checkpoints are frequent and therefore short, because redirects wait
// for them.
func OpenClicks(ctx context.Context, path string) (*Store, error) {
	return open(ctx, ClicksPath(path), migrations.Clicks, 1_000)
}

func open(ctx context.Context, path string, schema migrations.Schema, checkpoint int) (*Store, error) {
	if dir := filepath.Dir(path); dir != "." {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, fmt.Errorf("opening %s: %w", path, err)
		}
	}
	// Only the owner may read the file, because it contains signing keys.
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600) //nolint:gosec // the operator chooses the path
	if err == nil {
		err = file.Close()
	}
	if err != nil {
		return nil, fmt.Errorf("opening %s: %w", path, err)
	}
	if err := migrate(ctx, path, schema); err != nil {
		return nil, fmt.Errorf("opening %s: %w", path, err)
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("opening %s: %w", path, err)
	}
	write, err := sql.Open("sqlite", dsn(path, "immediate", pragmas(lockStep, checkpoint)))
	if err != nil {
		return nil, fmt.Errorf("opening %s: %w", path, err)
	}
	write.SetMaxOpenConns(1)
	read, err := sql.Open("sqlite", dsn(path, "deferred", append(pragmas(readingTimeout, checkpoint), "query_only(ON)")))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("opening %s: %w", path, err), write.Close())
	}
	read.SetMaxOpenConns(readers + spare)
	read.SetMaxIdleConns(readers + spare)
	return &Store{
		queries: queries{pool: newStatements(read)}, write: write, writes: newStatements(write), read: read, path: path,
		file: info, turns: newTurns(), reading: db.ReadPool(readers),
	}, nil
}

// migrate migrates the schema. If other processes migrate the same file at the
// same time, it waits for them.
func migrate(ctx context.Context, path string, schema migrations.Schema) error {
	db, err := sql.Open("sqlite", dsn(path, "immediate", pragmas(openingTimeout, 1_000)))
	if err != nil {
		return err
	}
	db.SetMaxOpenConns(1)
	return errors.Join(migrations.Up(ctx, db, schema), db.Close())
}

func pragmas(busyTimeout time.Duration, checkpoint int) []string {
	// busy_timeout comes first, because the pragmas after it may have to wait
	// too. With synchronous=FULL, committed data survives a power failure.
	return []string{
		fmt.Sprintf("busy_timeout(%d)", busyTimeout.Milliseconds()),
		"journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(ON)",
		"journal_size_limit(200000000)", fmt.Sprintf("wal_autocheckpoint(%d)", checkpoint), "cache_size(-65536)", "temp_store(MEMORY)", "mmap_size(1073741824)",
	}
}

func dsn(path, txlock string, pragmas []string) string {
	values := url.Values{"_pragma": pragmas, "_txlock": {txlock}, "mode": {"rw"}} // with mode=rw, SQLite does not create a file that was removed
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + values.Encode()
}

// Path returns the path of the file.
func (s *Store) Path() string { return s.path }

// Writer returns the connection for writing. Migrations and backups need it.
func (s *Store) Writer() *sql.DB { return s.write }

// Write implements db.DB.
func (s *Store) Write(ctx context.Context, fn func(context.Context, db.Querier) error) error {
	turn, err := s.turns.take(ctx)
	if err != nil {
		return err
	}
	defer turn.leave()
	for attempt := 0; ; attempt++ {
		err := s.writeOnce(ctx, fn)
		if syncFailed(err) {
			s.overwrite(ctx)
		}
		if !busy(err) {
			return unavailable(err)
		}
		if err := turn.wait(ctx, attempt); err != nil {
			return err
		}
	}
}

// Lock implements db.DB. It is the same as Write, because SQLite has only one
// writer at a time.
func (s *Store) Lock(ctx context.Context, _ db.Keys, fn func(context.Context, db.Querier) error) error {
	return s.Write(ctx, fn)
}

func (s *Store) writeOnce(ctx context.Context, fn func(context.Context, db.Querier) error) error {
	if err := s.inPlace(); err != nil {
		return err
	}
	begun, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("starting a transaction: %w", err)
	}
	tx := &transaction{begun, map[string]*sql.Stmt{}}
	defer tx.Rollback() //nolint:errcheck // has no effect after a commit
	if err := fn(ctx, queries{pool: s.writes, tx: tx}); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("committing: %w", err)
	}
	s.turns.commits.Add(1)
	s.writes.learn(ctx, tx)
	return nil
}

// overwrite overwrites the data of a failed commit in the write-ahead log.
// SQLite has rolled the transaction back, but the log may contain all of the
// transaction. After a crash, the next process would treat it as committed,
// although the caller got an error. overwrite helps even if its own commit
// cannot be synced.
func (s *Store) overwrite(ctx context.Context) {
	_ = s.writeOnce(context.WithoutCancel(ctx), db.ProbeInside) // the caller returns the error of the failed commit
}

// inPlace returns an error if the file was removed or replaced. Without this
// check, SQLite would go on writing to a file that no other process can open.
func (s *Store) inPlace() error {
	info, err := os.Stat(s.path)
	if err != nil {
		return db.Unavailable(fmt.Errorf("the file of the database no longer exists: %w", err))
	}
	if !os.SameFile(info, s.file) {
		return db.Unavailable(fmt.Errorf("another file has replaced the database %s. Start the server again", s.path))
	}
	return nil
}

// Read implements db.DB.
func (s *Store) Read(ctx context.Context, fn func(context.Context, db.Querier) error) error {
	ctx, leave, err := db.EnterRead(ctx, s.reading)
	if err != nil {
		return err
	}
	defer leave()
	begun, err := s.read.BeginTx(ctx, nil)
	if err != nil {
		return unavailable(fmt.Errorf("starting a read: %w", err))
	}
	tx := &transaction{begun, map[string]*sql.Stmt{}}
	err = unavailable(fn(ctx, queries{pool: s.pool, tx: tx}))
	tx.Rollback() //nolint:errcheck // a read has no changes to lose
	if err == nil {
		s.pool.learn(ctx, tx)
	}
	return err
}

// Writable implements db.DB. The store also counts as writable if its test
// write fails but another caller commits in the meantime.
func (s *Store) Writable(ctx context.Context) error {
	before := s.turns.commits.Load()
	err := db.Probe(ctx, s)
	if err != nil && s.turns.commits.Load() > before {
		return nil
	}
	return err
}

// Close implements db.DB. It may be called twice.
func (s *Store) Close() error {
	s.closeOnce.Do(func() { s.closeResult = errors.Join(s.read.Close(), s.write.Close()) })
	return s.closeResult
}
