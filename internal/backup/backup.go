// Package backup copies a SQLite database and its clicks into one file while
// the server is using them, and restores both. It does not depend on the
// schema, so it can restore a backup of another version of the program.
//
// A backup is a tar archive of manifest.json, database.db and clicks.db. After
// the archive comes a line with the SHA-256 of the archive.
package backup

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"time"

	_ "modernc.org/sqlite" // registers the driver "sqlite"

	"github.com/tributary-server/tributary/internal/db"
)

// ErrExists says that a file exists and would be overwritten.
var ErrExists = errors.New("already exists")

// busy is how long to wait for a process that has locked the database.
const busy = 10 * time.Second

// clicksSuffix is added to the database's path to make the path of the file of
// clicks.
const clicksSuffix = ".clicks"

// Saved is the result of Save.
type Saved struct {
	Bytes  int64
	SHA256 string // checksum in hexadecimal, as in the last line of the backup
}

type part struct {
	name   string   // name of the file in the archive
	suffix string   // added to the database's path to make the path of the part
	tables []string // tables that the part has in every version
}

// The parts are copied in this order. The clicks come last, so that the backup
// contains the click of every registration in it.
var (
	databasePart = part{"database.db", "", []string{"goose_db_version", "partners", "facts"}}
	clicksPart   = part{"clicks.db", clicksSuffix, []string{"goose_db_version", "clicks", "click_hours"}}
)

// Save writes a backup of the database at path, and of its clicks, to target.
// Each copy is consistent, even while the server writes. If Save fails, target
// does not exist. Only the owner of target can read it, because it contains the
// keys that sign tokens. Save returns ErrExists if target exists already.
func Save(ctx context.Context, path, target string, now time.Time) (saved Saved, err error) {
	if _, err := os.Stat(path); err != nil {
		return Saved{}, fmt.Errorf("there is no database to back up: %w", err)
	}
	if err := checkAbsent(target); err != nil {
		return Saved{}, err
	}
	parts := []part{databasePart, clicksPart}
	if _, err := os.Stat(path + clicksSuffix); errors.Is(err, os.ErrNotExist) {
		parts = parts[:1] // an early version has no file of clicks
	}
	partial := target + ".partial"
	defer func() {
		for _, p := range parts {
			os.Remove(partial + "." + p.name)
		}
		if err != nil {
			os.Remove(partial)
		}
	}()
	for _, p := range parts {
		if err := copyDatabase(ctx, path+p.suffix, partial+"."+p.name, p.tables); err != nil {
			return Saved{}, err
		}
	}
	f, err := os.OpenFile(partial, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600) //nolint:gosec // the operator chooses the path
	if err != nil {
		return Saved{}, fmt.Errorf("writing the backup: %w", err)
	}
	defer f.Close()
	if saved, err = pack(f, parts, partial+".", now); err != nil {
		return Saved{}, fmt.Errorf("writing the backup: %w", err)
	}
	if err := checkAbsent(target); err != nil {
		return Saved{}, err
	}
	return saved, syncAndRename(f, partial, target)
}

// copyDatabase copies a database that other processes can be using, and checks
// the copy.
func copyDatabase(ctx context.Context, path, target string, tables []string) error {
	f, err := os.OpenFile(target, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600) //nolint:gosec // a file next to the target that the operator chose
	if err != nil {
		return fmt.Errorf("writing the copy: %w", err)
	}
	if err := f.Close(); err != nil {
		return err
	}
	db, err := openSource(ctx, path)
	if err != nil {
		return err
	}
	defer db.Close()
	if _, err := db.ExecContext(ctx, `VACUUM INTO ?`, target); err != nil {
		return fmt.Errorf("copying %s: %w", path, err)
	}
	return check(ctx, target, tables)
}

// openSource opens a database that other processes can be using. On a read-only
// disk, SQLite cannot create the files that it shares with those processes. If
// the disk holds no write-ahead log of the database, openSource then opens the
// database as immutable.
func openSource(ctx context.Context, path string) (*sql.DB, error) {
	source, err := open(path, "rw")
	if err != nil {
		return nil, err
	}
	if _, err = source.ExecContext(ctx, `PRAGMA schema_version`); err == nil {
		return source, nil
	}
	if err := errors.Join(db.OnlyFile(path, err), source.Close()); err != nil {
		return nil, err
	}
	return open(path, "ro", "immutable=1")
}

// check returns an error if a copy is damaged, or if it lacks one of the tables
// and is therefore not a database of Tributary.
func check(ctx context.Context, path string, names []string) error {
	db, err := open(path, "ro", "immutable=1")
	if err != nil {
		return err
	}
	defer db.Close()
	var verdict string
	if err := db.QueryRowContext(ctx, `PRAGMA integrity_check(1)`).Scan(&verdict); err != nil {
		return fmt.Errorf("%s is not a database, or is damaged: %w", path, err)
	}
	if verdict != "ok" {
		return fmt.Errorf("%s is damaged: %s", path, verdict)
	}
	var tables int
	err = db.QueryRowContext(ctx, `SELECT count(*) FROM sqlite_schema
		WHERE type = 'table' AND name IN (?, ?, ?)`, names[0], names[1], names[2]).Scan(&tables)
	if err != nil {
		return fmt.Errorf("reading %s: %w", path, err)
	}
	if tables != len(names) {
		return fmt.Errorf("%s is not a database of Tributary", path)
	}
	return nil
}

func open(path, mode string, more ...string) (*sql.DB, error) {
	values := fmt.Sprintf("mode=%s&_pragma=busy_timeout(%d)", mode, busy.Milliseconds())
	for _, option := range more {
		values += "&" + option
	}
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: path}).EscapedPath()+"?"+values)
	if err != nil {
		return nil, fmt.Errorf("opening %s: %w", path, err)
	}
	db.SetMaxOpenConns(1)
	return db, nil
}

func checkAbsent(path string) error {
	if _, err := os.Lstat(path); err == nil {
		return fmt.Errorf("%s %w", path, ErrExists)
	} else if !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// syncAndRename syncs a file to disk and then renames it.
func syncAndRename(f *os.File, from, to string) error {
	if err := f.Sync(); err != nil {
		return fmt.Errorf("writing %s: %w", to, err)
	}
	return move(from, to)
}

// move renames a file and syncs the directory, so that the new name survives a
// crash.
func move(from, to string) error {
	if err := os.Rename(from, to); err != nil {
		return err
	}
	dir, err := os.Open(filepath.Dir(to))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
