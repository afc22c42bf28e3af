package accrual_test

import (
	"context"
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
	"github.com/tributary-server/tributary/internal/reward"
	"github.com/tributary-server/tributary/internal/verify"
)

func TestAccrual(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, open func(t *testing.T) db.DB) {
		for name, test := range map[string]func(*testing.T, *programmetest.Programme){
			"an order becomes a reward":        orderBecomesReward,
			"facts wait for their other half":  factsWait,
			"two sources of one order":         twoSources,
			"a repeat with other content":      conflictingRepeat,
			"a reversal takes the reward back": reversal,
			"a late change of type":            lateTypeChange,
			"a late change of partner":         lateChangeOfPartner,
			"a plan releases what it fits":     planReleases,
			"a late change to no rate":         lateChangeWaits,
			"sums that would not fit":          sumsBounded,
			"a rebooking keeps its rates":      rebookingKeepsRates,
			"facts in any order":               anyOrder,
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				test(t, programmetest.New(open(t)))
			})
		}
	})
}

func orderBecomesReward(t *testing.T, p *programmetest.Programme) {
	p.MustFeed(t, p.Setting()...)
	p.MustFeed(t, p.Order("1001", 1, "EURUSDm", "2026-03-01T10:00:00Z", `,"open_spread":8,"close_spread":"9.5"`))
	// 1 x 100000 x 0.00001 x (8 + 9.5) / 2 x 20 % = 1.75
	require.Equal(t, "1.75", p.Wallet(t, programmetest.PartnerA))
	p.MustFeed(t, p.Order("2001", 2, "usdjpy", "2026-03-01T10:00:00Z", ``))
	// Pro: 1 x 100000 x 0.001 x 12.5 x 0.006666666667 x 20 % = 1.66666666675,
	// rounded 1.666667. In EUR, divided by 1.085: 1.536099.
	require.Equal(t, "1.666667", p.Rewards(t, programmetest.PartnerB))
	require.Equal(t, "1.536099", p.Wallet(t, programmetest.PartnerB))
	// 1 x 100000 x 1.2 x 0.006666666667
	require.EqualValues(t, 8_000_000, dbtest.Scalar(t, p.DB, `SELECT volume_usd_e4 FROM rewards WHERE ticket = 2`))
}

func factsWait(t *testing.T, p *programmetest.Programme) {
	setting := p.Setting()
	order := p.Order("1001", 1, "EURUSD", "2026-03-01T10:00:00Z", ``)
	s := p.Feed(t, order)
	require.EqualValues(t, 1, s.Accepted)
	require.EqualValues(t, 1, s.Unattributed)
	require.EqualValues(t, 1, p.Feed(t, order).Duplicates)
	for _, s := range slices.Backward(setting) {
		p.Feed(t, s)
	}
	require.Zero(t, dbtest.Scalar(t, p.DB, `SELECT count(*) FROM facts_waiting`))
	require.Equal(t, "2", p.Wallet(t, programmetest.PartnerA))
}

func twoSources(t *testing.T, p *programmetest.Programme) {
	p.MustFeed(t, p.Setting()...)
	p.MustFeed(t, p.Order("1001", 1, "EURUSD", "2026-03-01T10:00:00Z", ``))
	s := p.Feed(t, p.Order("1001", 1, "eurusdm", "2026-03-01T10:00:00Z", `,"commission":-1`))
	require.EqualValues(t, 1, s.Duplicates)
	s = p.Feed(t, p.Order("1001", 1, "EURUSD", "2026-03-01T10:00:01Z", ``))
	require.Len(t, s.Rejected, 1)
	require.Equal(t, "conflict", s.Rejected[0].Code)
	// The two lines describe one order with different close times. The first
	// line is accepted, although the second line has the earlier close time.
	lines := []string{p.Order("1001", 5, "EURUSD", "2026-03-01T12:00:00Z", ``), p.Order("1001", 5, "EURUSD", "2026-03-01T11:00:00Z", ``)}
	s = p.Feed(t, lines...)
	require.EqualValues(t, 1, s.Accepted)
	require.Equal(t, 2, s.Rejected[0].Line)
	again := p.Order("1001", 5, "EURUSD", "2026-03-01T12:00:00Z", ``)
	require.EqualValues(t, 1, p.Feed(t, again).Duplicates)
	require.EqualValues(t, 1, p.Feed(t, strings.Replace(again, `"ticket":5`, `"ticket":6`, 1)).RejectedCount)
	// A repeat of an order is also recognised while the order waits for its
	// account.
	require.EqualValues(t, 1, p.Feed(t, p.Order("9", 1, "EURUSD", "2026-03-01T10:00:00Z", ``)).Accepted)
	require.EqualValues(t, 1, p.Feed(t, p.Order("9", 1, "EURUSD.", "2026-03-01T10:00:00Z", ``)).Duplicates)
	require.EqualValues(t, 1, p.Feed(t, p.Order("9", 1, "EURUSD", "2026-03-01T11:00:00Z", ``)).RejectedCount)
	require.EqualValues(t, 3, dbtest.Scalar(t, p.DB, `SELECT sum(orders) FROM server_days`))
}

func conflictingRepeat(t *testing.T, p *programmetest.Programme) {
	first := `{"id":"x","type":"rate.set","at":"2026-01-01T00:00:00Z","currency":"EUR","usd":1.10}`
	p.MustFeed(t, first)
	require.EqualValues(t, 1, p.Feed(t, `{"usd":"1.1","currency":"eur","at":"2026-01-01T01:00:00+01:00","type":"rate.set","id":"x","reason":null}`).Duplicates)
	s := p.Feed(t, `{"id":"x","type":"rate.set","at":"2026-01-01T00:00:00Z","currency":"EUR","usd":1.11}`, `not json`, ``, `{"id":"y"}`)
	require.EqualValues(t, 3, s.RejectedCount)
	require.Equal(t, []int{2, 4, 1}, []int{s.Rejected[0].Line, s.Rejected[1].Line, s.Rejected[2].Line})
	require.Equal(t, "conflict", s.Rejected[2].Code)
	require.Equal(t, "y", s.Rejected[1].ID)
}

func reversal(t *testing.T, p *programmetest.Programme) {
	programmetest.WithOverrides(t, p)
	p.MustFeed(t, p.Setting()...)
	reversed := p.Fact(feed.OrderReversed, "2026-03-05T00:00:00Z", `"server":"Real","ticket":2,"reason":"price error"`)
	require.EqualValues(t, 1, p.Feed(t, reversed).Unattributed)
	p.MustFeed(t, p.Order("2001", 2, "EURUSD", "2026-03-01T10:00:00Z", ``))
	require.Equal(t, "0", p.Wallet(t, programmetest.PartnerB))
	require.Equal(t, "0", p.Wallet(t, programmetest.PartnerA))
	require.EqualValues(t, 4, dbtest.Scalar(t, p.DB, `SELECT count(*) FROM partner_days`), "the order's day and the reversal's, for both partners")
	require.EqualValues(t, -200_000, dbtest.Scalar(t, p.DB, `SELECT min(override_usd_e6) FROM partner_days`))
	p.MustFeed(t, p.Fact(feed.OrderReversed, "2026-03-06T00:00:00Z", `"server":"Real","ticket":2,"reason":"again"`))
	require.Equal(t, "0", p.Wallet(t, programmetest.PartnerB), "what is reversed is not reversed again")
	require.EqualValues(t, 2, dbtest.Scalar(t, p.DB, `SELECT count(*) FROM rewards`))
}

func lateTypeChange(t *testing.T, p *programmetest.Programme) {
	p.MustFeed(t, p.Setting()...)
	p.MustFeed(t,
		p.Order("1001", 1, "EURUSD", "2026-03-01T10:00:00Z", ``),
		p.Order("1001", 2, "EURUSD", "2026-03-03T10:00:00Z", ``))
	require.Equal(t, "4", p.Wallet(t, programmetest.PartnerA))
	p.MustFeed(t, p.Fact(feed.AccountTypeChanged, "2026-03-02T00:00:00Z", `"client_account":"1001","account_type":"Raw Spread"`))
	require.Equal(t, "5.5", p.Wallet(t, programmetest.PartnerA))
	require.EqualValues(t, 1, dbtest.Scalar(t, p.DB, `SELECT count(*) FROM reward_revisions`))
}

func lateChangeOfPartner(t *testing.T, p *programmetest.Programme) {
	p.MustFeed(t, p.Setting()...)
	p.MustFeed(t,
		p.Fact(feed.AccountOpened, "2026-04-01T00:00:00Z", `"client_account":"1002","client_uid":"`+programmetest.Client1+`","server":"Real","platform":"mt5","account_type":"Standard","currency":"USD"`),
		p.Fact(feed.DepositReceived, "2026-04-02T00:00:00Z", `"client_account":"1002","amount_usd":100`),
		p.Order("1001", 1, "EURUSD", "2026-05-01T10:00:00Z", ``),
		p.Order("1002", 2, "EURUSD", "2026-05-01T10:00:00Z", ``))
	p.MustFeed(t, p.Fact(feed.ClientPartnerChanged, "2026-03-01T00:00:00Z", `"client_uid":"`+programmetest.Client1+`","partner_code":"beta"`))
	require.Equal(t, "2", p.Rewards(t, programmetest.PartnerA), "the old account keeps paying the old partner")
	require.Equal(t, "2", p.Rewards(t, programmetest.PartnerB))
	require.EqualValues(t, 100_000_000, dbtest.Scalar(t, p.DB, `SELECT deposits_usd_e6 FROM clients WHERE partner_id = $1 AND client_uid = $2`, programmetest.UUID(programmetest.PartnerB), programmetest.UUID(programmetest.Client1)))
	require.Zero(t, dbtest.Scalar(t, p.DB, `SELECT deposits_usd_e6 FROM clients WHERE partner_id = $1 AND client_uid = $2`, programmetest.UUID(programmetest.PartnerA), programmetest.UUID(programmetest.Client1)))
}

func planReleases(t *testing.T, p *programmetest.Programme) {
	p.MustFeed(t, p.Setting()...)
	order := p.Order("1001", 1, "EURUSDxyz", "2026-03-01T10:00:00Z", ``)
	require.EqualValues(t, 1, p.Feed(t, order).Unattributed)
	plan := reward.Default()
	plan.SymbolSuffixes = append(plan.SymbolSuffixes, "xyz")
	_, err := reward.NewStore(p.DB).Add(t.Context(), plan, programmetest.Now)
	require.NoError(t, err)
	require.NoError(t, p.Accrual.Drain(t.Context()))
	require.Equal(t, "2", p.Wallet(t, programmetest.PartnerA))
}

// lateChangeWaits checks a late fact that moves an account to a partner whose
// currency has no rate. The booked order then has to wait, and nothing else
// changes.
func lateChangeWaits(t *testing.T, p *programmetest.Programme) {
	p.MustFeed(t, p.Setting()...)
	p.MustFeed(t,
		p.Fact(feed.PartnerRegistered, "2026-01-03T00:00:00Z", `"partner_uid":"cccccccc-0000-4000-8000-000000000003","email":"c@example.com","country":"GB","program":"ib","partner_code":"gamma","currency":"GBP"`),
		p.Fact(feed.AccountOpened, "2026-04-01T00:00:00Z", `"client_account":"1002","client_uid":"`+programmetest.Client1+`","server":"Real","platform":"mt5","account_type":"Standard","currency":"USD"`),
		p.Order("1002", 2, "EURUSD", "2026-05-01T10:00:00Z", ``),
		p.Order("1002", 3, "EURUSD", "2026-05-01T10:00:00Z", ``),
		p.Fact(feed.OrderReversed, "2026-05-02T00:00:00Z", `"server":"Real","ticket":3,"reason":"x"`))
	changed := p.Feed(t,
		p.Fact(feed.ClientPartnerChanged, "2026-03-01T00:00:00Z", `"client_uid":"`+programmetest.Client1+`","partner_code":"gamma"`),
		p.Order("1001", 4, "EURUSD", "2026-05-01T10:00:00Z", ``))
	require.EqualValues(t, 2, changed.Accepted)
	require.Equal(t, "2", p.Wallet(t, programmetest.PartnerA), "only account 1001 earns")
	require.EqualValues(t, 3, dbtest.Scalar(t, p.DB, `SELECT count(*) FROM facts_waiting`))
	p.MustFeed(t, p.Fact(feed.RateSet, "2026-01-01T09:00:00Z", `"currency":"GBP","usd":"1.25"`))
	require.Zero(t, dbtest.Scalar(t, p.DB, `SELECT count(*) FROM facts_waiting`))
	require.Equal(t, "1.6", p.Wallet(t, "cccccccc-0000-4000-8000-000000000003"))
	summary, err := verify.Run(t.Context(), verify.NewStore(p.DB), func(f verify.Fault) { t.Error(f) })
	require.NoError(t, err)
	require.EqualValues(t, 4, summary.Rewards)
}

func sumsBounded(t *testing.T, p *programmetest.Programme) {
	p.MustFeed(t, p.Setting()...)
	var lines []string
	for range 1000 {
		lines = append(lines, p.Fact(feed.DepositReceived, "2026-03-01T00:00:00Z", `"client_account":"1001","amount_usd":10000000000`))
	}
	s := p.Feed(t, lines...)
	require.EqualValues(t, 1000, s.Accepted+s.RejectedCount)
	require.Positive(t, s.RejectedCount)
	require.Equal(t, "out_of_range", s.Rejected[0].Code)
	require.Positive(t, dbtest.Scalar(t, p.DB, `SELECT deposits_usd_e6 FROM clients WHERE client_uid = $1`, programmetest.UUID(programmetest.Client1)))
	require.EqualValues(t, 1, p.Feed(t, p.Order("1001", 1, "EURUSD", "2026-03-01T10:00:00Z", `,"open_spread":999999999999`)).RejectedCount)
	_, err := verify.Run(t.Context(), verify.NewStore(p.DB), func(f verify.Fault) { t.Error(f) })
	require.NoError(t, err)
}

// rebookingKeepsRates checks that a late rate changes no reward, not even a
// reward that is booked again after a late change of the account's type.
func rebookingKeepsRates(t *testing.T, p *programmetest.Programme) {
	p.MustFeed(t, p.Setting()...)
	p.MustFeed(t, p.Order("2001", 1, "USDJPY", "2026-03-03T10:00:00Z", `,"open_spread":20,"close_spread":20`))
	p.MustFeed(t, p.Fact(feed.RateSet, "2026-03-01T00:00:00Z", `"currency":"JPY","usd":"0.5"`))
	p.MustFeed(t, p.Fact(feed.AccountTypeChanged, "2026-03-02T00:00:00Z", `"client_account":"2001","account_type":"Standard"`))
	// 1 x 100000 x 0.001 x 20 x 0.006666666667 x 20 %
	require.Equal(t, "2.666667", p.Rewards(t, programmetest.PartnerB))
}

// anyOrder checks that the same facts give the same books in any order, even if
// some facts are repeated. The configuration facts are an exception: they are
// always fed first.
func anyOrder(t *testing.T, p *programmetest.Programme) {
	seed := programmetest.FromEnv(t, "FACTS_SEED", rand.Uint64())
	t.Logf("FACTS_SEED=%d", seed)
	random := rand.New(rand.NewPCG(seed, 1))
	programmetest.WithOverrides(t, p)
	lines := p.Setting()
	// A fact that gives a server a new name must come before the orders with this
	// name, because the books would refuse the orders.
	configuration := slices.Concat(lines[2:6], programmetest.RandomServers(p, random))
	facts := slices.Concat(lines[:2], lines[6:], programmetest.RandomFacts(p, random), programmetest.RandomMoves(p, random), programmetest.RandomParents(p, random),
		programmetest.RandomCorrections(p, random, configuration))
	p.Feed(t, configuration...)
	p.Shuffled(t, random, facts)
	programmetest.RequireSound(t, p.DB)
	first := programmetest.Dump(t.Context(), t, p.DB)
	programmetest.RequireTables(t, first, "client", "account", "reward", "override", "account-day", "partner-day", "totals", "balance", "ledger", "server-day")

	tables := []string{
		"partner_accounts", "partner_changes", "partner_links", "link_codes", "sign_in_emails", "client_events", "account_routes", "facts", "facts_waiting", "server_days",
		"clients", "client_sources", "self_referrals", "accounts", "account_types", "account_servers", "server_names", "attributions", "deposits", "reward_rows", "reward_terms", "order_changes",
		"reward_revisions", "overrides", "account_days", "client_months", "partner_days", "partner_totals", "sub_partner_totals", "facts_dismissed",
		"postings", "entries", "balances", "instruments", "rates",
	}
	require.NoError(t, p.DB.Write(t.Context(), func(ctx context.Context, q db.Querier) error {
		for _, table := range tables {
			if _, err := q.Exec(ctx, `DELETE FROM `+table); err != nil {
				return err
			}
		}
		_, err := q.Exec(ctx, `DELETE FROM partners WHERE programme <> 'house'`)
		return err
	}))
	p.Feed(t, configuration...)
	p.Feed(t, facts...)
	if diff := cmp.Diff(first, programmetest.Dump(t.Context(), t, p.DB)); diff != "" {
		t.Fatalf("FACTS_SEED=%d: the books differ (-shuffled +in order):\n%s", seed, diff)
	}
}
