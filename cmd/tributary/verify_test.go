package main

import (
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/db"
)

// The books can be proved where nothing can be written: on a file and in a
// directory that are read-only, and on a full disk.
func TestVerifyWhereNothingCanBeWritten(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	require.NoError(t, os.Chmod(filepath.Dir(dir), 0o755))
	filled := filepath.Join(dir, "filled.db")
	facts := filepath.Join(dir, "facts.ndjson")
	writeFacts(t, facts, 100)
	output(t, "sqlite:"+filled, "migrate", "up")
	output(t, "sqlite:"+filled, "import", facts)
	program := ownProgram(t, dir)

	for name, c := range map[string]struct {
		file, dir os.FileMode
		limit     string // of the shell, on what a process may write
	}{
		"a read-only file":      {0o444, 0o777, "true"},
		"a read-only directory": {0o666, 0o555, "true"},
		"both read-only":        {0o444, 0o555, "true"},
		"a full disk":           {0o666, 0o777, "trap '' XFSZ; ulimit -f 0"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			place := filepath.Join(dir, name)
			require.NoError(t, os.Mkdir(place, 0o755))
			path := filepath.Join(place, "test.db")
			copyFile(t, filled, path, 0o600)
			require.NoError(t, os.Chmod(path, c.file))
			require.NoError(t, os.Chmod(place, c.dir))
			t.Cleanup(func() { require.NoError(t, os.Chmod(place, 0o755)) })
			run := func(args ...string) (string, error) {
				cmd := exec.CommandContext(t.Context(), "sh", append([]string{"-c", c.limit + `; exec "$0" "$@"`, program}, args...)...)
				cmd.Env, cmd.Dir = []string{"PATH=" + os.Getenv("PATH"), "TRIBUTARY_DB=sqlite:" + path}, dir
				cmd.SysProcAttr = stranger()
				out, err := cmd.CombinedOutput()
				return string(out), err
			}
			out, err := run("verify")
			require.NoError(t, err, out)
			require.Contains(t, out, "100 rewards, 60 clients: 0 faults")
			out, err = run("settings", "set", "attribution_window", "60d")
			require.Error(t, err, "it can be written: %s", out)
		})
	}
}

// A schema that is not up to date is said to be, and left as it is.
func TestVerifyChangesNoSchema(t *testing.T) {
	t.Parallel()
	database := "sqlite:" + filepath.Join(t.TempDir(), "old.db")
	output(t, database, "migrate", "up")
	store := look(t, database)
	last := count(t, store, `SELECT max(version_id) FROM goose_db_version`)
	require.NoError(t, store.Write(t.Context(), func(ctx context.Context, q db.Querier) error {
		_, err := q.Exec(ctx, `DELETE FROM goose_db_version WHERE version_id = $1`, last)
		return err
	}))

	cmd := tributary(t, database, "verify")
	cmd.Stderr = nil
	out, err := cmd.CombinedOutput()
	require.Error(t, err)
	require.Contains(t, string(out), "lacks 1 of this program's migrations. Apply them first: tributary migrate up --db "+database)
	require.Less(t, count(t, store, `SELECT max(version_id) FROM goose_db_version`), last)
}

// ownProgram is a copy of this program that every user may run.
func ownProgram(t *testing.T, dir string) string {
	t.Helper()
	found, err := exec.LookPath("tributary")
	require.NoError(t, err)
	place := filepath.Join(dir, "bin")
	require.NoError(t, os.Mkdir(place, 0o755))
	path := filepath.Join(place, "tributary") // its name says which command it is
	copyFile(t, found, path, 0o755)
	return path
}

func copyFile(t *testing.T, from, to string, mode os.FileMode) {
	t.Helper()
	in, err := os.Open(from)
	require.NoError(t, err)
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY|os.O_EXCL, mode)
	require.NoError(t, err)
	_, err = io.Copy(out, in)
	require.NoError(t, err)
	require.NoError(t, out.Close())
}

// stranger is a user to whom permissions apply: root may write everywhere.
func stranger() *syscall.SysProcAttr {
	if os.Getuid() != 0 {
		return nil
	}
	const nobody = 65534
	return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
}
