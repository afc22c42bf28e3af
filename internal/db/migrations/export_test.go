package migrations

import (
	"context"
	"database/sql"
)

func UpTo(ctx context.Context, db *sql.DB, schema Schema, version int64) error {
	provider, err := newProvider(db, schema)
	if err != nil {
		return err
	}
	_, err = provider.UpTo(ctx, version)
	return err
}
