package backup_test

import (
	"database/sql"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/backup"
)

// create makes a database in WAL mode that looks like the programme's.
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

func count(t *testing.T, path, table string) (n int) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path+"?mode=ro")
	require.NoError(t, err)
	defer db.Close()
	require.NoError(t, db.QueryRowContext(t.Context(), `SELECT count(*) FROM `+table).Scan(&n))
	return n
}

// A copy is one moment of the database, between two transactions.
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
	for _, name := range []string{"one.db", "two.db", "three.db"} {
		copied := filepath.Join(dir, name)
		require.NoError(t, backup.Save(t.Context(), path, copied))
		facts := count(t, copied, "facts")
		require.Equal(t, facts, count(t, copied, "doubles"))
		require.GreaterOrEqual(t, facts, last)
		last = facts
		info, err := os.Stat(copied)
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode().Perm(), "it holds what signs tokens")
	}
	stop.Store(true)
	require.NoError(t, <-done)
	leftovers, err := filepath.Glob(filepath.Join(dir, "*.partial"))
	require.NoError(t, err)
	require.Empty(t, leftovers)
}

func TestSaveOverwritesNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path, target := filepath.Join(dir, "main.db"), filepath.Join(dir, "copy.db")
	create(t, path)
	require.NoError(t, os.WriteFile(target, []byte("precious"), 0o600))
	require.ErrorIs(t, backup.Save(t.Context(), path, target), backup.ErrExists)
	text, err := os.ReadFile(target)
	require.NoError(t, err)
	require.Equal(t, "precious", string(text))
	require.Error(t, backup.Save(t.Context(), filepath.Join(dir, "missing.db"), filepath.Join(dir, "x.db")))
	require.NoFileExists(t, filepath.Join(dir, "x.db"))
	require.NoFileExists(t, filepath.Join(dir, "missing.db"))
}

func TestRestore(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path, copied := filepath.Join(dir, "main.db"), filepath.Join(dir, "copy.db")
	db := create(t, path)
	require.NoError(t, backup.Save(t.Context(), path, copied))
	_, err := db.ExecContext(t.Context(), `INSERT INTO partners VALUES (1)`)
	require.NoError(t, err)

	require.ErrorIs(t, backup.Restore(t.Context(), copied, path, false), backup.ErrExists)
	require.ErrorIs(t, backup.Restore(t.Context(), copied, path, true), backup.ErrInUse)
	require.Equal(t, 2, count(t, path, "partners"))
	require.NoError(t, db.Close())
	require.NoError(t, backup.Restore(t.Context(), copied, path, true))
	require.Equal(t, 1, count(t, path, "partners"))
	require.NoFileExists(t, path+".restoring")

	fresh := filepath.Join(dir, "new", "place.db")
	require.NoError(t, backup.Restore(t.Context(), copied, fresh, false))
	require.Equal(t, 1, count(t, fresh, "partners"))
	require.FileExists(t, copied)
}

// What is no whole backup is refused, and the database stays as it was.
func TestRestoreRefuses(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path, copied := filepath.Join(dir, "main.db"), filepath.Join(dir, "copy.db")
	require.NoError(t, create(t, path).Close())
	require.NoError(t, backup.Save(t.Context(), path, copied))
	whole, err := os.ReadFile(copied)
	require.NoError(t, err)
	foreign := filepath.Join(dir, "foreign.db")
	db, err := sql.Open("sqlite", "file:"+foreign)
	require.NoError(t, err)
	_, err = db.ExecContext(t.Context(), `CREATE TABLE partners (id)`)
	require.NoError(t, err)
	require.NoError(t, db.Close())

	damaged := append([]byte{}, whole...)
	for i := len(damaged) - 4096; i < len(damaged); i++ {
		damaged[i] ^= 0xff
	}
	for name, content := range map[string][]byte{
		"half.db": whole[:len(whole)/2], "damaged.db": damaged, "notes.txt": []byte("notes"), "empty.db": {},
	} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), content, 0o600))
	}
	for _, name := range []string{"half.db", "damaged.db", "notes.txt", "empty.db", "foreign.db", "missing.db", "."} {
		require.Error(t, backup.Restore(t.Context(), filepath.Join(dir, name), path, true), name)
		require.Equal(t, 1, count(t, path, "partners"))
		require.NoFileExists(t, path+".restoring")
	}
}

// A database that is in use is not a copy of one: part of it is in its log.
func TestRestoreRefusesARawCopy(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	create(t, filepath.Join(dir, "live.db")) // stays open
	target := filepath.Join(dir, "main.db")
	require.ErrorContains(t, backup.Restore(t.Context(), filepath.Join(dir, "live.db"), target, false), "make copies with tributary backup")
	require.NoFileExists(t, target)
}

// A database too damaged to be opened is what a backup is for.
func TestRestoreOverADamagedDatabase(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path, copied := filepath.Join(dir, "main.db"), filepath.Join(dir, "copy.db")
	require.NoError(t, create(t, path).Close())
	require.NoError(t, backup.Save(t.Context(), path, copied))
	require.NoError(t, os.WriteFile(path, []byte("no database at all, but long enough to be read as one"), 0o600))
	require.NoError(t, os.WriteFile(path+"-wal", []byte("left over"), 0o600))
	require.NoError(t, backup.Restore(t.Context(), copied, path, true))
	require.Equal(t, 1, count(t, path, "partners"))
}
