package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"text/tabwriter"
	"time"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/migrations"
)

func migrateUp(ctx context.Context, a *app) error {
	before, err := a.migrations(ctx)
	if err != nil {
		return err
	}
	p, err := a.open(ctx)
	if err != nil {
		return err
	}
	defer p.Close()
	applied := 0
	for _, m := range before {
		if m.AppliedAt == nil {
			applied++
			fmt.Fprintf(a.stdout, "applied %s\n", m.Name)
		}
	}
	_, err = fmt.Fprintf(a.stdout, "up to date: version %d, %d applied now\n", before[len(before)-1].Version, applied)
	return err
}

func migrateStatus(ctx context.Context, a *app) error {
	list, err := a.migrations(ctx)
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "VERSION\tAPPLIED\tNAME")
	for _, m := range list {
		applied := "pending"
		if m.AppliedAt != nil {
			applied = m.AppliedAt.Format(time.RFC3339)
		}
		fmt.Fprintf(table, "%d\t%s\t%s\n", m.Version, applied, m.Name)
	}
	return table.Flush()
}

// migrations lists the migrations without applying them.
func (a *app) migrations(ctx context.Context) ([]migrations.Status, error) {
	database, err := a.cli.Database()
	if err != nil {
		return nil, usageError{err}
	}
	driver, address, engine := "pgx", database.Address, migrations.Postgres
	if database.Engine == db.SQLite {
		driver, engine = "sqlite", migrations.SQLite
		address = "file:" + (&url.URL{Path: database.Address}).EscapedPath() + "?mode=ro&_pragma=busy_timeout(10000)"
		// Listing migrations must not create a database.
		if _, err := os.Stat(database.Address); errors.Is(err, os.ErrNotExist) {
			address = ":memory:"
		}
	}
	db, err := sql.Open(driver, address)
	if err != nil {
		return nil, fmt.Errorf("opening the database: %w", err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	list, err := migrations.List(ctx, db, engine)
	if err != nil {
		return nil, err
	}
	return list, nil
}
