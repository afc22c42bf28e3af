package programme_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db/dbtest"
)

// setLevel sets a partner's level as the broker does. Without this step, all
// partners would soon be at the highest level that they can earn, and no review
// would give a partner a higher level.
func (m *model) setLevel(t *testing.T) {
	p := m.partner()
	name := []string{"Start", "Start", "Silver", "Gold"}[m.random.IntN(4)]
	m.try(t, "level set", `SELECT count(*) FROM partner_levels`, func() error {
		_, err := m.levels.Set(t.Context(), p.id, name, m.random.IntN(4) == 0)
		return err
	})
}

// review reviews the levels and pays CPA, often on the first days of the next
// month. An earlier step may have done so already, because accrual does so before
// it applies facts.
func (m *model) review(t *testing.T) {
	if m.wants("rise", 3) || m.wants("cpa paid", 3) {
		next := clock.DayOf(m.clock.Now(), time.UTC).NextMonth() + clock.Day(m.random.IntN(3))
		m.clock.Advance(next.Start(time.UTC).Sub(m.clock.Now()))
	}
	const rises = `SELECT count(*) FROM level_reviews WHERE orders_count > 0`
	const paid = `SELECT count(*) FROM postings WHERE kind = 'cpa'`
	before, paidBefore := dbtest.Scalar(t, m.direct, rises), dbtest.Scalar(t, m.direct, paid)
	m.try(t, "review", `SELECT count(*) FROM level_reviews`, func() error { return m.monthly(t.Context()) })
	require.NoError(t, m.monthly(t.Context())) // finishes a review that was killed
	m.effects.Count("rise", dbtest.Scalar(t, m.direct, rises) > before)
	m.effects.Count("cpa paid", dbtest.Scalar(t, m.direct, paid) > paidBefore)
	books := m.fingerprint(t)
	require.NoError(t, m.monthly(t.Context()))
	require.Equal(t, books, m.fingerprint(t), "a second review changes nothing")
}

// progressRewards returns the correct total of the partner's progress rewards, in
// millionths of a USD. From the database, it takes only the decisions of the
// reviews.
func (m *model) progressRewards(t *testing.T, p *modelPartner) (usd int64) {
	t.Helper()
	rows, err := m.direct.Query(t.Context(), `SELECT new_level, period_start_day, paid_through FROM level_reviews WHERE partner_id = $1 AND progress_id IS NOT NULL`, p.id)
	require.NoError(t, err)
	defer rows.Close()
	for rows.Next() {
		var name string
		var first, last int64
		require.NoError(t, rows.Scan(&name, &first, &last))
		percent := map[string]int64{"Silver": 30, "Gold": 40}[name]
		require.NotZero(t, percent, "no partner rises to %q", name)
		for _, o := range m.orders {
			if o.partner == p && o.changes%2 == 0 && clock.Day(first) <= o.day && o.day <= clock.Day(last) {
				usd += max(0, o.rewardAt(percent)-o.usd)
			}
		}
	}
	require.NoError(t, rows.Err())
	return usd
}

// rewardAt returns the amount that the order earns at a level, in millionths of a
// USD. A lot of EURUSD earns 1 USD for each point of the spread, which is the
// average of the open and the close spread. The close spread is the instrument's,
// 10 points.
func (o *modelOrder) rewardAt(percent int64) int64 {
	tenths := o.spread
	if o.kind == "Pro" { // the formula of these accounts ignores the order's spreads
		tenths = 100
	}
	return o.lots * (tenths + 100) * percent * 5
}
