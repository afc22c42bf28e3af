package main

import (
	"compress/gzip"
	"database/sql"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/db/dbtest"
)

// TestScripts runs the scripts in testdata. Scripts named pg_*.txt run on
// PostgreSQL, scripts named both_*.txt on both engines, and all others on
// SQLite. TRIBUTARY_DB has the database's address.
func TestScripts(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.txt")
	require.NoError(t, err)
	var onSQLite, onPostgres []string
	for _, file := range files {
		name := filepath.Base(file)
		if !strings.HasPrefix(name, "pg_") {
			onSQLite = append(onSQLite, file)
		}
		if strings.HasPrefix(name, "pg_") || strings.HasPrefix(name, "both_") {
			onPostgres = append(onPostgres, file)
		}
	}
	require.NotEmpty(t, onSQLite)
	require.NotEmpty(t, onPostgres)
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		runScripts(t, onSQLite, func(*testscript.Env) string { return "sqlite:test.db" })
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		runScripts(t, onPostgres, func(env *testscript.Env) string { return dbtest.New(env.T().(testing.TB)) })
	})
}

func runScripts(t *testing.T, files []string, database func(*testscript.Env) string) {
	t.Helper()
	root, err := filepath.Abs(repository)
	require.NoError(t, err)
	testscript.Run(t, testscript.Params{
		Files:               files,
		RequireExplicitExec: true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("TRIBUTARY_DB", database(env))
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"status": exitStatus, "address": freeAddress, "get": get, "signal": sendSignal,
			"walk": walkThrough(root), "gzip": compress, "cut": cutShort, "lastline": lastLine, "sql": changeStore, "await": awaitText,
			"metric": awaitMetric,
		},
	})
}

// exitStatus implements "status N program args...". The program must exit with
// status N.
func exitStatus(ts *testscript.TestScript, _ bool, args []string) {
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		failed, ok := err.(*exec.ExitError) //nolint:errorlint // os/exec returns the error unwrapped
		if !ok {
			ts.Fatalf("%v", err)
		}
		got = failed.ExitCode()
	}
	if strconv.Itoa(got) != args[0] {
		ts.Fatalf("exit status %d, want %s", got, args[0])
	}
}

// freeAddress implements "address NAME". It sets an environment variable to an
// unused address of this machine.
func freeAddress(ts *testscript.TestScript, _ bool, args []string) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	ts.Setenv(args[0], l.Addr().String())
	ts.Check(l.Close())
}

// get implements "get STATUS URL [token]". It repeats the request for up to ten
// seconds, until the response has the status. It writes the body to the file
// "answer".
func get(ts *testscript.TestScript, _ bool, args []string) {
	seen := ""
	for range 200 {
		status, body, err := ask(args[1], strings.Join(args[2:], " "))
		if err == nil && status == args[0] {
			ts.Check(os.WriteFile(ts.MkAbs("answer"), body, 0o600))
			return
		}
		seen = fmt.Sprintf("%s %s %v", status, body, err)
		time.Sleep(50 * time.Millisecond)
	}
	ts.Fatalf("%s never answered %s; the last answer: %s", args[1], args[0], seen)
}

// awaitMetric implements "metric VALUE URL NAME". It reads the metrics at the
// URL for up to ten seconds, until the metric called NAME has the value. NAME
// includes the metric's labels.
func awaitMetric(ts *testscript.TestScript, _ bool, args []string) {
	for range 200 {
		_, body, err := ask(args[1], "")
		if err == nil && strings.Contains(string(body), "\n"+args[2]+" "+args[0]+"\n") {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	ts.Fatalf("%s never was %s", args[2], args[0])
}

func ask(url, token string) (status string, body []byte, err error) {
	request, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		return "", nil, err
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	client := http.Client{Timeout: 10 * time.Second}
	response, err := client.Do(request)
	if err != nil {
		return "", nil, err
	}
	defer response.Body.Close()
	body, err = io.ReadAll(response.Body)
	return strconv.Itoa(response.StatusCode), body, err
}

// sendSignal implements "signal TERM" and "signal INT". It sends the signal to
// the background commands.
func sendSignal(ts *testscript.TestScript, _ bool, args []string) {
	signal := map[string]os.Signal{"TERM": syscall.SIGTERM, "INT": os.Interrupt}[args[0]]
	for _, cmd := range ts.BackgroundCmds() {
		ts.Check(cmd.Process.Signal(signal))
	}
}

// compress implements "gzip FILE", which writes FILE.gz.
func compress(ts *testscript.TestScript, _ bool, args []string) {
	f, err := os.Create(ts.MkAbs(args[0] + ".gz"))
	ts.Check(err)
	w := gzip.NewWriter(f)
	_, err = io.WriteString(w, ts.ReadFile(args[0]))
	ts.Check(err)
	ts.Check(w.Close())
	ts.Check(f.Close())
}

// cutShort implements "cut FILE", which removes the second half of a file.
func cutShort(ts *testscript.TestScript, _ bool, args []string) {
	info, err := os.Stat(ts.MkAbs(args[0]))
	ts.Check(err)
	ts.Check(os.Truncate(ts.MkAbs(args[0]), info.Size()/2))
}

// lastLine implements "lastline NAME". It sets an environment variable to the
// last line that the previous command printed.
func lastLine(ts *testscript.TestScript, _ bool, args []string) {
	lines := strings.Split(strings.TrimRight(ts.ReadFile("stdout"), "\n"), "\n")
	ts.Setenv(args[0], lines[len(lines)-1])
}

// awaitText implements "await FILE TEXT", which waits until the file contains
// the text.
func awaitText(ts *testscript.TestScript, _ bool, args []string) {
	for range 200 {
		content, err := os.ReadFile(ts.MkAbs(args[0]))
		if err == nil && strings.Contains(string(content), args[1]) {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	ts.Fatalf("%s never contained %q", args[0], args[1])
}

// changeStore implements "sql STATEMENT", which executes a statement on the
// database.
func changeStore(ts *testscript.TestScript, _ bool, args []string) {
	driver, address := "pgx", ts.Getenv("TRIBUTARY_DB")
	if path, ok := strings.CutPrefix(address, "sqlite:"); ok {
		driver, address = "sqlite", ts.MkAbs(path)
	}
	db, err := sql.Open(driver, address)
	ts.Check(err)
	defer db.Close()
	result, err := db.Exec(args[0])
	ts.Check(err)
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		ts.Fatalf("no row changed: %v", err)
	}
}
