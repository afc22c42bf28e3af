package adjustment_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/adjustment"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/page"
)

// TestPendingPlan checks that a query for a page of pending adjustments, newest first,
// reads only the rows of this page.
func TestPendingPlan(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, open func(t *testing.T) db.DB) {
		q := &explaining{DB: open(t)}
		_, _, err := adjustment.NewStore(q).List(t.Context(), adjustment.Filter{Statuses: []string{"pending"}, Page: page.Page{Limit: 10}})
		require.NoError(t, err)
		require.NotEmpty(t, q.plans)
		for _, plan := range q.plans {
			require.Contains(t, plan, "adjustments_status", plan)
			require.NotContains(t, plan, "B-TREE", plan)
			require.NotContains(t, plan, "Sort", plan)
			require.NotContains(t, plan, "Filter", plan)
		}
	})
}

// explaining is a store that records the plans of its queries.
type explaining struct {
	db.DB

	plans []string
}

func (e *explaining) Read(ctx context.Context, fn func(context.Context, db.Querier) error) error {
	return e.DB.Read(ctx, func(ctx context.Context, q db.Querier) error { return fn(ctx, explainer{q, e}) })
}

type explainer struct {
	db.Querier

	to *explaining
}

func (e explainer) Query(ctx context.Context, query string, args ...any) (db.Rows, error) {
	if err := e.explain(ctx, query, args); err != nil {
		return nil, err
	}
	return e.Querier.Query(ctx, query, args...)
}

// explain records the plan of a query. It disables scans, because PostgreSQL would scan an
// empty table.
func (e explainer) explain(ctx context.Context, query string, args []any) error {
	command, columns := "EXPLAIN QUERY PLAN ", 4
	if e.to.Engine() == db.Postgres {
		command, columns = "EXPLAIN ", 1
		for _, method := range []string{"seqscan", "bitmapscan", "sort"} {
			rows, err := e.Querier.Query(ctx, "SET LOCAL enable_"+method+" = off")
			if err != nil {
				return err
			}
			rows.Close()
		}
	}
	steps, err := db.Collect(ctx, e.Querier, func(rows db.Rows) (string, error) {
		row := make([]any, columns)
		for i := range row {
			row[i] = new(any)
		}
		err := rows.Scan(row...)
		return fmt.Sprint(*row[columns-1].(*any)), err
	}, command+query, append([]any(nil), args...)...)
	e.to.plans = append(e.to.plans, strings.Join(steps, "\n"))
	return err
}
