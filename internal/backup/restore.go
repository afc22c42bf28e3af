package backup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// ErrInUse is returned when another process has the database open.
var ErrInUse = errors.New("is in use: stop the server and every other command on it first")

// Restore puts a copy of source in the place of the database at path. The copy
// is checked first; until that moment nothing is touched. A database that is
// there is overwritten only with force (ErrExists), and never while a process
// has it open (ErrInUse).
func Restore(ctx context.Context, source, path string, force bool) error {
	return restore(ctx, source, path, force, databaseTables)
}

func restore(ctx context.Context, source, path string, force bool, tables []string) (err error) {
	if !force {
		if err := absent(path); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	partial := path + ".restoring"
	f, err := copyFile(source, partial)
	if err != nil {
		return fmt.Errorf("copying the backup: %w", err)
	}
	defer f.Close()
	defer func() {
		if err != nil {
			os.Remove(partial)
		}
	}()
	if info, err := os.Stat(source + "-wal"); err == nil && info.Size() > 0 {
		return fmt.Errorf("%s is a database in use, not a copy of one: make copies with tributary backup", source)
	}
	if err := check(ctx, partial, tables); err != nil {
		return fmt.Errorf("the backup %s cannot be used: %w", source, err)
	}
	if err := retire(ctx, path); err != nil {
		return err
	}
	return place(f, partial, path)
}

// copyFile leaves the copy open, to be synced.
func copyFile(source, target string) (*os.File, error) {
	from, err := os.Open(source) //nolint:gosec // the operator names it
	if err != nil {
		return nil, err
	}
	defer from.Close()
	if info, err := from.Stat(); err != nil || !info.Mode().IsRegular() {
		return nil, errors.Join(err, fmt.Errorf("%s is not a file", source))
	}
	to, err := os.OpenFile(target, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600) //nolint:gosec // the operator names it
	if err != nil {
		return nil, err
	}
	if _, err := io.Copy(to, from); err != nil {
		return nil, errors.Join(err, to.Close(), os.Remove(target))
	}
	return to, nil
}

// retire makes sure that nobody has the database open and removes its
// companion files, which would be taken for the new one's. A database so
// damaged that it cannot be opened is what a backup is for.
func retire(ctx context.Context, path string) error {
	if _, err := os.Lstat(path); errors.Is(err, os.ErrNotExist) {
		return removeCompanions(path)
	}
	db, err := open(path, "rw")
	if err != nil {
		return err
	}
	defer db.Close()
	// Leaving WAL mode takes the whole database, which only its last
	// connection can.
	var mode string
	err = db.QueryRowContext(ctx, `PRAGMA journal_mode = DELETE`).Scan(&mode)
	if locked(err) || err == nil && mode != "delete" {
		return fmt.Errorf("%s %w", path, ErrInUse)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return errors.Join(db.Close(), removeCompanions(path))
}

func locked(err error) bool {
	var failure *sqlite.Error
	if !errors.As(err, &failure) {
		return false
	}
	code := failure.Code() & 0xff
	return code == sqlite3.SQLITE_BUSY || code == sqlite3.SQLITE_LOCKED
}

func removeCompanions(path string) error {
	for _, suffix := range []string{"-wal", "-shm", "-journal"} {
		if err := os.Remove(path + suffix); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return nil
}
