package level_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/level"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
	"github.com/tributary-server/tributary/internal/reward"
)

// TestLateFacts feeds the same random facts twice: once before a review and once
// after it, each time in a different order. The facts include reversals,
// corrections and changes of partner and type. Every partner rises, because the new
// level has no conditions. The books must be the same.
func TestLateFacts(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, open func(t *testing.T) db.DB) {
		seed := programmetest.FromEnv(t, "LEVEL_SEED", rand.Uint64())
		t.Logf("LEVEL_SEED=%d", seed)
		books := func(late bool) []string {
			random := rand.New(rand.NewPCG(seed, 2))
			p := programmetest.New(open(t))
			p.Clock.Advance(time.Date(2026, 5, 31, 0, 0, 0, 0, time.UTC).Sub(p.Clock.Now())) // the facts of RandomFacts end in May
			levels := programmetest.WithLevels(p)
			plan := reward.Default()
			plan.Levels = []reward.Level{{Name: "Start", SharePercent: 20_0000}, {Name: "Silver", SharePercent: 33_0000}}
			plan.OverridePercents = nil
			_, err := reward.NewStore(p.DB).Add(t.Context(), plan, p.Clock.Now())
			require.NoError(t, err)
			setting := p.Setting()
			p.MustFeed(t, setting...)
			p.Feed(t, programmetest.RandomServers(p, random)...)
			facts := slices.Concat(programmetest.RandomFacts(p, random), programmetest.RandomMoves(p, random), programmetest.RandomCorrections(p, random, setting[2:6]))
			partners := slices.IndexFunc(facts, func(line string) bool { return strings.Contains(line, `"partner.registered"`) })
			p.MustFeed(t, facts[partners])
			facts = slices.Delete(facts, partners, partners+1)
			review := func() {
				p.Clock.Advance(24 * time.Hour)
				require.NoError(t, levels.Run(t.Context()))
			}
			if late {
				review()
				p.Shuffled(t, rand.New(rand.NewPCG(seed, 3)), facts)
			} else {
				p.Shuffled(t, rand.New(rand.NewPCG(seed, 4)), facts)
				review()
			}
			programmetest.RequireSound(t, p.DB)
			return append(programmetest.Dump(t.Context(), t, p.DB), programmetest.DumpProgress(t.Context(), t, p.DB)...)
		}
		inTime, late := books(false), books(true)
		programmetest.RequireTables(t, inTime, "reward", "progress", "progress-row")
		require.Equal(t, inTime, late)
	})
}

var errKilled = errors.New("the process was killed")

// mortal is a database whose process is killed during one of its transactions. This
// happens either before or after the commit. Later transactions fail.
type mortal struct {
	db.DB
	left  int // number of transactions until the process is killed
	after bool
	dead  bool
}

func (m *mortal) Write(ctx context.Context, fn func(context.Context, db.Querier) error) error {
	if m.dead {
		return errKilled
	}
	return m.DB.Write(ctx, fn)
}

func (m *mortal) Lock(ctx context.Context, keys db.Keys, fn func(context.Context, db.Querier) error) error {
	m.left--
	last := m.left == 0
	if m.dead {
		return errKilled
	}
	m.dead = last
	err := m.DB.Lock(ctx, keys, func(ctx context.Context, q db.Querier) error {
		if err := fn(ctx, q); err != nil || !last || m.after {
			return err
		}
		return errKilled
	})
	if err == nil && last {
		return errKilled
	}
	return err
}

// TestReviews_Killed kills a review at each of its transactions, and lets
// another process finish it. A transaction pays for two orders, so the progress
// reward of partner A needs several transactions.
func TestReviews_Killed(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, open func(t *testing.T) db.DB) {
		books := func(kill int, after bool) (dump []string, transactions int) {
			s := newScene(t, open(t))
			for _, day := range []string{"01", "02", "03", "10", "20", "30"} {
				s.addOrder("1001", "2026-06-"+day+"T10:00:00Z")
			}
			s.addOrder("2001", june)
			s.moveTo("2026-07-01")
			m := &mortal{DB: s.DB, left: kill, after: after}
			dying := level.NewService(level.NewStore(db.Joining(m)), s.Clock, level.Config{Zone: time.UTC, StepOrders: 2})
			if err := dying.Run(t.Context()); kill > 0 {
				require.ErrorIs(t, err, errKilled)
			} else {
				require.NoError(t, err)
			}
			programmetest.RequireSound(t, s.DB)
			s.feedUnnoticed()
			require.NoError(t, s.levels.Run(t.Context()))
			programmetest.RequireSound(t, s.DB)
			require.Equal(t, "2026-07-02 Silver", s.LevelsOf(t, programmetest.Alpha))
			return append(programmetest.Dump(t.Context(), t, s.DB), programmetest.DumpProgress(t.Context(), t, s.DB)...), -m.left
		}
		want, transactions := books(0, false)
		require.GreaterOrEqual(t, transactions, 4, "three parts of one partner, and another partner")
		for n := 1; n <= transactions; n++ {
			for _, after := range []bool{false, true} {
				got, _ := books(n, after)
				require.Equal(t, want, got, "killed at transaction %d, after its commit: %t", n, after)
			}
		}
	})
}

// feedUnnoticed feeds facts of the reviewed month while the review may be
// incomplete: reversals of the month's first and last order, and two late orders.
// It uses a server whose own review has failed, so that its accrual does not
// complete the review first.
func (s *scene) feedUnnoticed() {
	s.t.Helper()
	p := &programmetest.Programme{DB: s.DB, Accrual: programmetest.NewAccrual(s.DB, s.Clock, nil), Clock: s.Clock, Next: s.Next}
	p.MustFeed(s.t,
		p.Fact(feed.OrderReversed, "2026-07-01T00:00:00Z", `"server":"Real","ticket":1,"reason":"test"`),
		p.Fact(feed.OrderReversed, "2026-07-01T00:00:00Z", `"server":"Real","ticket":6,"reason":"test"`),
		p.Order("1001", 50, "EURUSD", "2026-06-01T11:00:00Z", ``),
		p.Order("1001", 51, "EURUSD", "2026-06-30T11:00:00Z", ``))
}
