// Package backup copies a SQLite database while it is in use, and puts such a
// copy in a database's place. It looks at files, not at what is in them: any
// version of the programme can save and restore any other's.
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

	_ "modernc.org/sqlite" // the driver
)

// ErrExists is returned instead of overwriting a file.
var ErrExists = errors.New("is there already")

// busy is how long another process may hold the database.
const busy = 10 * time.Second

// Save writes a copy of the database at path to target: one consistent moment,
// whoever writes meanwhile, and whole or not there at all. Only its owner can
// read it, since it holds what signs tokens. ErrExists: target is there.
func Save(ctx context.Context, path, target string) error {
	return save(ctx, path, target, databaseTables)
}

func save(ctx context.Context, path, target string, tables []string) (err error) {
	if _, err := os.Stat(path); err != nil {
		return fmt.Errorf("there is no database to save: %w", err)
	}
	if err := absent(target); err != nil {
		return err
	}
	partial := target + ".partial"
	f, err := os.OpenFile(partial, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600) //nolint:gosec // the operator names it
	if err != nil {
		return fmt.Errorf("writing the copy: %w", err)
	}
	defer f.Close()
	defer func() {
		if err != nil {
			os.Remove(partial)
		}
	}()
	db, err := open(path, "rw")
	if err != nil {
		return err
	}
	defer db.Close()
	if _, err := db.ExecContext(ctx, `VACUUM INTO ?`, partial); err != nil {
		return fmt.Errorf("copying the database: %w", err)
	}
	if err := check(ctx, partial, tables); err != nil {
		return err
	}
	if err := absent(target); err != nil {
		return err
	}
	return place(f, partial, target)
}

// Check reports what is wrong with a copy: no SQLite database, a damaged one,
// or one that is not Tributary's.
func Check(ctx context.Context, path string) error { return check(ctx, path, databaseTables) }

// What every version's files have.
var (
	databaseTables = []string{"goose_db_version", "partners", "facts"}
	clicksTables   = []string{"goose_db_version", "clicks", "click_hours"}
)

func check(ctx context.Context, path string, names []string) error {
	if info, err := os.Stat(path + "-wal"); err == nil && info.Size() > 0 {
		return fmt.Errorf("%s was copied while it was in use, without what its -wal file holds: make copies with tributary backup", path)
	}
	db, err := open(path, "ro", "immutable=1")
	if err != nil {
		return err
	}
	defer db.Close()
	var verdict string
	if err := db.QueryRowContext(ctx, `PRAGMA integrity_check(1)`).Scan(&verdict); err != nil {
		return fmt.Errorf("%s is no database, or a damaged one: %w", path, err)
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

func absent(path string) error {
	if _, err := os.Lstat(path); err == nil {
		return fmt.Errorf("%s %w", path, ErrExists)
	} else if !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// place makes what is written durable under its final name.
func place(f *os.File, from, to string) error {
	if err := f.Sync(); err != nil {
		return fmt.Errorf("writing %s: %w", to, err)
	}
	if err := os.Rename(from, to); err != nil {
		return err
	}
	dir, err := os.Open(filepath.Dir(to))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
