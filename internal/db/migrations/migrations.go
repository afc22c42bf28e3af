// Package migrations has the schema as numbered SQL files for each engine, and
// applies them to a database. A migration must not remove anything that the
// previous release uses, because the previous release must still work with the
// new schema. Migrations 28 to 32 break this rule, because they were written
// before the first release.
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

// Schema is a folder of migrations.
type Schema string

// These are the schemas.
const (
	SQLite   Schema = "sqlite"
	Postgres Schema = "postgres"
	// Clicks is the schema of the separate SQLite file that has the
	// ClickTables.
	Clicks Schema = "clicks"
)

// Status is a migration and when it was applied. The time is nil if the
// migration was not applied yet.
type Status struct {
	Version   int64
	Name      string
	AppliedAt *time.Time
}

// Up applies the migrations that a database lacks. Processes that call Up at
// the same time wait for each other.
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
		// goose has no lock for SQLite, so another process may have applied the
		// same migration first. Therefore the loop checks again which
		// migrations the database lacks.
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

// List returns all migrations, and when each was applied.
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
	// After a merge of branches, a new migration may have a lower number than
	// one that was already applied.
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
