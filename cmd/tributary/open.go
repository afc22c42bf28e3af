package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/tributary-server/tributary/internal/backup"
	"github.com/tributary-server/tributary/internal/config"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/postgres"
	"github.com/tributary-server/tributary/internal/db/sqlite"
	"github.com/tributary-server/tributary/internal/programme"
	"github.com/tributary-server/tributary/internal/settings"
)

// openProgramme is a programme with its databases. The caller must close it.
type openProgramme struct {
	*programme.Programme
	databases
}

// Close closes the programme and its databases.
func (o *openProgramme) Close() error { return errors.Join(o.Programme.Close(), o.databases.Close()) }

// open opens the database in the options, migrates its schema, and creates the
// programme. If the SQLite file is missing, open creates it and prints a
// message.
func (a *app) open(ctx context.Context) (*openProgramme, error) {
	database, err := a.cli.Database()
	if err != nil {
		return nil, usageError{err}
	}
	return a.openOrCreate(ctx, database, a.config())
}

// openExisting does the same as open, for commands that need data. If the
// SQLite file is missing, it returns an error, because --db is probably wrong.
func (a *app) openExisting(ctx context.Context) (*openProgramme, error) {
	database, err := a.cli.Database()
	if err != nil {
		return nil, usageError{err}
	}
	if err := checkExists(database); err != nil {
		return nil, err
	}
	return a.build(ctx, database, a.config())
}

const createdFormat = "created the database %s\n"

func (a *app) openOrCreate(ctx context.Context, database config.Database, c programme.Config) (*openProgramme, error) {
	isNew := checkExists(database) != nil
	p, err := a.build(ctx, database, c)
	if err == nil && isNew {
		fmt.Fprintf(a.stdout, createdFormat, database.Address)
	}
	return p, err
}

func (a *app) build(ctx context.Context, database config.Database, c programme.Config) (*openProgramme, error) {
	on, err := openDatabases(ctx, database)
	if err != nil {
		return nil, err
	}
	if err := a.checkTracking(ctx, on.main); err != nil {
		return nil, errors.Join(err, on.Close())
	}
	p, err := programme.Build(ctx, on.main, on.clicks, c)
	if err != nil {
		return nil, errors.Join(err, on.Close())
	}
	return &openProgramme{p, on}, nil
}

// databases has the database of a programme and the database of its clicks. On
// SQLite, the clicks are in a separate file. On PostgreSQL, both are the same
// database.
type databases struct{ main, clicks db.DB }

func openDatabases(ctx context.Context, database config.Database) (databases, error) {
	if database.Engine == db.Postgres {
		db, err := postgres.Open(ctx, database.Address)
		return databases{db, db}, err
	}
	if err := backup.Interrupted(database.Address); err != nil {
		return databases{}, err
	}
	db, err := sqlite.Open(ctx, database.Address)
	if err != nil {
		return databases{}, err
	}
	clicks, err := sqlite.OpenClicks(ctx, database.Address)
	if err != nil {
		return databases{}, errors.Join(err, db.Close())
	}
	return databases{db, clicks}, nil
}

func (d databases) Close() error {
	err := d.main.Close()
	if d.clicks != d.main {
		err = errors.Join(err, d.clicks.Close())
	}
	return err
}

func checkExists(database config.Database) error {
	if database.Engine != db.SQLite {
		return nil
	}
	_, err := os.Stat(database.Address)
	if errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("there is no database at %[1]s. Give the right database with --db, or create an empty one first:"+
			" tributary migrate up --db sqlite:%[1]s", database.Address)
	}
	return err
}

// checkTracking returns an error if --click-retention is shorter than the
// current attribution window, or than one that is set for a later time.
func (a *app) checkTracking(ctx context.Context, db db.DB) error {
	values, err := settings.NewStore(db).Values(ctx)
	if err != nil {
		return err
	}
	now := a.clock.Now()
	longest := settings.AttributionWindow.At(values, now)
	for _, v := range values[settings.AttributionWindow.Name] {
		if v.From.After(now) {
			longest = max(longest, settings.AttributionWindow.At(values, v.From))
		}
	}
	if err := a.cli.CheckTracking(longest); err != nil {
		return usageError{err}
	}
	return nil
}
