package programme_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db/dbtest"
)

// setLevel sets a partner's level as the broker does. Without it, partners would
// soon be at the highest level that they can earn, and no review would raise one.
func (m *model) setLevel(t *testing.T) {
	p := m.partner()
	name := []string{"Start", "Start", "Silver", "Gold"}[m.random.IntN(4)]
	m.try(t, "level set", `SELECT count(*) FROM partner_levels`, func() error {
		_, err := m.levels.Set(t.Context(), p.id, name, m.random.IntN(4) == 0)
		return err
	})
}

// review reviews the levels, often on the first days of the next month. An
// earlier step may have reviewed them already, because accrual does so before it
// applies facts.
func (m *model) review(t *testing.T) {
	if m.wants("rise", 3) {
		next := clock.DayOf(m.clock.Now(), time.UTC).NextMonth() + clock.Day(m.random.IntN(3))
		m.clock.Advance(next.Start(time.UTC).Sub(m.clock.Now()))
	}
	const rises = `SELECT count(*) FROM level_reviews WHERE orders_count > 0`
	before := dbtest.Scalar(t, m.direct, rises)
	m.try(t, "review", `SELECT count(*) FROM level_reviews`, func() error { return m.levels.Run(t.Context()) })
	require.NoError(t, m.levels.Run(t.Context())) // finishes a review that was killed
	m.effects.Count("rise", dbtest.Scalar(t, m.direct, rises) > before)
	books := m.fingerprint(t)
	require.NoError(t, m.levels.Run(t.Context()))
	require.Equal(t, books, m.fingerprint(t), "a second review changes nothing")
}
