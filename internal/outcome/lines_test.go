package outcome_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/outcome"
	"github.com/tributary-server/tributary/internal/page"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
)

// TestLinesOfAnOrder specifies the lines of an order whose reward is shared
// with an agent, and which is then reversed.
func TestLinesOfAnOrder(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, open func(t *testing.T) db.DB) {
		p := programmetest.New(open(t))
		p.MustFeed(t, p.Setting()...)
		p.AgentLink(t, programmetest.PartnerA, 1, "agents1", "b@example.com")
		p.Agree(t, programmetest.PartnerA, 1, "2026-01-03T00:00:00Z", 25_0000, -1)
		p.RebateGroup(t, programmetest.PartnerA, 900, "2026-01-01T00:00:00Z", 20, "MONTHLY", 1, true, "")
		p.MustFeed(t, p.OpenAccount(programmetest.Client1, "7001", "agents1", ``), p.Order("7001", 1, "EURUSD", "2026-06-01T10:00:00Z", ``))
		p.MustFeed(t, p.Fact(feed.OrderReversed, "2026-06-02T00:00:00Z", `"server":"Real","ticket":1,"reason":"price error"`))
		o, err := outcome.NewService(outcome.NewStore(p.DB)).Find(t.Context(), outcome.Question{OrderID: "Real:1", Owner: &programmetest.Alpha})
		require.NoError(t, err)
		var lines []string
		for _, l := range o.Lines {
			require.NotNil(t, l.Posting)
			lines = append(lines, fmt.Sprintf("%s %s %s %s", l.Day, l.Kind, l.Account, l.Amount))
		}
		require.Equal(t, []string{
			"2026-06-01 reward wallet 2", "2026-06-01 reward expense -2", "2026-06-02 reversal wallet -2", "2026-06-02 reversal expense 2",
			"2026-06-01 agent_share wallet -0.5", "2026-06-01 agent_share expense 0.5", "2026-06-02 agent_share wallet 0.5", "2026-06-02 agent_share expense -0.5",
		}, lines)
		require.Contains(t, o.Figures, outcome.Figure{Name: "rebate_percent", Value: "20"})
	})
}

// TestPlans checks that the queries for one order, and those for a page of a
// partner's orders, search indexes and scan no table that grows with the
// history.
func TestPlans(t *testing.T) {
	t.Parallel()
	p := programmetest.New(dbtest.SQLite(t))
	p.MustFeed(t, p.Setting()...)
	p.MustFeed(t, p.Order("1001", 1, "EURUSD", "2026-06-01T10:00:00Z", ``))
	p.MustFeed(t, p.Fact(feed.OrderReversed, "2026-06-02T00:00:00Z", `"server":"Real","ticket":1,"reason":"x"`))
	p.Feed(t, p.Order("1001", 2, "GOLD", "2026-06-01T10:00:00Z", ``))
	r := &recorder{DB: p.DB}
	s := outcome.NewService(outcome.NewStore(r))
	for _, order := range []string{"Real:1", "Real:2"} {
		for _, ask := range []outcome.Question{{OrderID: order}, {OrderID: order, Owner: &programmetest.Alpha}} {
			_, err := s.Find(t.Context(), ask)
			require.NoError(t, err)
		}
	}
	_, _, err := s.List(t.Context(), outcome.Filter{Partner: &programmetest.Alpha}, page.Page{Limit: 100})
	require.NoError(t, err)
	require.Greater(t, len(r.plans), 10)
	require.Contains(t, fmt.Sprint(r.plans), "COVERING INDEX reward_rows_changes")
	for query, plan := range r.plans {
		for _, step := range plan {
			small := strings.HasSuffix(step, " sqlite_autoindex_partners_1") || strings.HasPrefix(step, "SCAN json_each") || strings.HasPrefix(step, "SCAN k")
			require.False(t, strings.HasPrefix(step, "SCAN ") && !small, "%s\n%s", query, strings.Join(plan, "\n"))
			require.NotContains(t, step, "AUTOMATIC", query)
			if strings.Contains(query, "GROUP BY o.outcome") {
				require.NotContains(t, step, "CORRELATED", "the sums read all reversals once\n%s", query)
			}
			if strings.Contains(query, "ORDER BY o.close_at") {
				require.NotContains(t, step, "TEMP B-TREE FOR ORDER BY", "%s\n%s", query, strings.Join(plan, "\n"))
			}
		}
	}
}

// recorder is a store that records the query plans of its reads.
type recorder struct {
	db.DB

	mu    sync.Mutex
	plans map[string][]string
}

func (r *recorder) Read(ctx context.Context, fn func(context.Context, db.Querier) error) error {
	return r.DB.Read(ctx, func(ctx context.Context, q db.Querier) error { return fn(ctx, recording{q, r}) })
}

type recording struct {
	db.Querier
	to *recorder
}

func (q recording) Query(ctx context.Context, query string, args ...any) (db.Rows, error) {
	plan, err := db.Collect(ctx, q.Querier, func(rows db.Rows) (step string, err error) {
		var number, parent, unused int
		err = rows.Scan(&number, &parent, &unused, &step)
		return step, err
	}, "EXPLAIN QUERY PLAN "+query, append([]any(nil), args...)...)
	if err != nil {
		return nil, err
	}
	q.to.mu.Lock()
	defer q.to.mu.Unlock()
	if q.to.plans == nil {
		q.to.plans = map[string][]string{}
	}
	q.to.plans[query] = plan
	return q.Querier.Query(ctx, query, args...)
}
