package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/tributary-server/tributary/internal/backup"
	"github.com/tributary-server/tributary/internal/config"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/postgres"
	"github.com/tributary-server/tributary/internal/db/sqlite"
	"github.com/tributary-server/tributary/internal/inbox"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/settings"
	"github.com/tributary-server/tributary/internal/verify"
)

// openToVerify opens the database read-only, so that the commands that only read
// work on a read-only disk and with a role that may only read.
func (a *app) openToVerify(ctx context.Context) (db.DB, error) {
	database, err := a.cli.Database()
	if err != nil {
		return nil, usageError{err}
	}
	if err := checkExists(database); err != nil {
		return nil, err
	}
	store, err := openReadOnly(ctx, database)
	if err != nil {
		return nil, err
	}
	known, err := a.knowsZone(ctx, store)
	if err == nil && !known {
		err = usageError{errors.New("the database does not say in which time zone its facts were imported, and this command cannot add it, " +
			"because it only reads. Record the time zone first: tributary migrate up --time-zone NAME")}
	}
	if err != nil {
		return nil, errors.Join(err, store.Close())
	}
	return store, nil
}

func openReadOnly(ctx context.Context, database config.Database) (db.DB, error) {
	if database.Engine == db.Postgres {
		return postgres.OpenReadOnly(ctx, database.Address)
	}
	if err := backup.Interrupted(database.Address); err != nil {
		return nil, err
	}
	return sqlite.OpenReadOnly(ctx, database.Address)
}

// knowsZone reports whether the database records the time zone of its facts.
// Early versions did not record it.
func (a *app) knowsZone(ctx context.Context, store db.DB) (bool, error) {
	if err := a.checkTracking(ctx, store); err != nil {
		return false, err
	}
	values, err := settings.NewStore(store).Values(ctx)
	if err != nil {
		return false, err
	}
	if !values.IsFixed(settings.TimeZone.Name) {
		facts, err := inbox.NewStore(store).AnyFact(ctx)
		return !facts, err
	}
	name, _ := settings.TimeZone.Info.At(values, settings.Beginning)
	if given := a.cli.TimeZone.Location; given != nil && given.String() != name {
		return false, usageError{settings.ZoneMismatch(name, given.String())}
	}
	return true, nil
}

func verifyBooks(ctx context.Context, a *app) error {
	store, err := a.openToVerify(ctx)
	if err != nil {
		return err
	}
	defer store.Close()
	summary, err := verify.Run(ctx, verify.NewStore(store), func(f verify.Fault) { fmt.Fprintln(a.stderr, f) })
	if err != nil {
		return err
	}
	fmt.Fprintf(a.stdout, "%d checks, %s rewards, %s clients: %s faults\n",
		summary.Checks, money.GroupInt(summary.Rewards), money.GroupInt(summary.Clients), money.GroupInt(summary.Faults))
	if summary.Faults > 0 {
		return errFound
	}
	return nil
}
