package verify_test

import (
	"context"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/verify"
)

// TestVerifyIsLinear checks that no check reads one table again for each row of
// another table, even if the planner expects almost no rows.
func TestVerifyIsLinear(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, open func(t *testing.T) db.DB) {
		t.Helper()
		var slow []string
		checks := 0
		err := verify.NewStore(planned{open(t), &slow}).Read(t.Context(), func(ctx context.Context, tx verify.Tx) (err error) {
			checks, err = tx.Checks(ctx, 1, func(verify.Fault) {})
			return err
		})
		require.NoError(t, err)
		require.Positive(t, checks)
		require.Empty(t, slow, strings.Join(slow, "\n\n"))
	})
}

// planned is a store that records which of its queries take quadratic time.
type planned struct {
	db.DB
	slow *[]string
}

func (p planned) Read(ctx context.Context, fn func(context.Context, db.Querier) error) error {
	return p.DB.Read(ctx, func(ctx context.Context, q db.Querier) error { return fn(ctx, plannedQuerier{q, p.slow}) })
}

type plannedQuerier struct {
	db.Querier
	slow *[]string
}

func (p plannedQuerier) Query(ctx context.Context, query string, args ...any) (db.Rows, error) {
	quadratic := quadraticOnSQLite
	if p.Engine() == db.Postgres {
		quadratic = quadraticOnPostgres
	}
	step, err := quadratic(ctx, p.Querier, query, append([]any(nil), args...))
	if err != nil {
		return nil, err
	}
	if step != "" {
		*p.slow = append(*p.slow, step+": "+query)
	}
	return p.Querier.Query(ctx, query, args...)
}

// quadraticOnSQLite looks for a scan inside another loop of a join. In a plan,
// the loops of a join have the same parent, and the outermost loop comes first.
// It also looks for an automatic index, because SQLite builds one only if it
// expects enough rows, and otherwise scans.
func quadraticOnSQLite(ctx context.Context, q db.Querier, query string, args []any) (found string, err error) {
	loops, repeated := map[int]int{}, map[int]bool{}
	_, err = db.Collect(ctx, q, func(rows db.Rows) (none struct{}, err error) {
		var id, parent, unused int
		var step string
		err = rows.Scan(&id, &parent, &unused, &step)
		repeated[id] = repeated[parent] || strings.HasPrefix(step, "CORRELATED ")
		scan := strings.HasPrefix(step, "SCAN ")
		if scan && (loops[parent] > 0 || repeated[parent]) || strings.HasPrefix(step, "RIGHT-JOIN ") || strings.Contains(step, " AUTOMATIC ") {
			found = step
		}
		if scan || strings.HasPrefix(step, "SEARCH ") {
			loops[parent]++
		}
		return none, err
	}, "EXPLAIN QUERY PLAN "+query, args...)
	return found, err
}

// notByHash matches every kind of join except a hash join. Only hash joins take
// linear time whatever rows the planner expects.
var notByHash = regexp.MustCompile(`Nested Loop|Merge (\w+ )*Join`)

func quadraticOnPostgres(ctx context.Context, q db.Querier, query string, args []any) (found string, err error) {
	_, err = db.Collect(ctx, q, func(rows db.Rows) (none struct{}, err error) {
		var step string
		err = rows.Scan(&step)
		if notByHash.MatchString(step) {
			found = strings.TrimSpace(step)
		}
		return none, err
	}, "EXPLAIN "+query, args...)
	return found, err
}
