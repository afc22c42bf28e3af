// Command bench measures what the README claims, beside the limit that each
// figure is compared with, measured in the same run: make bench.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"github.com/tributary-server/tributary/internal/store/sqldb"
	"github.com/tributary-server/tributary/internal/store/sqlite"
)

// opener opens an empty store, and returns what throws it away.
type opener func(ctx context.Context) (sqldb.DB, func(), error)

func main() {
	orders := flag.Int("orders", 200_000, "orders to accrue")
	flag.Parse()
	if err := run(context.Background(), *orders); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, orders int) error {
	fmt.Println("| what | reached | limit in the same run | ratio |")
	fmt.Println("|---|---|---|---|")
	for _, engine := range []struct {
		name string
		open opener
	}{{"SQLite", openSQLite}, {"PostgreSQL", openPostgres}} {
		if err := benchAccrual(ctx, os.Stdout, engine.name, engine.open, orders); err != nil {
			return fmt.Errorf("%s: %w", engine.name, err)
		}
	}
	return nil
}

func openSQLite(ctx context.Context) (sqldb.DB, func(), error) {
	dir, err := os.MkdirTemp("", "tributary-bench-")
	if err != nil {
		return nil, nil, err
	}
	db, err := sqlite.Open(ctx, filepath.Join(dir, "bench.db"))
	if err != nil {
		return nil, nil, err
	}
	return db, func() { _ = db.Close(); _ = os.RemoveAll(dir) }, nil
}
