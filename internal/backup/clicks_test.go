package backup_test

import (
	"database/sql"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/backup"
)

// createClicks makes a file of clicks beside the database at path.
func createClicks(t *testing.T, path string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path+".clicks?_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)")
	require.NoError(t, err)
	t.Cleanup(func() { db.Close() })
	_, err = db.ExecContext(t.Context(), `CREATE TABLE goose_db_version (id); CREATE TABLE clicks (id); CREATE TABLE click_hours (id); INSERT INTO clicks VALUES (1)`)
	require.NoError(t, err)
	return db
}

func TestClicksAreSavedAndRestored(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path, copied := filepath.Join(dir, "main.db"), filepath.Join(dir, "copy.db")
	db, clicks := create(t, path), createClicks(t, path)
	require.NoError(t, backup.SaveAll(t.Context(), path, copied))
	_, err := clicks.ExecContext(t.Context(), `INSERT INTO clicks VALUES (2)`)
	require.NoError(t, err)
	require.ErrorIs(t, backup.SaveAll(t.Context(), path, copied), backup.ErrExists)

	require.ErrorIs(t, backup.RestoreAll(t.Context(), copied, path, false), backup.ErrExists)
	require.NoError(t, db.Close())
	require.ErrorIs(t, backup.RestoreAll(t.Context(), copied, path, true), backup.ErrInUse, "the clicks are")
	require.Equal(t, 2, count(t, path+".clicks", "clicks"))
	require.NoError(t, clicks.Close())
	require.NoError(t, backup.RestoreAll(t.Context(), copied, path, true))
	require.Equal(t, 1, count(t, path+".clicks", "clicks"))
	require.Equal(t, 1, count(t, path, "partners"))

	// Damaged clicks leave both files as they are.
	require.NoError(t, os.WriteFile(copied+".clicks", []byte("notes"), 0o600))
	require.ErrorContains(t, backup.RestoreAll(t.Context(), copied, path, true), "the backup's clicks cannot be used")
	require.Equal(t, 1, count(t, path+".clicks", "clicks"))

	// A backup of a version without clicks.
	require.NoError(t, os.Remove(copied+".clicks"))
	require.NoError(t, backup.RestoreAll(t.Context(), copied, path, true))
	require.NoFileExists(t, path+".clicks")
	old := filepath.Join(dir, "old.db")
	require.NoError(t, backup.SaveAll(t.Context(), path, old))
	require.NoFileExists(t, old+".clicks")
}

// Clicks that cannot be copied take the copy of the database with them.
func TestNoCopyWithoutItsClicks(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path, copied := filepath.Join(dir, "main.db"), filepath.Join(dir, "copy.db")
	create(t, path)
	require.NoError(t, os.WriteFile(path+".clicks", []byte("no database at all, but long enough to be read as one"), 0o600))
	require.Error(t, backup.SaveAll(t.Context(), path, copied))
	require.NoFileExists(t, copied)
	require.NoFileExists(t, copied+".clicks")
}

func TestNoCopyWithoutItsDatabase(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	createClicks(t, filepath.Join(dir, "main.db"))
	require.Error(t, backup.SaveAll(t.Context(), filepath.Join(dir, "main.db"), filepath.Join(dir, "copy.db")))
	require.NoFileExists(t, filepath.Join(dir, "copy.db.clicks"))
}
