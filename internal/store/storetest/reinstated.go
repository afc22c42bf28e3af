package storetest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/feed"
)

// Reinstated is the specification of reversals that are taken back.
func Reinstated(t *testing.T, open func(t *testing.T) db.DB) {
	t.Run("by postings of its own", func(t *testing.T) {
		t.Parallel()
		reinstatedPosts(t, NewProgramme(open(t)))
	})
	t.Run("the latest stands, in any order", func(t *testing.T) {
		t.Parallel()
		latestStands(t, func() *Programme { return NewProgramme(open(t)) })
	})
	t.Run("before its order and its reversal", func(t *testing.T) {
		t.Parallel()
		reinstatedEarly(t, NewProgramme(open(t)))
	})
}

func (p *Programme) turned(kind feed.Type, at, account string, ticket int) string {
	return p.Fact(kind, at, fmt.Sprintf(`"server":"Real","ticket":%d,"client_account":%q,"reason":"test"`, ticket, account))
}

// total is what a partner's totals show of its orders and of overrides.
func (p *Programme) total(t *testing.T, column, partner string) int64 {
	t.Helper()
	return scalar(t, p.DB, `SELECT `+column+` FROM partner_totals WHERE partner_id = $1`, mustParse(partner))
}

func reinstatedPosts(t *testing.T, p *Programme) {
	withOverrides(t, p)
	p.MustFeed(t, p.Setting()...)
	p.RebateGroup(t, PartnerB, 900, "2026-01-01T00:00:00Z", 10, "MONTHLY", 1, true, "")
	p.MustFeed(t, p.Order("2001", 1, "EURUSD", "2026-03-01T10:00:00Z", ``), p.turned(feed.OrderReversed, "2026-03-03T00:00:00Z", "2001", 1))
	require.Zero(t, p.wallet(t, PartnerB))
	p.MustFeed(t, p.turned(feed.OrderReinstated, "2026-03-05T00:00:00Z", "2001", 1))
	RequireSound(t, p.DB)
	require.EqualValues(t, 2_000_000, scalar(t, p.DB, rewardsUSD, mustParse(PartnerB)))
	require.EqualValues(t, 200_000, p.wallet(t, PartnerA), "what the partner above earned is back too")
	require.EqualValues(t, 1, p.total(t, "orders_count", PartnerB), "it is one order")
	require.EqualValues(t, 100_000_000, p.total(t, "volume_lots_e8", PartnerB), "that was traded once")
	require.EqualValues(t, 1, scalar(t, p.DB, `SELECT sum(orders_count) FROM rebate_rows`))
	require.EqualValues(t, 2, scalar(t, p.DB, `SELECT count(*) FROM postings WHERE kind = 'reinstatement'`), "one under each partner")
	require.EqualValues(t, 3, scalar(t, p.DB, `SELECT count(*) FROM account_days WHERE client_account = '2001'`), "on its own day")
	require.Zero(t, scalar(t, p.DB, `SELECT count(*) FROM postings WHERE kind = 'correction'`))
	p.MustFeed(t, p.turned(feed.OrderReversed, "2026-03-07T00:00:00Z", "2001", 1))
	RequireSound(t, p.DB)
	require.Zero(t, p.wallet(t, PartnerB))
	require.EqualValues(t, 1, p.Feed(t, p.turned(feed.OrderReversed, "2026-03-07T00:00:00Z", "2001", 1)).Duplicates)
}

// latestStands tries all orders of two reversals, two reinstatements and their
// order, which has overrides, a rebate and changes of type and partner about it.
func latestStands(t *testing.T, open func() *Programme) {
	random := seeded(t)
	var books []string
	for range 8 {
		p := open()
		withOverrides(t, p)
		p.MustFeed(t, p.Setting()...)
		p.RebateGroup(t, PartnerB, 900, "2026-01-01T00:00:00Z", 10, "MONTHLY", 1, true, "")
		lines := []string{
			p.Order("2001", 1, "EURUSD", "2026-03-01T10:00:00Z", `,"open_spread":12`),
			p.turned(feed.OrderReversed, "2026-03-03T00:00:00Z", "2001", 1),
			p.turned(feed.OrderReinstated, "2026-03-05T00:00:00Z", "2001", 1),
			p.turned(feed.OrderReversed, "2026-03-07T00:00:00Z", "2001", 1),
			p.turned(feed.OrderReversed, "2026-03-08T00:00:00Z", "2001", 1),
			p.turned(feed.OrderReinstated, "2026-03-09T00:00:00Z", "2001", 1),
			p.turned(feed.OrderReinstated, "2026-03-10T00:00:00Z", "2001", 1),
			p.Fact(feed.AccountTypeChanged, "2026-02-20T00:00:00Z", `"client_account":"2001","account_type":"Raw Spread"`),
		}
		p.Shuffled(t, random, lines)
		RequireSound(t, p.DB)
		// On which day a reserve moves depends on what it was before.
		dump := slices.DeleteFunc(Dump(t.Context(), t, p.DB), func(row string) bool { return strings.HasPrefix(row, "ledgerrebates_reserved") })
		require.EqualValues(t, 3_500_000, scalar(t, p.DB, rewardsUSD, mustParse(PartnerB)))
		require.EqualValues(t, 5, scalar(t, p.DB, `SELECT count(*) FROM rewards`), "the order, and four changes with an effect")
		if books == nil {
			books = dump
		}
		require.Empty(t, cmp.Diff(books, dump))
	}
}

func reinstatedEarly(t *testing.T, p *Programme) {
	require.EqualValues(t, 1, p.Feed(t, p.turned(feed.OrderReinstated, "2026-03-05T00:00:00Z", "1001", 1)).Unattributed)
	p.MustFeed(t, p.Setting()...)
	p.MustFeed(t, p.Order("1001", 1, "EURUSD", "2026-03-01T10:00:00Z", ``))
	require.Zero(t, p.health(t).Total(), "nothing to take back, yet")
	require.EqualValues(t, 2_000_000, p.wallet(t, PartnerA))
	p.MustFeed(t, p.turned(feed.OrderReversed, "2026-03-03T00:00:00Z", "1001", 1))
	require.EqualValues(t, 2_000_000, p.wallet(t, PartnerA), "the later one stands")
	RequireSound(t, p.DB)
	p.MustFeed(t, p.turned(feed.OrderReversed, "2026-03-06T00:00:00Z", "1001", 1))
	require.Zero(t, p.wallet(t, PartnerA))
	RequireSound(t, p.DB)
}

// seeded is a source of chance whose seed is printed.
func seeded(t *testing.T) *rand.Rand {
	t.Helper()
	seed := fromEnv(t, "FACTS_SEED", rand.Uint64())
	t.Logf("FACTS_SEED=%d", seed)
	return rand.New(rand.NewPCG(seed, 3))
}
