package main

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/id"
)

// TestVerifyWhereNothingCanBeWritten runs verify on a read-only file, in a
// read-only directory and on a full disk.
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
		limit     string // shell command that prevents writing
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
				cmd.SysProcAttr = unprivilegedUser()
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

// TestALogBesideAFileThatCannotBeWritten checks that verify reads the log that
// a server has left next to its database. If verify cannot read the log, it
// must say what to do, and must not report that the books are correct.
func TestALogBesideAFileThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	require.NoError(t, os.Chmod(filepath.Dir(dir), 0o755))
	filled := filepath.Join(dir, "filled.db")
	facts := filepath.Join(dir, "facts.ndjson")
	writeFacts(t, facts, 100)
	output(t, "sqlite:"+filled, "migrate", "up")
	output(t, "sqlite:"+filled, "import", facts)
	store := openStore(t, "sqlite:"+filled)
	// Only the log contains this damage, so verify finds no fault if it ignores
	// the log.
	require.NoError(t, store.Write(t.Context(), func(ctx context.Context, q db.Querier) error {
		_, err := q.Exec(ctx, `UPDATE balances SET amount_e6 = amount_e6 + 1 WHERE amount_e6 > 0`)
		return err
	}))
	const damaged = "invariant 1 broken"
	program := ownProgram(t, dir)

	for name, c := range map[string]struct {
		beside []string // suffixes of the files next to the database
		empty  bool     // whether the log is empty
		told   string   // expected error; empty if the command succeeds
	}{
		"a log":                           {[]string{"-wal"}, false, "test.db-wal. Copy this file and the database to a directory where you can write, and read them there"},
		"a log and its index":             {[]string{"-wal", "-shm"}, false, ""},
		"a log with nothing in it":        {[]string{"-wal"}, true, ""},
		"no log, changes in the database": {nil, true, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			place, writable := filepath.Join(dir, name), filepath.Join(dir, name+", copied")
			require.NoError(t, os.Mkdir(place, 0o755))
			require.NoError(t, os.Mkdir(writable, 0o755))
			require.NoError(t, os.Chmod(writable, 0o777))
			path := filepath.Join(place, "test.db")
			copyFile(t, filled, path, 0o644)
			for _, suffix := range []string{"-wal", "-shm"} {
				copyFile(t, filled+suffix, path+suffix, 0o644)
			}
			if c.empty {
				require.NoError(t, openStore(t, "sqlite:"+path).Close()) // closing moves the log into the database
				require.NoError(t, os.WriteFile(path+"-wal", nil, 0o644))
			}
			for _, suffix := range []string{"-wal", "-shm"} {
				if !slices.Contains(c.beside, suffix) {
					require.NoError(t, os.RemoveAll(path+suffix))
				}
			}
			require.NoError(t, os.Chmod(place, 0o555))
			t.Cleanup(func() { require.NoError(t, os.Chmod(place, 0o755)) })
			run := func(path string, args ...string) (string, error) {
				cmd := exec.CommandContext(t.Context(), program, args...)
				cmd.Env, cmd.Dir = []string{"TRIBUTARY_DB=sqlite:" + path}, writable
				cmd.SysProcAttr = unprivilegedUser()
				out, err := cmd.CombinedOutput()
				return string(out), err
			}
			for _, args := range [][]string{{"verify"}, {"backup", "saved.tar"}} {
				out, err := run(path, args...)
				switch {
				case c.told != "":
					require.Error(t, err, out)
					require.Contains(t, out, c.told)
				case args[0] == "verify":
					require.Contains(t, out, damaged)
				default:
					require.NoError(t, err, out)
				}
			}
			// The restored or copied file must have all the data, so verify it
			// in a directory where writing is possible.
			read := filepath.Join(writable, "read.db")
			if c.told == "" {
				out, err := run(read, "restore", "saved.tar")
				require.NoError(t, err, out)
			} else {
				copyFile(t, path, read, 0o666)
				copyFile(t, path+"-wal", read+"-wal", 0o666)
				require.NoError(t, os.Chmod(read, 0o666))
				require.NoError(t, os.Chmod(read+"-wal", 0o666))
			}
			out, _ := run(read, "verify")
			require.Contains(t, out, damaged)
		})
	}
}

// TestVerifyChangesNoSchema checks that verify reports an old schema and does
// not migrate it.
func TestVerifyChangesNoSchema(t *testing.T) {
	t.Parallel()
	file := "sqlite:" + filepath.Join(t.TempDir(), "old.db")
	for engine, c := range map[string]struct{ database, how string }{
		"sqlite":   {file, "tributary migrate up --db " + file},
		"postgres": {dbtest.New(t), "tributary migrate up, with a --db whose role may change the schema"},
	} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			output(t, c.database, "migrate", "up")
			store := openStore(t, c.database)
			last := count(t, store, `SELECT max(version_id) FROM goose_db_version`)
			require.NoError(t, store.Write(t.Context(), func(ctx context.Context, q db.Querier) error {
				_, err := q.Exec(ctx, `DELETE FROM goose_db_version WHERE version_id = $1`, last)
				return err
			}))

			out := requireRefused(t, c.database)
			require.Contains(t, out, "lacks 1 of this program's migrations. Apply them first: "+c.how)
			require.Regexp(t, fmt.Sprintf(`Missing: %05d_\w+\.sql`, last), out)
			require.Less(t, count(t, store, `SELECT max(version_id) FROM goose_db_version`), last)
		})
	}
}

// requireRefused runs verify, which must refuse to start, and returns its output.
func requireRefused(t *testing.T, database string) string {
	t.Helper()
	cmd := tributary(t, database, "verify")
	cmd.Stderr = nil
	out, err := cmd.CombinedOutput()
	require.Error(t, err, string(out))
	return string(out)
}

// TestVerifyByARoleThatMayOnlyRead checks that a database role with only the
// permission to read can verify the ledger. An empty database must stay empty.
func TestVerifyByARoleThatMayOnlyRead(t *testing.T) {
	t.Parallel()
	owners := dbtest.New(t)
	connection, err := pgx.Connect(t.Context(), owners)
	require.NoError(t, err)
	defer connection.Close(t.Context())
	role := "reader_" + id.New().Hex()
	_, err = connection.Exec(t.Context(), "CREATE ROLE "+role+" LOGIN IN ROLE pg_read_all_data")
	require.NoError(t, err)
	defer func() {
		_, err := connection.Exec(t.Context(), "DROP ROLE "+role)
		require.NoError(t, err)
	}()
	address, err := url.Parse(owners)
	require.NoError(t, err)
	address.User = url.User(role)
	readers := address.String()
	require.Contains(t, requireRefused(t, readers), "of this program's migrations. Apply them first")
	var tables int
	require.NoError(t, connection.QueryRow(t.Context(), `SELECT count(*) FROM pg_tables WHERE schemaname = 'public'`).Scan(&tables))
	require.Zero(t, tables)

	facts := filepath.Join(t.TempDir(), "facts.ndjson")
	writeFacts(t, facts, 100)
	output(t, owners, "import", facts)
	require.Contains(t, output(t, readers, "verify"), "100 rewards, 60 clients: 0 faults")
	out, err := tributary(t, readers, "settings", "set", "attribution_window", "60d").CombinedOutput()
	require.Error(t, err, "it can write: %s", out)
}

// ownProgram copies this test binary to a directory where every user may run
// it.
func ownProgram(t *testing.T, dir string) string {
	t.Helper()
	found, err := exec.LookPath("tributary")
	require.NoError(t, err)
	place := filepath.Join(dir, "bin")
	require.NoError(t, os.Mkdir(place, 0o755))
	path := filepath.Join(place, "tributary") // TestMain selects the command by this name
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

// unprivilegedUser returns the attributes of a process that runs as an unprivileged
// user. The test cannot use root, because root ignores file permissions.
func unprivilegedUser() *syscall.SysProcAttr {
	if os.Getuid() != 0 {
		return nil
	}
	const nobody = 65534
	return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
}
