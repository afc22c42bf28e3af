package notify_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/notify"
	"github.com/tributary-server/tributary/internal/page"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
)

// TestNotificationsPurge checks that Purge removes only old notifications, in
// steps.
func TestNotificationsPurge(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, open func(t *testing.T) db.DB) {
		p := programmetest.New(open(t))
		store := notify.NewStore(p.DB)
		service := notify.New(store, p.Clock, nil)
		ctx, end := t.Context(), p.Clock.Now().AddDate(0, 0, -notify.KeepDays)
		tell := func(partnerID id.UUID, times ...time.Time) {
			p.Write(t, `INSERT INTO notification_cursors (partner_id, event_seq) VALUES ($1, 0)`, partnerID)
			for _, at := range times {
				p.Write(t, `INSERT INTO notifications (partner_id, notification_id, event, title, body, subject, created_at, read_at)
				VALUES ($1, $2, 'payout_paid', '', '', '', $3, NULL)`, partnerID, id.New(), db.Micros(at))
			}
		}
		left := func(partnerID id.UUID) (times []time.Time) {
			list, _, err := store.List(ctx, partnerID, notify.Filter{Page: page.Page{Limit: 100}})
			require.NoError(t, err)
			for _, n := range slices.Backward(list) {
				times = append(times, n.CreatedAt)
			}
			return times
		}
		old, second := end.Add(-time.Hour), time.Second
		tell(programmetest.Alpha, old, old.Add(second), old.Add(2*second), end.Add(-time.Microsecond), end, p.Clock.Now())
		tell(programmetest.Beta, old, end)
		tell(id.UUID{9}) // a partner without notifications

		var plans []string
		more, err := notify.NewStore(dbtest.Planned{DB: p.DB, Plans: &plans}).Purge(ctx, end, 2)
		require.NoError(t, err)
		require.True(t, more)
		require.Len(t, plans, 1)
		require.Regexp(t, `SEARCH n USING INDEX sqlite_autoindex_notifications_1 \(partner_id=\?\)|Index Scan using notifications_pkey`, plans[0])
		require.NotRegexp(t, `TEMP B-TREE|Sort`, plans[0])
		require.Equal(t, []time.Time{old.Add(2 * second), end.Add(-time.Microsecond), end, p.Clock.Now()}, left(programmetest.Alpha), "oldest first")
		require.NoError(t, service.Purge(ctx))
		require.Equal(t, []time.Time{end, p.Clock.Now()}, left(programmetest.Alpha))
		require.Equal(t, []time.Time{end}, left(programmetest.Beta))
		more, err = store.Purge(ctx, end, 1)
		require.NoError(t, err)
		require.False(t, more, "no work is left")
	})
}
