package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"sync/atomic"

	"github.com/jackc/pgx/v5"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/postgres"
)

var databases atomic.Int64

// openPostgres creates a database on the server in TRIBUTARY_TEST_POSTGRES.
// make bench starts this server with durable settings.
func openPostgres(ctx context.Context) (db.DB, func(), error) {
	server := os.Getenv("TRIBUTARY_TEST_POSTGRES")
	if server == "" {
		return nil, nil, errors.New("TRIBUTARY_TEST_POSTGRES is not set. Run make bench, which starts a server")
	}
	admin, err := pgx.Connect(ctx, server)
	if err != nil {
		return nil, nil, err
	}
	name := fmt.Sprintf("bench_%d_%d", os.Getpid(), databases.Add(1))
	if _, err := admin.Exec(ctx, "CREATE DATABASE "+name); err != nil {
		return nil, nil, errors.Join(err, admin.Close(ctx))
	}
	address, err := url.Parse(server)
	if err != nil {
		return nil, nil, errors.Join(err, admin.Close(ctx))
	}
	address.Path = "/" + name
	database, err := postgres.Open(ctx, address.String())
	if err != nil {
		return nil, nil, errors.Join(err, admin.Close(ctx))
	}
	return db.Joining(database), func() {
		_ = database.Close()
		_, _ = admin.Exec(ctx, "DROP DATABASE "+name)
		_ = admin.Close(ctx)
	}, nil
}
