package main

import (
	"context"
	"os"
	"path/filepath"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/sqlite"
	"github.com/tributary-server/tributary/internal/httpapi"
	"github.com/tributary-server/tributary/internal/programme"
)

// benchProgramme is the real programme, with the database that holds its
// clicks.
type benchProgramme struct {
	*programme.Programme

	clicks db.DB // on SQLite, a separate file
	remove func()
}

// build builds the programme without rate limits. Its jobs do not run. The
// caller must close the programme before the database.
func build(ctx context.Context, database db.DB, clk clock.Clock) (*benchProgramme, error) {
	b := &benchProgramme{clicks: database, remove: func() {}}
	if database.Engine() == db.SQLite {
		dir, err := os.MkdirTemp("", "tributary-bench-")
		if err != nil {
			return nil, err
		}
		file, err := sqlite.OpenClicks(ctx, filepath.Join(dir, "bench.db"))
		if err != nil {
			return nil, err
		}
		b.clicks, b.remove = db.Joining(file), func() { _ = file.Close(); _ = os.RemoveAll(dir) }
	}
	unlimited := httpapi.Limit{Rate: -1}
	var err error
	b.Programme, err = programme.Build(ctx, database, b.clicks, programme.Config{
		Clock: clk, Version: "bench", PartnerLimit: unlimited, BrokerLimit: unlimited, AddressLimit: unlimited,
	})
	if err != nil {
		b.remove()
		return nil, err
	}
	return b, nil
}

// Close closes the programme and deletes the file of clicks.
func (b *benchProgramme) Close() {
	_ = b.Programme.Close()
	b.remove()
}
