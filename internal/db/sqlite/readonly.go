package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"time"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/migrations"
)

// OpenReadOnly opens the file at path for reading only. It never writes, so it
// works even if the file, its directory or the disk is read-only. It returns an
// error if the schema is not up to date.
func OpenReadOnly(ctx context.Context, path string) (*Store, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("opening %s: %w", path, err)
	}
	read, err := openToRead(ctx, path)
	if err != nil {
		return nil, fmt.Errorf("opening %s to read it: %w", path, err)
	}
	if err := migrations.RequireAll(ctx, read, migrations.SQLite, path, "tributary migrate up --db sqlite:"+path); err != nil {
		return nil, errors.Join(err, read.Close())
	}
	read.SetMaxOpenConns(readers + spare)
	read.SetMaxIdleConns(readers + spare)
	pool := newStatements(read)
	return &Store{
		queries: queries{pool: pool}, write: read, writes: pool, read: read, path: path,
		file: info, turns: newTurns(), reading: db.ReadPool(readers),
	}, nil
}

// openToRead opens the file without changing it. On a read-only disk, SQLite
// cannot create the files that it shares with other processes. If the file has
// no log either, openToRead opens the file as immutable.
func openToRead(ctx context.Context, path string) (*sql.DB, error) {
	read, err := tryToRead(ctx, path, url.Values{"mode": {"ro"}})
	if err == nil {
		return read, nil
	}
	if err := db.OnlyFile(path, err); err != nil {
		return nil, err
	}
	return tryToRead(ctx, path, url.Values{"mode": {"ro"}, "immutable": {"1"}})
}

func tryToRead(ctx context.Context, path string, values url.Values) (*sql.DB, error) {
	values["_pragma"] = []string{
		fmt.Sprintf("busy_timeout(%d)", openingTimeout/time.Millisecond),
		"query_only(ON)", "cache_size(-65536)", "temp_store(MEMORY)", "mmap_size(1073741824)",
	}
	values.Set("_txlock", "deferred")
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: path}).EscapedPath()+"?"+values.Encode())
	if err != nil {
		return nil, err
	}
	var tables int
	if err := db.QueryRowContext(ctx, `SELECT count(*) FROM sqlite_schema`).Scan(&tables); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}
