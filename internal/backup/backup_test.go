package backup_test

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/backup"
)

// create creates a database in WAL mode that has the tables of Tributary.
func create(t *testing.T, path string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)")
	require.NoError(t, err)
	t.Cleanup(func() { db.Close() })
	_, err = db.ExecContext(t.Context(), `CREATE TABLE goose_db_version (id); CREATE TABLE facts (id);
		CREATE TABLE partners (id); INSERT INTO partners VALUES (0); CREATE TABLE doubles (id)`)
	require.NoError(t, err)
	return db
}

func createClicks(t *testing.T, path string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path+".clicks?_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)")
	require.NoError(t, err)
	t.Cleanup(func() { db.Close() })
	_, err = db.ExecContext(t.Context(), `CREATE TABLE goose_db_version (id); CREATE TABLE clicks (id); CREATE TABLE click_hours (id); INSERT INTO clicks VALUES (1)`)
	require.NoError(t, err)
	return db
}

var savedAt = time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)

func save(t *testing.T, path, target string) {
	t.Helper()
	saved, err := backup.Save(t.Context(), path, target, savedAt)
	require.NoError(t, err)
	info, err := os.Stat(target)
	require.NoError(t, err)
	require.Equal(t, info.Size(), saved.Bytes)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm(), "the backup holds the keys that sign tokens")
	leftovers, err := filepath.Glob(filepath.Join(filepath.Dir(target), "*.partial*"))
	require.NoError(t, err)
	require.Empty(t, leftovers)
}

func count(t *testing.T, path, table string) (n int) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path+"?mode=ro")
	require.NoError(t, err)
	defer db.Close()
	require.NoError(t, db.QueryRowContext(t.Context(), `SELECT count(*) FROM `+table).Scan(&n))
	return n
}

// TestSaveWhileWriting checks that a backup never contains half of a
// transaction.
func TestSaveWhileWriting(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "main.db")
	db := create(t, path)
	var stop atomic.Bool
	done := make(chan error, 1)
	go func() {
		for !stop.Load() {
			if _, err := db.Exec(`BEGIN IMMEDIATE; INSERT INTO facts VALUES (1); INSERT INTO doubles VALUES (1); COMMIT`); err != nil {
				done <- err
				return
			}
		}
		done <- nil
	}()
	last := -1
	for _, name := range []string{"one", "two", "three"} {
		save(t, path, filepath.Join(dir, name))
		restored := filepath.Join(dir, name+".db")
		require.NoError(t, backup.Restore(t.Context(), filepath.Join(dir, name), restored, false))
		facts := count(t, restored, "facts")
		require.Equal(t, facts, count(t, restored, "doubles"))
		require.GreaterOrEqual(t, facts, last)
		last = facts
	}
	stop.Store(true)
	require.NoError(t, <-done)
}

func TestSaveOverwritesNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path, target := filepath.Join(dir, "main.db"), filepath.Join(dir, "copy")
	create(t, path)
	require.NoError(t, os.WriteFile(target, []byte("precious"), 0o600))
	_, err := backup.Save(t.Context(), path, target, savedAt)
	require.ErrorIs(t, err, backup.ErrExists)
	text, err := os.ReadFile(target)
	require.NoError(t, err)
	require.Equal(t, "precious", string(text))
	_, err = backup.Save(t.Context(), filepath.Join(dir, "missing.db"), filepath.Join(dir, "x"), savedAt)
	require.Error(t, err)
	require.NoFileExists(t, filepath.Join(dir, "x"))
	require.NoFileExists(t, filepath.Join(dir, "missing.db"))
}

// TestRestore checks that one backup file contains the database and the clicks,
// and that Restore restores both.
func TestRestore(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path, copied := filepath.Join(dir, "main.db"), filepath.Join(dir, "copy")
	db, clicks := create(t, path), createClicks(t, path)
	save(t, path, copied)
	_, err := db.ExecContext(t.Context(), `INSERT INTO partners VALUES (1)`)
	require.NoError(t, err)
	_, err = clicks.ExecContext(t.Context(), `INSERT INTO clicks VALUES (2)`)
	require.NoError(t, err)

	require.ErrorIs(t, backup.Restore(t.Context(), copied, path, false), backup.ErrExists)
	require.ErrorIs(t, backup.Restore(t.Context(), copied, path, true), backup.ErrInUse)
	require.NoError(t, db.Close())
	require.ErrorIs(t, backup.Restore(t.Context(), copied, path, true), backup.ErrInUse, "the clicks are")
	require.Equal(t, 2, count(t, path, "partners"))
	require.Equal(t, 2, count(t, path+".clicks", "clicks"))
	require.NoError(t, clicks.Close())
	require.NoError(t, backup.Restore(t.Context(), copied, path, true))
	require.Equal(t, 1, count(t, path, "partners"))
	require.Equal(t, 1, count(t, path+".clicks", "clicks"))

	fresh := filepath.Join(dir, "new", "place.db")
	require.NoError(t, backup.Restore(t.Context(), copied, fresh, false))
	require.Equal(t, 1, count(t, fresh, "partners"))
	require.Equal(t, 1, count(t, fresh+".clicks", "clicks"))
	require.NoError(t, backup.Interrupted(fresh))
	left, err := os.ReadDir(filepath.Dir(fresh))
	require.NoError(t, err)
	require.Len(t, left, 2)
}

// TestRestoreWithoutClicks restores a backup from a version without clicks. The
// existing clicks must be removed, because they belong to another database.
func TestRestoreWithoutClicks(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path, copied := filepath.Join(dir, "main.db"), filepath.Join(dir, "copy")
	require.NoError(t, create(t, path).Close())
	save(t, path, copied)
	require.NoError(t, createClicks(t, path).Close())
	require.NoError(t, backup.Restore(t.Context(), copied, path, true))
	require.NoFileExists(t, path+".clicks")
}

// TestRestoreRefusesEveryDamage removes or changes one byte of a backup at a
// time. Restore must refuse the backup and change neither the database nor the
// clicks.
func TestRestoreRefusesEveryDamage(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path, copied := filepath.Join(dir, "main.db"), filepath.Join(dir, "copy")
	require.NoError(t, create(t, path).Close())
	require.NoError(t, createClicks(t, path).Close())
	save(t, path, copied)
	whole, err := os.ReadFile(copied)
	require.NoError(t, err)
	damaged := filepath.Join(dir, "damaged")
	refuse := func(what string, content []byte) {
		t.Helper()
		require.NoError(t, os.WriteFile(damaged, content, 0o600))
		require.Error(t, backup.Restore(t.Context(), damaged, path, true), what)
	}
	for i := 0; i < len(whole); i += 97 {
		content := append([]byte{}, whole...)
		content[i] ^= 1
		refuse(fmt.Sprintf("byte %d", i), content)
	}
	for _, n := range []int{0, 1, 511, len(whole) / 2, len(whole) - 90, len(whole) - 1} {
		refuse(fmt.Sprintf("the first %d bytes", n), whole[:n])
	}
	refuse("something after the end", append(append([]byte{}, whole...), 'x'))
	refuse("notes", []byte("notes"))
	for _, name := range []string{"missing", "."} {
		require.Error(t, backup.Restore(t.Context(), filepath.Join(dir, name), path, true), name)
	}
	require.Equal(t, 1, count(t, path, "partners"))
	require.Equal(t, 1, count(t, path+".clicks", "clicks"))
	left, err := filepath.Glob(filepath.Join(dir, "*.restor*"))
	require.NoError(t, err)
	require.Empty(t, left)
}

// TestRestoreExplainsTheOldFormat checks the error for a backup of an earlier
// version. Such a backup consists of two databases. Restoring only one of them
// would lose all clicks.
func TestRestoreExplainsTheOldFormat(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	require.NoError(t, create(t, filepath.Join(dir, "old.db")).Close())
	target := filepath.Join(dir, "main.db")
	err := backup.Restore(t.Context(), filepath.Join(dir, "old.db"), target, false)
	require.ErrorContains(t, err, "FILE.clicks")
	require.NoFileExists(t, target)
}

// TestRestoreOverADamagedDatabase checks that a backup can replace a database
// that is too damaged to be opened.
func TestRestoreOverADamagedDatabase(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path, copied := filepath.Join(dir, "main.db"), filepath.Join(dir, "copy")
	require.NoError(t, create(t, path).Close())
	save(t, path, copied)
	require.NoError(t, os.WriteFile(path, []byte("not a database at all, but long enough to be read as one"), 0o600))
	require.NoError(t, os.WriteFile(path+"-wal", []byte("left over"), 0o600))
	require.NoError(t, backup.Restore(t.Context(), copied, path, true))
	require.Equal(t, 1, count(t, path, "partners"))
}

// TestInterruptedRestore checks that Interrupted returns an error after a
// restore that could rename only one of the files, until the restore is run
// again.
func TestInterruptedRestore(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path, copied := filepath.Join(dir, "main.db"), filepath.Join(dir, "copy")
	require.NoError(t, create(t, path).Close())
	require.NoError(t, createClicks(t, path).Close())
	save(t, path, copied)
	require.NoError(t, os.Remove(path+".clicks"))
	require.NoError(t, os.MkdirAll(filepath.Join(path+".clicks", "in the way"), 0o700))
	require.Error(t, backup.Restore(t.Context(), copied, path, true))
	require.ErrorIs(t, backup.Interrupted(path), backup.ErrInterrupted)
	require.NoError(t, os.RemoveAll(path+".clicks"))
	require.ErrorIs(t, backup.Interrupted(path), backup.ErrInterrupted)
	require.NoError(t, backup.Restore(t.Context(), copied, path, true))
	require.NoError(t, backup.Interrupted(path))
	require.Equal(t, 1, count(t, path+".clicks", "clicks"))
}

// TestNoBackupWithoutItsClicks checks that Save leaves no file if it cannot
// copy the clicks.
func TestNoBackupWithoutItsClicks(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path, copied := filepath.Join(dir, "main.db"), filepath.Join(dir, "copy")
	create(t, path)
	require.NoError(t, os.WriteFile(path+".clicks", []byte("not a database at all, but long enough to be read as one"), 0o600))
	_, err := backup.Save(t.Context(), path, copied, savedAt)
	require.Error(t, err)
	left, err := filepath.Glob(copied + "*")
	require.NoError(t, err)
	require.Empty(t, left)
}
