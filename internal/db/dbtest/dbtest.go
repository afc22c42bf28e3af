// Package dbtest gives each test a PostgreSQL database of its own. The
// environment variable TRIBUTARY_TEST_POSTGRES must contain the URL of a
// server. If it is not set, the test fails, because a store must be tested on
// both engines.
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

// Env is the environment variable with the server's URL. The user in the URL
// must be allowed to create databases.
const Env = "TRIBUTARY_TEST_POSTGRES"

// patience is the maximum duration of a CREATE or DROP DATABASE. Both are slow
// when many tests run at the same time.
const patience = time.Minute

var errUnset = errors.New("no PostgreSQL to test on, because " + Env + " is not set: " +
	"run make test, or scripts/postgres.sh run -- go test ./internal/rebate. Tests on PostgreSQL are never skipped")

// New returns the URL of a new, empty database. The database is dropped when
// the test ends.
func New(tb testing.TB) string {
	tb.Helper()
	return fresh(tb, "template0")
}

// Template returns the URL of a new copy of a database. The copy is dropped
// when the test ends. Template calls prepare to set up the original, once for
// each process and name. prepare gets an empty database, and must close its
// connections before it returns. If it fails, every test that uses this name
// fails.
func Template(tb testing.TB, name string, prepare func(dsn string) error) string {
	tb.Helper()
	source, err := templateFor(name).get(tb.Context(), prepare)
	if err != nil {
		tb.Fatalf("dbtest: preparing the template %s: %v", name, err)
	}
	return fresh(tb, source)
}

// Template databases are never dropped. The whole server is deleted after the
// tests.
var (
	templates   = map[string]*template{}
	templatesMu sync.Mutex
)

type template struct {
	once     sync.Once
	database string
	err      error
}

func templateFor(name string) *template {
	templatesMu.Lock()
	defer templatesMu.Unlock()
	if templates[name] == nil {
		templates[name] = &template{}
	}
	return templates[name]
}

// get creates the template at the first call. It does not stop when the
// caller's context ends, because other tests may need the template.
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

func create(ctx context.Context, source string) (string, error) {
	database := "test_" + strings.ToLower(rand.Text())
	return database, execute(ctx, "CREATE DATABASE "+quote(database)+" TEMPLATE "+quote(source))
}

func quote(identifier string) string { return pgx.Identifier{identifier}.Sanitize() }

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

// serverURL returns the URL of the database with this name, or the URL in Env
// if the name is empty.
func serverURL(name string) (string, error) {
	value := os.Getenv(Env)
	if value == "" {
		return "", errUnset
	}
	server, err := url.Parse(value)
	if err != nil || !strings.HasPrefix(server.Scheme, "postgres") {
		return "", fmt.Errorf("%s is not a postgres:// URL", Env)
	}
	if name != "" {
		server.Path = "/" + name
	}
	return server.String(), nil
}
