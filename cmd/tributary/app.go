package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"github.com/tributary-server/tributary/internal/accrual"
	"github.com/tributary-server/tributary/internal/api/intake"
	"github.com/tributary-server/tributary/internal/backup"
	"github.com/tributary-server/tributary/internal/click"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/config"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/postgres"
	"github.com/tributary-server/tributary/internal/db/sqlite"
	"github.com/tributary-server/tributary/internal/export"
	"github.com/tributary-server/tributary/internal/identity"
	"github.com/tributary-server/tributary/internal/jobs"
	"github.com/tributary-server/tributary/internal/rebate"
	"github.com/tributary-server/tributary/internal/store/sqldb"
	"github.com/tributary-server/tributary/internal/telemetry"
	"github.com/tributary-server/tributary/internal/verification"
)

// app is what every command works with.
type app struct {
	cli    *config.CLI
	stdin  io.Reader
	stdout io.Writer
	stderr io.Writer
	log    *slog.Logger
	clock  clock.Clock

	patience intake.Patience // with the other end of each connection
}

func newApp(cli *config.CLI, stdin io.Reader, stdout, stderr io.Writer) *app {
	a := &app{
		cli: cli, stdin: stdin, stdout: stdout, stderr: stderr,
		log:   telemetry.Logger(stderr, cli.LogLevel, cli.LogFormat, isTerminal(stderr)),
		clock: clock.System(), patience: intake.Default,
	}
	if !cli.Clock.IsZero() {
		a.clock = clock.StartingAt(cli.Clock)
	}
	return a
}

// programme is an open store with the services on it.
type programme struct {
	store    db.DB
	metrics  *telemetry.Metrics
	accrual  *accrual.Service
	identity *identity.Service
	mails    sqldb.Mails
	mailsDue *jobs.Waker
	tracking *tracking
	zone     *time.Location // in which it counts days

	rebates    *rebate.Runs // of a programme that is served
	rebatesDue *jobs.Waker

	outward *outward // of a programme that is served

	exports    *export.Service // of a programme that is served
	exportsDue *jobs.Waker
	database   config.Database

	// binders are the operations that need a code: each is the domain that it
	// belongs to. Add to them before the first request.
	binders       map[verification.Type]verification.Binder
	verifications *verification.Service
}

// open opens the store that the options name, brings its schema up to date
// and builds the services. It creates a SQLite file that is not there, and
// says so. Close the programme at the end.
func (a *app) open(ctx context.Context) (*programme, error) {
	database, err := a.cli.Database()
	if err != nil {
		return nil, usageError{err}
	}
	return a.openOrCreate(ctx, database)
}

// createdFormat says that a command created a SQLite database.
const createdFormat = "created the database %s\n"

func (a *app) openOrCreate(ctx context.Context, database config.Database) (*programme, error) {
	isNew := missing(database) != nil
	p, err := a.openStore(ctx, database)
	if err == nil && isNew {
		fmt.Fprintf(a.stdout, createdFormat, database.Address)
	}
	return p, err
}

// openExisting is open for commands to which a SQLite file that is not there
// is a mistake in --db, and not an empty programme.
func (a *app) openExisting(ctx context.Context) (*programme, error) {
	database, err := a.cli.Database()
	if err != nil {
		return nil, usageError{err}
	}
	if err := missing(database); err != nil {
		return nil, err
	}
	return a.openStore(ctx, database)
}

// missing returns an error when a SQLite database is not there.
func missing(database config.Database) error {
	if database.Engine != config.SQLite {
		return nil
	}
	_, err := os.Stat(database.Address)
	if errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("there is no database at %[1]s. Name the right one with --db, or create an empty one first:"+
			" tributary migrate up --db sqlite:%[1]s", database.Address)
	}
	return err
}

func (a *app) openStore(ctx context.Context, database config.Database) (*programme, error) {
	var store db.DB
	var err error
	if database.Engine == config.Postgres {
		store, err = postgres.Open(ctx, database.Address)
	} else if err = backup.Interrupted(database.Address); err == nil {
		store, err = sqlite.Open(ctx, database.Address)
	}
	if err != nil {
		return nil, err
	}
	store = db.Joining(store)
	zone, err := a.openZone(ctx, store)
	if err != nil {
		return nil, errors.Join(err, store.Close())
	}
	metrics := telemetry.NewMetrics(release(), a.clock)
	clicks, err := a.openTracking(ctx, database, store, zone, metrics)
	if err != nil {
		return nil, errors.Join(err, store.Close())
	}
	mailsDue := jobs.NewWaker()
	mails, log := sqldb.NewMails(store, a.clock, mailsDue.Wake), sqldb.NewAudit(store, a.clock)
	identities := identity.New(sqldb.NewIdentity(store), a.clock, a.log, identity.Config{Audit: log, Mails: mails})
	binders := map[verification.Type]verification.Binder{
		verification.ChangeSecurity: identities.SecurityBinder(),
		verification.CreateAPIKey:   identities.KeyBinder(),
	}
	return &programme{
		store:    store,
		metrics:  metrics,
		mails:    mails,
		mailsDue: mailsDue,
		tracking: clicks,
		zone:     zone.location,

		rebatesDue: jobs.NewWaker(), exportsDue: jobs.NewWaker(), database: database,

		accrual: accrual.New(metrics.Books(sqldb.NewBooks(store)), a.clock, zone.location, a.log).
			WithClicks(click.NewFinder(clicks.store, clicks.signer)).WithAudit(log),
		identity: identities,
		binders:  binders,
		verifications: verification.New(sqldb.NewVerifications(store), a.clock, verification.Config{
			Binders: binders, Security: identities, Mails: mails, Audit: log,
		}),
	}, nil
}

// Close waits for what the services still write and closes the store.
func (p *programme) Close() error {
	return errors.Join(p.identity.Close(), p.tracking.Close(), p.store.Close())
}
