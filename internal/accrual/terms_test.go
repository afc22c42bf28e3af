package accrual_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
)

// TestRewardsShareTerms counts a partner's stored terms. An order needs new
// terms only if one of the values in its terms differs from those of all
// earlier orders.
func TestRewardsShareTerms(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, open func(t *testing.T) db.DB) {
		p := programmetest.New(open(t))
		p.MustFeed(t, p.Setting()...)
		terms := func(want int64, lines ...string) {
			t.Helper()
			p.MustFeed(t, lines...)
			require.Equal(t, want, dbtest.Scalar(t, p.DB, `SELECT count(*) FROM reward_terms WHERE partner_id = $1`, programmetest.Alpha))
			programmetest.RequireSound(t, p.DB)
		}
		terms(1, p.Order("1001", 1, "EURUSD", "2026-03-01T10:00:00Z", ``), p.Order("1001", 2, "EURUSD", "2026-03-01T10:00:00Z", ``))
		terms(1, p.Order("1001", 3, "EURUSD", "2026-03-02T10:00:00Z", `,"open_spread":7`))
		terms(2, p.Order("1001", 4, "USDJPY", "2026-03-02T10:00:00Z", ``), p.Order("2001", 5, "USDJPY", "2026-03-02T10:00:00Z", ``))
		terms(3, p.Fact(feed.RateSet, "2026-03-03T00:00:00Z", `"currency":"JPY","usd":"0.0067"`),
			p.Order("1001", 6, "EURUSD", "2026-03-03T10:00:00Z", ``), p.Order("1001", 7, "USDJPY", "2026-03-03T10:00:00Z", ``))
		terms(3, p.Fact(feed.OrderReversed, "2026-03-05T00:00:00Z", `"server":"Real","ticket":1,"reason":"x"`))
		terms(4, p.Fact(feed.AccountTypeChanged, "2026-03-03T23:00:00Z", `"client_account":"1001","account_type":"Standard Cent"`),
			p.Order("1001", 8, "EURUSD", "2026-03-04T10:00:00Z", ``))
	})
}
