// Package migrations contains the schema as numbered SQL files for each engine,
// and applies them to a store. A migration must not remove what the previous
// release still uses, because the previous release must work with the new
// schema. Before the first release, 28 to 32 were made without this rule.
package migrations

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"
	"time"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

//go:embed sqlite/*.sql clicks/*.sql postgres/*.sql
var files embed.FS

// Schema is a folder of migrations for one engine.
type Schema string

// These are the schemas.
const (
	SQLite   Schema = "sqlite"
	Postgres Schema = "postgres"
	// Clicks is the schema of the separate SQLite file with the ClickTables.
	Clicks Schema = "clicks"
)

// Status is a migration and the time at which it was applied, or nil if it was
// not applied.
type Status struct {
	Version   int64
	Name      string
	AppliedAt *time.Time
}

// Up applies the migrations that a store lacks. Processes that start at the
// same time wait for each other.
func Up(ctx context.Context, db *sql.DB, schema Schema) error {
	provider, err := newProvider(db, schema)
	if err != nil {
		return err
	}
	for attempt := 0; ; attempt++ {
		_, err = provider.Up(ctx)
		if err == nil {
			return nil
		}
		if schema == Postgres || attempt == patience {
			return fmt.Errorf("migrating: %w", err)
		}
		// goose has no lock for SQLite, so another process may have applied the same
		// migration first. The loop then checks again what the store lacks.
		select {
		case <-ctx.Done():
			return fmt.Errorf("migrating: %w", err)
		case <-time.After(pause):
		}
	}
}

const (
	patience = 30
	pause    = 100 * time.Millisecond
)

// List returns all migrations and the times at which they were applied.
func List(ctx context.Context, db *sql.DB, schema Schema) ([]Status, error) {
	provider, err := newProvider(db, schema)
	if err != nil {
		return nil, err
	}
	found, err := provider.Status(ctx)
	if err != nil {
		return nil, fmt.Errorf("reading the migrations' status: %w", err)
	}
	out := make([]Status, len(found))
	for i, s := range found {
		out[i] = Status{Version: s.Source.Version, Name: s.Source.Path}
		if s.State == goose.StateApplied {
			at := s.AppliedAt.UTC()
			out[i].AppliedAt = &at
		}
	}
	return out, nil
}

func newProvider(db *sql.DB, schema Schema) (*goose.Provider, error) {
	folder, err := fs.Sub(files, string(schema))
	if err != nil {
		return nil, fmt.Errorf("reading migrations: %w", err)
	}
	dialect := goose.DialectSQLite3
	// After a merge of branches, a new migration may have a lower number than one
	// that the store already has.
	options := []goose.ProviderOption{goose.WithAllowOutofOrder(true)}
	if schema == Postgres {
		dialect = goose.DialectPostgres
		locker, err := lock.NewPostgresSessionLocker()
		if err != nil {
			return nil, fmt.Errorf("preparing migrations: %w", err)
		}
		options = append(options, goose.WithSessionLocker(locker))
	}
	provider, err := goose.NewProvider(dialect, db, folder, options...)
	if err != nil {
		return nil, fmt.Errorf("preparing migrations: %w", err)
	}
	return provider, nil
}
