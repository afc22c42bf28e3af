package dbtest

import (
	"context"
	"strings"

	"github.com/tributary-server/tributary/internal/db"
)

// Planned is a store that records the query plan of every query inside a Read.
type Planned struct {
	db.DB
	Plans *[]string
}

// Read implements db.DB.
func (p Planned) Read(ctx context.Context, fn func(context.Context, db.Querier) error) error {
	return p.DB.Read(ctx, func(ctx context.Context, q db.Querier) error { return fn(ctx, plannedQuerier{q, p.Plans}) })
}

type plannedQuerier struct {
	db.Querier
	plans *[]string
}

// Query records the plan of a query and runs the query. On PostgreSQL, it
// disables full scans and sorts, because PostgreSQL would otherwise choose them
// for a test's small tables.
func (p plannedQuerier) Query(ctx context.Context, query string, args ...any) (db.Rows, error) {
	explain, column := "EXPLAIN QUERY PLAN ", 3
	if p.Engine() == db.Postgres {
		explain, column = "EXPLAIN ", 0
		for _, method := range []string{"seqscan", "bitmapscan", "sort", "incremental_sort", "hashagg"} {
			if _, err := p.Exec(ctx, "SET LOCAL enable_"+method+" = off"); err != nil {
				return nil, err
			}
		}
	}
	lines, err := db.Collect(ctx, p.Querier, func(rows db.Rows) (string, error) {
		values, targets := make([]any, column+1), make([]any, column+1)
		for i := range values {
			targets[i] = &values[i]
		}
		err := rows.Scan(targets...)
		line, _ := values[column].(string)
		return line, err
	}, explain+query, append([]any(nil), args...)...)
	if err != nil {
		return nil, err
	}
	*p.plans = append(*p.plans, strings.Join(lines, "\n"))
	return p.Querier.Query(ctx, query, args...)
}
