package backup

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// ErrInUse says that another process has the database open.
var ErrInUse = errors.New("is in use. First stop the server and every other command that uses it")

// ErrInterrupted says that a restore was interrupted after it had replaced only
// one of the two files.
var ErrInterrupted = errors.New("is only partly restored, because a restore was interrupted. Run tributary restore --force again")

const (
	unpacking = ".restoring" // suffix of a file that is being unpacked
	checked   = ".restored"  // suffix of a file that has been checked and is not renamed yet
)

// Restore replaces the database at path and its clicks with those of a backup.
// Before it changes anything, it verifies the checksum of the backup and checks
// each database in it.
//
// It returns ErrExists if a file exists and force is false, and ErrInUse if a
// process has the database open. If the process is killed after it has replaced
// one of the two files, Interrupted returns an error until the restore is run
// again. A backup without clicks removes the existing clicks, because they do
// not belong to the restored database.
func Restore(ctx context.Context, source, path string, force bool) (err error) {
	paths := map[string]string{databasePart.name: path, clicksPart.name: path + clicksSuffix}
	if !force {
		for _, p := range []part{databasePart, clicksPart} {
			if err := checkAbsent(paths[p.name]); err != nil {
				return fmt.Errorf("%w. Add --force to overwrite it", err)
			}
		}
	}
	f, err := os.Open(source) //nolint:gosec // the operator chooses the path
	if err != nil {
		return err
	}
	defer f.Close()
	size, err := verifyWhole(ctx, f)
	if err != nil {
		return fmt.Errorf("%s %w", source, err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	defer func() {
		for _, p := range paths {
			os.Remove(p + unpacking)
		}
	}()
	found, err := unpack(ctx, f, size, func(p part) string { return paths[p.name] + unpacking })
	if err != nil {
		return fmt.Errorf("%s %w", source, err)
	}
	for _, p := range found {
		if err := check(ctx, paths[p.name]+unpacking, p.tables); err != nil {
			return fmt.Errorf("%s cannot be used: %w", source, err)
		}
	}
	for _, p := range []part{databasePart, clicksPart} {
		if err := retire(ctx, paths[p.name]); err != nil {
			return err
		}
	}
	return replace(found, path)
}

// replace moves the unpacked files to their final names. The database gets the
// suffix checked until the clicks are in place. If the process dies in between,
// this suffix shows that the restore is incomplete.
func replace(found []part, path string) error {
	if err := move(path+unpacking, path+checked); err != nil {
		return err
	}
	clicks := path + clicksSuffix
	if len(found) > 1 {
		if err := move(clicks+unpacking, clicks); err != nil {
			return fmt.Errorf("replacing the clicks: %w. Run the restore again", err)
		}
	} else if err := os.Remove(clicks); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("removing the old clicks: %w. Run the restore again", err)
	}
	if err := move(path+checked, path); err != nil {
		return fmt.Errorf("replacing the database: %w. Run the restore again", err)
	}
	return nil
}

// Interrupted returns ErrInterrupted if a restore of the database at path has
// not replaced all files yet.
func Interrupted(path string) error {
	if _, err := os.Lstat(path + checked); err == nil {
		return fmt.Errorf("%s %w", path, ErrInterrupted)
	}
	return nil
}

// retire returns an error if a process has the database open. Otherwise, it
// removes the database's companion files, because SQLite would use them with
// the new database. It accepts a database that is too damaged to be opened,
// because a restore must be able to replace it.
func retire(ctx context.Context, path string) error {
	if _, err := os.Lstat(path); errors.Is(err, os.ErrNotExist) {
		return removeCompanions(path)
	}
	db, err := open(path, "rw")
	if err != nil {
		return err
	}
	defer db.Close()
	// To leave WAL mode, SQLite needs exclusive access, so this fails while
	// another connection is open.
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
