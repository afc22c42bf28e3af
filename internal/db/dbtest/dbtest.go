// Package dbtest gives a test a PostgreSQL database of its own. The server is
// the one that TRIBUTARY_TEST_POSTGRES names. Without it the test fails: a
// store must be tested on both engines.
package dbtest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// Env names the variable that holds the URL of the server to test on. Its
// user must be allowed to create databases.
const Env = "TRIBUTARY_TEST_POSTGRES"

// patience bounds one CREATE or DROP DATABASE, which can be slow while every
// other test asks for the same.
const patience = time.Minute

var errUnset = errors.New("no PostgreSQL to test on, because " + Env + " is not set: " +
	"run make test, or scripts/postgres.sh run -- go test ./internal/rebate; it is never skipped")

// New returns the URL of a fresh, empty database, which is dropped when the
// test ends.
func New(tb testing.TB) string {
	tb.Helper()
	return fresh(tb, "template0")
}

// Template returns the URL of a fresh copy of the database that prepare made.
// The copy is dropped when the test ends. prepare runs once per process and
// name, on an empty database, and must have closed its connections when it
// returns. If it returns an error, every test that asks for name fails.
func Template(tb testing.TB, name string, prepare func(dsn string) error) string {
	tb.Helper()
	source, err := named(name).get(tb.Context(), prepare)
	if err != nil {
		tb.Fatalf("dbtest: preparing the template %s: %v", name, err)
	}
	return fresh(tb, source)
}

// templates are never dropped: they disappear with the throwaway server.
var (
	templates   = map[string]*template{}
	templatesMu sync.Mutex
)

type template struct {
	once     sync.Once
	database string
	err      error
}

func named(name string) *template {
	templatesMu.Lock()
	defer templatesMu.Unlock()
	if templates[name] == nil {
		templates[name] = &template{}
	}
	return templates[name]
}

// get makes the template on the first call. The test that calls first may end
// first, so its context does not limit the others.
func (t *template) get(ctx context.Context, prepare func(dsn string) error) (string, error) {
	t.once.Do(func() {
		t.err = errors.New("the preparation did not return") // this error stays if prepare panics or calls Goexit
		database, err := create(context.WithoutCancel(ctx), "template0")
		if err == nil {
			t.database = database
			err = prepareIn(database, prepare)
		}
		t.err = err
	})
	return t.database, t.err
}

func prepareIn(database string, prepare func(dsn string) error) error {
	dsn, err := serverURL(database)
	if err != nil {
		return err
	}
	return prepare(dsn)
}

func fresh(tb testing.TB, source string) string {
	tb.Helper()
	ctx := context.WithoutCancel(tb.Context())
	database, err := create(ctx, source)
	if err != nil {
		tb.Fatalf("dbtest: %v", err)
	}
	tb.Cleanup(func() {
		if err := execute(ctx, "DROP DATABASE "+quote(database)+" WITH (FORCE)"); err != nil {
			tb.Errorf("dbtest: %v", err)
		}
	})
	dsn, err := serverURL(database)
	if err != nil {
		tb.Fatalf("dbtest: %v", err)
	}
	return dsn
}

// create makes a database as a copy of source and returns its name.
func create(ctx context.Context, source string) (string, error) {
	database := "test_" + strings.ToLower(rand.Text())
	return database, execute(ctx, "CREATE DATABASE "+quote(database)+" TEMPLATE "+quote(source))
}

func quote(identifier string) string { return pgx.Identifier{identifier}.Sanitize() }

// execute runs one statement on the server, outside any test's database.
func execute(ctx context.Context, statement string) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	dsn, err := serverURL("")
	if err != nil {
		return err
	}
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return fmt.Errorf("connecting to the server in %s: %w", Env, err)
	}
	_, err = conn.Exec(ctx, statement)
	if err != nil {
		err = fmt.Errorf("%s: %w", statement, err)
	}
	return errors.Join(err, conn.Close(ctx))
}

// serverURL is the URL of a database on the server, or of the one that Env
// itself names when database is empty.
func serverURL(database string) (string, error) {
	value := os.Getenv(Env)
	if value == "" {
		return "", errUnset
	}
	server, err := url.Parse(value)
	if err != nil || !strings.HasPrefix(server.Scheme, "postgres") {
		return "", fmt.Errorf("%s is not a postgres:// URL", Env)
	}
	if database != "" {
		server.Path = "/" + database
	}
	return server.String(), nil
}
