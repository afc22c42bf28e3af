// Command bench measures the figures in the README. For comparison, it also
// measures an upper limit for each figure in the same run. make bench runs it.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/sqlite"
)

type opener func(ctx context.Context) (db.DB, func(), error)

type options struct {
	orders, rows, store int
	accounts            int
	length              time.Duration
	engine, part        string // empty means all
	page                bool   // whether to serve the page to a partner with many rows, instead of measuring
	detail              bool   // whether to print how many bytes of storage an order needs in each table and index
}

func main() {
	var o options
	flag.IntVar(&o.orders, "orders", 200_000, "number of orders to process")
	flag.IntVar(&o.rows, "rows", 1_000_000, "number of reward rows of the partner whose reports are read; the first reports and the requests use a tenth of them")
	flag.IntVar(&o.store, "store", 5_000_000, "number of reward rows of all partners in that database")
	flag.IntVar(&o.accounts, "accounts", 1_000_000, "number of client accounts whose rebates are closed, approved and paid, and among which a partner searches")
	flag.DurationVar(&o.length, "length", 4*time.Second, "how long each rate of requests and clicks is measured")
	flag.StringVar(&o.engine, "engine", "", "SQLite or PostgreSQL; empty means both")
	flag.StringVar(&o.part, "part", "", "accrual, writes, rebates, requests, clicks, search, jumps or reports; empty means all")
	flag.BoolVar(&o.detail, "bytes", false, "print how many bytes an order needs in each table and index")
	flag.BoolVar(&o.page, "page", false, "measure nothing, but serve the page to a partner with -rows orders, until interrupted")
	flag.Parse()
	if err := run(context.Background(), os.Stdout, &o); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out io.Writer, o *options) error {
	if o.page {
		return servePage(ctx, out, o.rows)
	}
	fmt.Fprintln(out, "| what | reached | limit in the same run | ratio |")
	fmt.Fprintln(out, "|---|---|---|---|")
	for _, engine := range []struct {
		name string
		open opener
	}{{"SQLite", openSQLite}, {"PostgreSQL", openPostgres}} {
		if o.engine != "" && o.engine != engine.name {
			continue
		}
		for _, part := range []struct {
			name string
			run  func() error
		}{
			{"accrual", func() error { return benchAccrual(ctx, out, engine.name, engine.open, o.orders, o.detail) }},
			{"writes", func() error { return benchWrites(ctx, out, engine.name, engine.open, o.orders, o.length) }},
			{"rebates", func() error { return benchRebates(ctx, out, engine.name, engine.open, o.accounts) }},
			{"requests", func() error { return benchRequests(ctx, out, engine.name, engine.open, o.rows/10, o.length) }},
			{"clicks", func() error { return benchClicks(ctx, out, engine.name, engine.open, o.length) }},
			{"search", func() error { return benchSearch(ctx, out, engine.name, engine.open, o.accounts) }},
			{"jumps", func() error { return benchJumps(ctx, out, engine.name, engine.open, o.rows) }},
			{"reports", func() error { return benchReports(ctx, out, engine.name, engine.open, o.rows/10, 0) }},
			{"reports", func() error { return benchReports(ctx, out, engine.name, engine.open, o.rows, o.store) }},
		} {
			if o.part != "" && o.part != part.name {
				continue
			}
			if err := part.run(); err != nil {
				return fmt.Errorf("%s on %s: %w", part.name, engine.name, err)
			}
		}
	}
	return nil
}

func openSQLite(ctx context.Context) (db.DB, func(), error) {
	dir, err := os.MkdirTemp("", "tributary-bench-")
	if err != nil {
		return nil, nil, err
	}
	database, err := sqlite.Open(ctx, filepath.Join(dir, "bench.db"))
	if err != nil {
		return nil, nil, err
	}
	return db.Joining(database), func() { _ = database.Close(); _ = os.RemoveAll(dir) }, nil
}
