// Package postgres opens a store on PostgreSQL 15 or later. It uses the driver
// pgx, which inserts many rows with COPY and caches prepared statements.
package postgres

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/migrations"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/limit"
)

const (
	retries        = 5
	connections    = 8 // number of connections in the pool if the URL does not say otherwise
	connectTimeout = 5 * time.Second
	lockTimeout    = "30s" // how long a statement waits for a lock of another transaction
	maxWriters     = 1000
	writerPatience = time.Minute
)

// sessionDefaults are settings of sessions that the URL can override. They
// matter if the machine or the network of a server fails. Without them,
// PostgreSQL would notice this only after hours, and the locks of the lost
// sessions would block their partners until then. With them, it notices after
// 25 seconds. It notices the end of a killed process at once.
var sessionDefaults = map[string]string{
	"lock_timeout":            lockTimeout,
	"tcp_keepalives_idle":     "10", // in seconds
	"tcp_keepalives_interval": "5",
	"tcp_keepalives_count":    "3",
	"tcp_user_timeout":        "25000", // in milliseconds
}

// Store implements db.DB on PostgreSQL.
type Store struct {
	queries
	pool *pgxpool.Pool

	reading *limit.Pool
	locking *limit.Pool // a slot for each Lock of this process; fewer slots than connections, so that reads need not wait for Locks
}

// Open connects to the database at dsn (postgres://...) and migrates its
// schema.
func Open(ctx context.Context, dsn string) (*Store, error) {
	s, err := connect(ctx, dsn, nil)
	if err != nil {
		return nil, err
	}
	database := s.sqlDB()
	defer database.Close()
	if err := migrations.Up(ctx, database, migrations.Postgres); err != nil {
		s.pool.Close()
		return nil, err
	}
	return s, nil
}

// OpenReadOnly connects to dsn for reading only. A role with only the right to
// read is sufficient. OpenReadOnly returns an error if the schema is not up to
// date.
func OpenReadOnly(ctx context.Context, dsn string) (*Store, error) {
	s, err := connect(ctx, dsn, map[string]string{"default_transaction_read_only": "on"})
	if err != nil {
		return nil, err
	}
	database := s.sqlDB()
	defer database.Close()
	err = migrations.RequireAll(ctx, database, migrations.Postgres, "the database",
		"tributary migrate up, with a --db whose role may change the schema")
	if err != nil {
		s.pool.Close()
		return nil, err
	}
	return s, nil
}

// connect opens the pool, with additional settings for its sessions.
func connect(ctx context.Context, dsn string, settings map[string]string) (*Store, error) {
	config, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		return nil, fmt.Errorf("reading the database address: %w", err)
	}
	// JIT compilation of a report's query takes longer than running the query
	// without it.
	config.ConnConfig.RuntimeParams["jit"] = "off"
	for name, value := range sessionDefaults {
		if config.ConnConfig.RuntimeParams[name] == "" {
			config.ConnConfig.RuntimeParams[name] = value
		}
	}
	maps.Copy(config.ConnConfig.RuntimeParams, settings)
	if config.ConnConfig.ConnectTimeout == 0 {
		config.ConnConfig.ConnectTimeout = connectTimeout
	}
	if !strings.Contains(dsn, "pool_max_conns") {
		config.MaxConns = max(config.MaxConns, connections)
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("connecting to PostgreSQL: %w", err)
	}
	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		return nil, fmt.Errorf("connecting to PostgreSQL: %w", err)
	}
	s := &Store{queries: queries{conn: pool, types: newColumnTypes()}, pool: pool}
	s.locking = limit.NewPool(limit.PoolConfig{
		Size: max(2, int(config.MaxConns)/2), Queue: maxWriters, Patience: writerPatience, Code: fault.ServiceUnavailable,
	})
	s.reading = db.ReadPool(max(2, int(config.MaxConns)/2))
	return s, nil
}

// sqlDB returns a database/sql handle for the same database, which the
// migrations need.
func (s *Store) sqlDB() *sql.DB { return stdlib.OpenDB(*s.pool.Config().ConnConfig) }

// Migrations returns all migrations, and when each was applied.
func (s *Store) Migrations(ctx context.Context) ([]migrations.Status, error) {
	db := s.sqlDB()
	defer db.Close()
	return migrations.List(ctx, db, migrations.Postgres)
}

// Write implements db.DB.
func (s *Store) Write(ctx context.Context, fn func(context.Context, db.Querier) error) error {
	return s.retry(ctx, retryable, func() error {
		return s.inTx(ctx, pgx.TxOptions{}, fn)
	})
}

// Read implements db.DB.
func (s *Store) Read(ctx context.Context, fn func(context.Context, db.Querier) error) error {
	ctx, leave, err := db.EnterRead(ctx, s.reading)
	if err != nil {
		return err
	}
	defer leave()
	return s.inTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, fn)
}

func (s *Store) inTx(ctx context.Context, options pgx.TxOptions, fn func(context.Context, db.Querier) error) error {
	ended := false
	err := pgx.BeginTxFunc(ctx, s.pool, options, func(tx pgx.Tx) error {
		ended = false
		err := fn(ctx, queries{conn: tx, types: s.types})
		ended = err == nil
		return err
	})
	if err != nil {
		return unavailable(fmt.Errorf("in a transaction: %w", err), ended && ctx.Err() == nil)
	}
	return nil
}

func (s *Store) retry(ctx context.Context, again func(error) bool, fn func() error) error {
	var err error
	for attempt := range retries {
		if err = fn(); !again(err) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(time.Duration(10<<attempt) * time.Millisecond):
		}
	}
	return err
}

// retryable reports whether err is a serialization failure or a deadlock, after
// which the same transaction may succeed.
func retryable(err error) bool {
	var e *pgconn.PgError
	return errors.As(err, &e) && (e.Code == "40001" || e.Code == "40P01")
}

// Writable implements db.DB.
func (s *Store) Writable(ctx context.Context) error { return db.Probe(ctx, s) }

// Close implements db.DB. It may be called twice.
func (s *Store) Close() error {
	s.pool.Close()
	return nil
}

// columnTypes caches the column types of tables. An INSERT that uses unnest
// needs them.
type columnTypes struct {
	mu sync.Mutex
	by map[string]map[string]string
}

func newColumnTypes() *columnTypes { return &columnTypes{by: map[string]map[string]string{}} }

func (c *columnTypes) forTable(ctx context.Context, q queries, table string) (map[string]string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if known, ok := c.by[table]; ok {
		return known, nil
	}
	rows, err := q.Query(ctx, `SELECT attname::text, format_type(atttypid, NULL) FROM pg_attribute
		WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped`, table)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	types := map[string]string{}
	for rows.Next() {
		var name, kind string
		if err := rows.Scan(&name, &kind); err != nil {
			return nil, err
		}
		types[name] = kind
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	c.by[table] = types
	return types, nil
}
