package replay_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
	"github.com/tributary-server/tributary/internal/replay"
	"github.com/tributary-server/tributary/internal/reward"
)

func day(t *testing.T, text string) clock.Day {
	t.Helper()
	d, err := clock.ParseDay(text)
	require.NoError(t, err)
	return d
}

func run(t *testing.T, p *programmetest.Programme) (replay.Summary, []string) {
	t.Helper()
	var found []string
	s, err := replay.Run(t.Context(), replay.NewStore(p.DB), reward.Period{From: day(t, "2026-01-01"), To: day(t, "2026-12-31")},
		func(d replay.Difference) { found = append(found, d.String()) })
	require.NoError(t, err)
	require.Len(t, found, int(s.Differences))
	return s, found
}

// TestReplayFindsTheBooks feeds random facts in a random order, with corrections
// and with configuration that arrives late.
func TestReplayFindsTheBooks(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, open func(t *testing.T) db.DB) {
		first := programmetest.FromEnv(t, "TRIBUTARY_SEED", 1)
		for seed := first; seed < first+3; seed++ {
			random := rand.New(rand.NewPCG(seed, 47))
			p := programmetest.New(open(t))
			programmetest.WithOverrides(t, p)
			setting := p.Setting()
			facts := slices.Concat(setting[:2], setting[6:], programmetest.RandomFacts(p, random), programmetest.RandomMoves(p, random), programmetest.RandomParents(p, random), programmetest.RandomCorrections(p, random, setting[2:6]))
			facts = append(facts,
				p.Fact(feed.RateSet, "2026-03-01T09:00:00Z", `"currency":"JPY","usd":"0.0071"`),
				p.Fact(feed.RateSet, "2026-04-01T09:00:00Z", `"currency":"EUR","usd":"1.2"`),
				strings.Replace(p.Fact(feed.InstrumentSet, "2026-03-20T00:00:00Z", setting[2][strings.Index(setting[2], `"symbol"`):len(setting[2])-1]), `"avg_spread":10`, `"avg_spread":14`, 1))
			facts = append(facts, setting[2:6]...)
			p.Feed(t, programmetest.RandomServers(p, random)...)
			random.Shuffle(len(facts), func(i, j int) { facts[i], facts[j] = facts[j], facts[i] })
			for part := range slices.Chunk(facts, 7) {
				p.Clock.Advance(time.Second)
				require.Empty(t, p.Feed(t, part...).Rejected)
			}
			s, found := run(t, p)
			require.Empty(t, found, "seed %d", seed)
			require.Positive(t, s.Orders, "seed %d", seed)
		}
	})
}

func TestReplayFindsDamage(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, open func(t *testing.T) db.DB) {
		for name, c := range map[string]struct {
			statement string
			found     string // a part of the first difference; empty if there is none
		}{
			"nothing":              {`SELECT 1`, ""},
			"a reward":             {`UPDATE reward_rows SET reward_usd_e6 = reward_usd_e6 + 1 WHERE ticket = 1`, `order Real:1, reward_usd: booked 2.000001, computed 2`},
			"an order":             {`UPDATE reward_rows SET lots_e8 = lots_e8 * 2 WHERE ticket = 1`, `order Real:1, volume_usd: booked 120000, computed 240000`},
			"a percent":            {`UPDATE reward_terms SET percent_e4 = percent_e4 + 1 WHERE symbol = 'EURUSD'`, `order Real:1, percent: booked 20.0001, computed 20`},
			"an instrument":        {`UPDATE reward_terms SET avg_spread_e4 = 110000 WHERE symbol = 'EURUSD'`, `order Real:1, avg_spread: booked 11, computed 10`},
			"a rate":               {`UPDATE rates SET usd_e12 = usd_e12 + 1 WHERE currency = 'EUR'`, `account_rate: booked 1.085, computed 1.085000000001`},
			"a lost rate":          {`DELETE FROM rates WHERE currency = 'EUR'`, `booked 1.666667, computed none, because the rate of EUR is not known`},
			"an account's type":    {`UPDATE account_types SET account_type = 'Raw Spread' WHERE client_account = '1001'`, `order Real:1, formula_code: booked formula_classic_v2, computed formula_ecn`},
			"a level":              {`INSERT INTO partner_levels (partner_id, from_day, level) SELECT partner_id, 0, 'Gold' FROM partners WHERE email = 'a@example.com'`, `order Real:1, level: booked Trading Partner, computed Gold`},
			"a lost plan":          {`DELETE FROM plans`, `plan_id: booked `},
			"an order's day":       {`UPDATE reward_rows SET reward_day = reward_day + 1 WHERE ticket = 1`, `order Real:1, reward_day: booked 2026-03-02, computed 2026-03-01`},
			"a partner's day":      {`UPDATE partner_days SET reward_usd_e6 = reward_usd_e6 + 5 WHERE orders_count > 0`, `the days without reversals, reward_usd: booked`},
			"a lost reward":        {`DELETE FROM reward_rows WHERE ticket = 1`, `the days without reversals, orders: booked 1, computed 0`},
			"an override":          {`UPDATE overrides SET amount_usd_e6 = amount_usd_e6 + 1`, `the overrides of partner ` + programmetest.PartnerB + `, reward_usd: booked`},
			"the fact of an order": {`DELETE FROM facts WHERE type IS NULL`, `computed none, because the instrument is not known`},
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				p := programmetest.New(open(t))
				programmetest.WithOverrides(t, p)
				p.MustFeed(t, p.Setting()...)
				p.MustFeed(t,
					p.Order("1001", 1, "EURUSD", "2026-03-01T10:00:00Z", ``),
					p.Order("2001", 2, "USDJPY", "2026-03-01T10:00:00Z", ``),
					p.Order("2001", 3, "USDJPY", "2026-03-02T10:00:00Z", ``),
					p.Fact(feed.OrderReversed, "2026-03-05T00:00:00Z", `"server":"Real","ticket":3,"reason":"x"`))
				if c.found == "" {
					s, found := run(t, p)
					require.Empty(t, found)
					require.Equal(t, replay.Summary{Orders: 3, Partners: 2}, s)
					return
				}
				p.Write(t, c.statement)
				_, found := run(t, p)
				require.Contains(t, strings.Join(found, "\n"), c.found)
			})
		}
	})
}

// TestReplayAsksWhatWasKnown checks configuration that arrives after the order
// and so does not change it.
func TestReplayAsksWhatWasKnown(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, open func(t *testing.T) db.DB) {
		p := programmetest.New(open(t))
		setting := p.Setting()
		p.MustFeed(t, setting...)
		p.MustFeed(t, p.Order("2001", 1, "EURUSD", "2026-03-01T10:00:00Z", ``))
		p.Clock.Advance(time.Minute)
		p.MustFeed(t,
			p.Fact(feed.RateSet, "2026-02-25T09:00:00Z", `"currency":"EUR","usd":"2"`),
			p.Fact(feed.InstrumentSet, "2026-02-20T00:00:00Z", `"symbol":"EURUSD","group":"metals","base_currency":"EUR","quote_currency":"USD","contract_size":1,"point_size":"0.00001","avg_spread":10`))
		plan := reward.Default()
		plan.BonusK = money.Percent(5_0000)
		_, err := reward.NewStore(p.DB).Add(t.Context(), plan, p.Clock.Now())
		require.NoError(t, err)
		_, found := run(t, p)
		require.Empty(t, found)

		// If these values had arrived before the order was booked, the booked order
		// would be wrong.
		p.Write(t, `UPDATE facts SET received_at = received_at + 120000000 WHERE type IS NULL`)
		_, found = run(t, p)
		require.Contains(t, strings.Join(found, "\n"), "account_rate: booked 1.085, computed 2")
		require.Contains(t, strings.Join(found, "\n"), "instrument_group: booked forex, computed metals")
		require.Contains(t, strings.Join(found, "\n"), "bonus_k: booked 1, computed 5")
	})
}

func TestReplayRefusesAPeriod(t *testing.T) {
	t.Parallel()
	_, err := replay.Run(t.Context(), replay.Store{}, reward.Period{From: 2, To: 1}, nil)
	require.Equal(t, fault.ValidationError, fault.CodeOf(err))
}
