package move_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/audit"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/move"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
	"github.com/tributary-server/tributary/internal/trial"
)

// TestTooManyOrders checks that a move which would book too many orders again is
// refused before it locks the store, and that only the orders of the move count.
func TestTooManyOrders(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, open func(t *testing.T) db.DB) {
		p := programmetest.New(open(t))
		p.MustFeed(t, p.Setting()...)
		p.MustFeed(t, p.Order("1001", 1, "EURUSD", "2026-03-01T10:00:00Z", ``), p.Order("1001", 2, "EURUSD", "2026-04-01T10:00:00Z", ``),
			p.Order("1001", 3, "EURUSD", "2026-05-01T10:00:00Z", ``), p.Order("2001", 4, "EURUSD", "2026-05-01T10:00:00Z", ``))
		monthly := 0
		s := move.NewService(move.NewStore(p.DB), move.Config{
			Trials: trial.NewService(p.DB), Clock: p.Clock, Audit: audit.NewSQLLog(p.DB, p.Clock), MaxCorrected: 2,
			Monthly: func(ctx context.Context) {
				require.False(t, db.Inside(ctx), "monthly work needs transactions of its own")
				monthly++
			},
		})
		since := func(month time.Month) move.Request {
			return move.Request{
				Clients: []id.UUID{programmetest.UUID(programmetest.Client1), programmetest.UUID(programmetest.Client2)}, To: programmetest.Beta, Reason: "test",
				From: time.Date(2026, month, 1, 0, 0, 0, 0, time.UTC),
			}
		}
		require.NoError(t, s.Prepare(t.Context(), since(time.April)))
		require.Equal(t, 1, monthly)
		const message = "The move would book more than 2 orders again. Move fewer clients, or choose a later from."
		err := s.Prepare(t.Context(), since(time.March))
		require.Equal(t, fault.ValidationError, fault.CodeOf(err))
		require.ErrorContains(t, err, message)
		_, err = s.Preview(t.Context(), since(time.March))
		require.ErrorContains(t, err, message)
		require.Equal(t, 1, monthly)

		// After another move, the same request concerns only the orders before it.
		p.MustFeed(t, p.Fact(feed.ClientMoved, "2026-04-15T00:00:00Z", `"client_uid":"`+programmetest.Client1+`","partner_code":"beta","reason":"test"`))
		require.NoError(t, s.Prepare(t.Context(), since(time.March)))
	})
}
