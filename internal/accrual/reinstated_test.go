package accrual_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
)

func TestReinstated(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, open func(t *testing.T) db.DB) {
		t.Run("by postings of its own", func(t *testing.T) {
			t.Parallel()
			reinstatedPosts(t, programmetest.New(open(t)))
		})
		t.Run("the latest counts, in any order", func(t *testing.T) {
			t.Parallel()
			latestStands(t, func() *programmetest.Programme { return programmetest.New(open(t)) })
		})
		t.Run("before its order and its reversal", func(t *testing.T) {
			t.Parallel()
			reinstatedEarly(t, programmetest.New(open(t)))
		})
	})
}

func orderChange(p *programmetest.Programme, kind feed.Type, at, account string, ticket int) string {
	return p.Fact(kind, at, fmt.Sprintf(`"server":"Real","ticket":%d,"client_account":%q,"reason":"test"`, ticket, account))
}

func totalOf(t *testing.T, p *programmetest.Programme, column, partner string) int64 {
	t.Helper()
	return dbtest.Scalar(t, p.DB, `SELECT `+column+` FROM partner_totals WHERE partner_id = $1`, programmetest.UUID(partner))
}

func reinstatedPosts(t *testing.T, p *programmetest.Programme) {
	programmetest.WithOverrides(t, p)
	p.MustFeed(t, p.Setting()...)
	p.RebateGroup(t, programmetest.PartnerB, 900, "2026-01-01T00:00:00Z", 10, "MONTHLY", 1, true, "")
	p.MustFeed(t, p.Order("2001", 1, "EURUSD", "2026-03-01T10:00:00Z", ``), orderChange(p, feed.OrderReversed, "2026-03-03T00:00:00Z", "2001", 1))
	require.Equal(t, "0", p.Wallet(t, programmetest.PartnerB))
	p.MustFeed(t, orderChange(p, feed.OrderReinstated, "2026-03-05T00:00:00Z", "2001", 1))
	programmetest.RequireSound(t, p.DB)
	require.Equal(t, "2", p.Rewards(t, programmetest.PartnerB))
	require.Equal(t, "0.2", p.Wallet(t, programmetest.PartnerA), "what the partner above earned is back too")
	require.EqualValues(t, 1, totalOf(t, p, "orders_count", programmetest.PartnerB), "it is one order")
	require.EqualValues(t, 100_000_000, totalOf(t, p, "volume_lots_e8", programmetest.PartnerB), "that was traded once")
	require.EqualValues(t, 1, dbtest.Scalar(t, p.DB, `SELECT sum(orders_count) FROM rebate_rows`))
	require.EqualValues(t, 2, dbtest.Scalar(t, p.DB, `SELECT count(*) FROM postings WHERE kind = 'reinstatement'`), "one under each partner")
	require.EqualValues(t, 3, dbtest.Scalar(t, p.DB, `SELECT count(*) FROM account_days WHERE client_account = '2001'`), "on its own day")
	require.Zero(t, dbtest.Scalar(t, p.DB, `SELECT count(*) FROM postings WHERE kind = 'correction'`))
	p.MustFeed(t, orderChange(p, feed.OrderReversed, "2026-03-07T00:00:00Z", "2001", 1))
	programmetest.RequireSound(t, p.DB)
	require.Equal(t, "0", p.Wallet(t, programmetest.PartnerB))
	require.EqualValues(t, 1, p.Feed(t, orderChange(p, feed.OrderReversed, "2026-03-07T00:00:00Z", "2001", 1)).Duplicates)
}

// latestStands feeds an order's reversals and reinstatements in random
// sequences, and expects the same books each time. The order has overrides, a
// rebate and a change of account type.
func latestStands(t *testing.T, open func() *programmetest.Programme) {
	random := newRandom(t)
	var books []string
	for range 8 {
		p := open()
		programmetest.WithOverrides(t, p)
		p.MustFeed(t, p.Setting()...)
		p.RebateGroup(t, programmetest.PartnerB, 900, "2026-01-01T00:00:00Z", 10, "MONTHLY", 1, true, "")
		lines := []string{
			p.Order("2001", 1, "EURUSD", "2026-03-01T10:00:00Z", `,"open_spread":12`),
			orderChange(p, feed.OrderReversed, "2026-03-03T00:00:00Z", "2001", 1),
			orderChange(p, feed.OrderReinstated, "2026-03-05T00:00:00Z", "2001", 1),
			orderChange(p, feed.OrderReversed, "2026-03-07T00:00:00Z", "2001", 1),
			orderChange(p, feed.OrderReversed, "2026-03-08T00:00:00Z", "2001", 1),
			orderChange(p, feed.OrderReinstated, "2026-03-09T00:00:00Z", "2001", 1),
			orderChange(p, feed.OrderReinstated, "2026-03-10T00:00:00Z", "2001", 1),
			p.Fact(feed.AccountTypeChanged, "2026-02-20T00:00:00Z", `"client_account":"2001","account_type":"Raw Spread"`),
		}
		p.Shuffled(t, random, lines)
		programmetest.RequireSound(t, p.DB)
		// The days of the entries in rebates_reserved depend on the amount that
		// was reserved when the facts arrived, so these rows can differ.
		dump := slices.DeleteFunc(programmetest.Dump(t.Context(), t, p.DB), func(row string) bool { return strings.HasPrefix(row, "ledger: rebates_reserved") })
		require.Equal(t, "3.5", p.Rewards(t, programmetest.PartnerB))
		require.EqualValues(t, 5, dbtest.Scalar(t, p.DB, `SELECT count(*) FROM rewards`), "the order, and four changes with an effect")
		if books == nil {
			books = dump
		}
		require.Empty(t, cmp.Diff(books, dump))
	}
}

func reinstatedEarly(t *testing.T, p *programmetest.Programme) {
	require.EqualValues(t, 1, p.Feed(t, orderChange(p, feed.OrderReinstated, "2026-03-05T00:00:00Z", "1001", 1)).Unattributed)
	p.MustFeed(t, p.Setting()...)
	p.MustFeed(t, p.Order("1001", 1, "EURUSD", "2026-03-01T10:00:00Z", ``))
	require.Zero(t, p.Health(t).Total(), "nothing to take back, yet")
	require.Equal(t, "2", p.Wallet(t, programmetest.PartnerA))
	p.MustFeed(t, orderChange(p, feed.OrderReversed, "2026-03-03T00:00:00Z", "1001", 1))
	require.Equal(t, "2", p.Wallet(t, programmetest.PartnerA), "the later one counts")
	programmetest.RequireSound(t, p.DB)
	p.MustFeed(t, orderChange(p, feed.OrderReversed, "2026-03-06T00:00:00Z", "1001", 1))
	require.Equal(t, "0", p.Wallet(t, programmetest.PartnerA))
	programmetest.RequireSound(t, p.DB)
}

func newRandom(t *testing.T) *rand.Rand {
	t.Helper()
	seed := programmetest.FromEnv(t, "FACTS_SEED", rand.Uint64())
	t.Logf("FACTS_SEED=%d", seed)
	return rand.New(rand.NewPCG(seed, 3))
}
