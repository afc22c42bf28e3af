package migrations

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
)

// RequireAll returns an error if a database lacks migrations. The error calls
// the database by the given name, lists the missing migrations, and ends with
// the advice, which says how to apply them. RequireAll never writes, unlike
// List, which creates the table of applied migrations if it is missing.
func RequireAll(ctx context.Context, db *sql.DB, schema Schema, name, advice string) error {
	provider, err := newProvider(db, schema)
	if err != nil {
		return err
	}
	applied, err := versions(ctx, db, schema)
	if err != nil {
		return fmt.Errorf("reading the schema of %s: %w", name, err)
	}
	var missing []string
	for _, s := range provider.ListSources() {
		if !slices.Contains(applied, s.Version) {
			missing = append(missing, s.Path)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	return fmt.Errorf("the schema of %s lacks %d of this program's migrations. Apply them first: %s\nMissing: %s",
		name, len(missing), advice, strings.Join(missing, ", "))
}

func versions(ctx context.Context, db *sql.DB, schema Schema) (list []int64, err error) {
	exists := `SELECT count(*) FROM sqlite_schema WHERE name = 'goose_db_version'`
	if schema == Postgres {
		exists = `SELECT count(*) FROM pg_catalog.pg_class WHERE oid = to_regclass('goose_db_version')`
	}
	var tables int
	if err := db.QueryRowContext(ctx, exists).Scan(&tables); err != nil || tables == 0 {
		return nil, err
	}
	rows, err := db.QueryContext(ctx, `SELECT version_id FROM goose_db_version`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var version int64
		if err := rows.Scan(&version); err != nil {
			return nil, err
		}
		list = append(list, version)
	}
	return list, rows.Err()
}
