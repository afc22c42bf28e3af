package outcome_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/outcome"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
	"github.com/tributary-server/tributary/internal/reward"
)

// TestOrdersOfAMovedAccount checks to which partner the orders of an account belong.
// A booked order belongs to the partner with whom it is booked. Any other order
// belongs to the partner who had the account at the order's close.
func TestOrdersOfAMovedAccount(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, open func(t *testing.T) db.DB) {
		p := programmetest.New(open(t))
		p.MustFeed(t, p.Setting()...)
		p.AgentLink(t, programmetest.PartnerA, 1, "agents1", "b@example.com")
		p.Agree(t, programmetest.PartnerA, 1, "2026-01-03T00:00:00Z", 25_0000, -1)
		p.MustFeed(t, p.OpenAccount(programmetest.Client1, "7001", "agents1", ``))
		p.MustFeed(t, p.Fact(feed.ClientMoved, "2026-06-01T00:00:00Z", `"client_uid":"`+programmetest.Client1+`","partner_code":"beta","reason":"test"`))
		p.MustFeed(t, p.Order("7001", 1, "EURUSD", "2026-05-01T10:00:00Z", ``), p.Order("7001", 2, "EURUSD", "2026-06-01T10:00:00Z", ``))
		p.Feed(t, p.Order("7001", 3, "GOLD", "2026-05-01T10:00:00Z", ``), p.Order("7001", 4, "GOLD", "2026-06-01T10:00:00Z", ``))
		s := outcome.NewService(outcome.NewStore(p.DB))
		for order, owner := range map[string]id.UUID{
			"Real:1": programmetest.Alpha, "Real:2": programmetest.Beta, "Real:3": programmetest.Alpha, "Real:4": programmetest.Beta,
		} {
			other := programmetest.Alpha
			if owner == other {
				other = programmetest.Beta
			}
			o, err := s.Find(t.Context(), outcome.Question{OrderID: order})
			require.NoError(t, err, order)
			require.Equal(t, &owner, o.PartnerID, order)
			o, err = s.Find(t.Context(), outcome.Question{OrderID: order, Owner: &owner})
			require.NoError(t, err, order)
			if order == "Real:1" {
				require.Len(t, o.Lines, 4, "the reward and the share of the old partner's agent")
			}
			_, err = s.Find(t.Context(), outcome.Question{OrderID: order, Owner: &other})
			require.Equal(t, fault.NotFound, fault.CodeOf(err), order)
			o, err = s.Find(t.Context(), outcome.Question{OrderID: order, Asks: &owner})
			require.NoError(t, err, order)
			require.NotEqual(t, reward.NotYours, o.Outcome, order)
			o, err = s.Find(t.Context(), outcome.Question{OrderID: order, Asks: &other})
			require.NoError(t, err, order)
			require.Equal(t, reward.NotYours, o.Outcome, order)
		}
	})
}
