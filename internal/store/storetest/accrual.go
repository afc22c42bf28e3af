package storetest

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/reward"
	"github.com/tributary-server/tributary/internal/verify"
)

// Accrual is the specification of how facts take effect, on any engine.
func Accrual(t *testing.T, open func(t *testing.T) db.DB) {
	for name, test := range map[string]func(*testing.T, *Programme){
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
			test(t, NewProgramme(open(t)))
		})
	}
}

func scalar(t *testing.T, db db.DB, query string, args ...any) (n int64) {
	t.Helper()
	require.NoError(t, db.QueryRow(t.Context(), query, args...).Scan(&n))
	return n
}

func mustParse(s string) id.UUID {
	u, err := id.Parse(s)
	if err != nil {
		panic(err)
	}
	return u
}

const (
	walletSum  = `SELECT coalesce(sum(amount_e6), 0) FROM balances WHERE partner_id = $1 AND account = 'wallet'`
	rewardsUSD = `SELECT coalesce(sum(reward_usd_e6), 0) FROM partner_days WHERE partner_id = $1`
)

func orderBecomesReward(t *testing.T, p *Programme) {
	p.MustFeed(t, p.Setting()...)
	p.MustFeed(t, p.Order("1001", 1, "EURUSDm", "2026-03-01T10:00:00Z", `,"open_spread":8,"close_spread":"9.5"`))
	// 1 x 100000 x 0.00001 x (8 + 9.5) / 2 x 20 % = 1.75
	require.EqualValues(t, 1_750_000, scalar(t, p.DB, walletSum, mustParse(PartnerA)))
	p.MustFeed(t, p.Order("2001", 2, "usdjpy", "2026-03-01T10:00:00Z", ``))
	// Pro: 1 x 100000 x 0.001 x 12.5 x 0.006666666667 x 20 % = 1.66666666675, rounded 1.666667; in EUR over 1.085: 1.536099
	require.EqualValues(t, 1_666_667, scalar(t, p.DB, rewardsUSD, mustParse(PartnerB)))
	require.EqualValues(t, 1_536_099, scalar(t, p.DB, walletSum, mustParse(PartnerB)))
	// 1 x 100000 x 1.2 x 0.006666666667
	require.EqualValues(t, 8_000_000, scalar(t, p.DB, `SELECT volume_usd_e4 FROM rewards WHERE ticket = 2`))
}

func factsWait(t *testing.T, p *Programme) {
	setting := p.Setting()
	order := p.Order("1001", 1, "EURUSD", "2026-03-01T10:00:00Z", ``)
	s := p.Feed(t, order)
	require.EqualValues(t, 1, s.Accepted)
	require.EqualValues(t, 1, s.Unattributed)
	require.EqualValues(t, 1, p.Feed(t, order).Duplicates)
	for _, s := range slices.Backward(setting) { // accounts, clients, rates, instruments, the sub-partner, the partner
		p.Feed(t, s)
	}
	require.Zero(t, scalar(t, p.DB, `SELECT count(*) FROM facts_waiting`))
	require.EqualValues(t, 2_000_000, scalar(t, p.DB, walletSum, mustParse(PartnerA)))
}

func twoSources(t *testing.T, p *Programme) {
	p.MustFeed(t, p.Setting()...)
	p.MustFeed(t, p.Order("1001", 1, "EURUSD", "2026-03-01T10:00:00Z", ``))
	s := p.Feed(t, p.Order("1001", 1, "eurusdm", "2026-03-01T10:00:00Z", `,"commission":-1`))
	require.EqualValues(t, 1, s.Duplicates)
	s = p.Feed(t, p.Order("1001", 1, "EURUSD", "2026-03-01T10:00:01Z", ``))
	require.Len(t, s.Rejected, 1)
	require.Equal(t, "conflict", s.Rejected[0].Code)
	// The first line stands, though the second is older; and an id stays taken.
	lines := []string{p.Order("1001", 5, "EURUSD", "2026-03-01T12:00:00Z", ``), p.Order("1001", 5, "EURUSD", "2026-03-01T11:00:00Z", ``)}
	s = p.Feed(t, lines...)
	require.EqualValues(t, 1, s.Accepted)
	require.Equal(t, 2, s.Rejected[0].Line)
	again := p.Order("1001", 5, "EURUSD", "2026-03-01T12:00:00Z", ``)
	require.EqualValues(t, 1, p.Feed(t, again).Duplicates)
	require.EqualValues(t, 1, p.Feed(t, strings.Replace(again, `"ticket":5`, `"ticket":6`, 1)).RejectedCount)
	// The same while both still wait for their account.
	require.EqualValues(t, 1, p.Feed(t, p.Order("9", 1, "EURUSD", "2026-03-01T10:00:00Z", ``)).Accepted)
	require.EqualValues(t, 1, p.Feed(t, p.Order("9", 1, "EURUSD.", "2026-03-01T10:00:00Z", ``)).Duplicates)
	require.EqualValues(t, 1, p.Feed(t, p.Order("9", 1, "EURUSD", "2026-03-01T11:00:00Z", ``)).RejectedCount)
	require.EqualValues(t, 3, scalar(t, p.DB, `SELECT sum(orders) FROM server_days`))
}

func conflictingRepeat(t *testing.T, p *Programme) {
	first := `{"id":"x","type":"rate.set","at":"2026-01-01T00:00:00Z","currency":"EUR","usd":1.10}`
	p.MustFeed(t, first)
	require.EqualValues(t, 1, p.Feed(t, `{"usd":"1.1","currency":"eur","at":"2026-01-01T01:00:00+01:00","type":"rate.set","id":"x","reason":null}`).Duplicates)
	s := p.Feed(t, `{"id":"x","type":"rate.set","at":"2026-01-01T00:00:00Z","currency":"EUR","usd":1.11}`, `not json`, ``, `{"id":"y"}`)
	require.EqualValues(t, 3, s.RejectedCount)
	require.Equal(t, []int{2, 4, 1}, []int{s.Rejected[0].Line, s.Rejected[1].Line, s.Rejected[2].Line})
	require.Equal(t, "conflict", s.Rejected[2].Code)
	require.Equal(t, "y", s.Rejected[1].ID)
}

func withOverrides(t *testing.T, p *Programme) {
	t.Helper()
	plan := reward.Default()
	plan.OverridePercents = []money.Percent{10_0000}
	_, err := reward.NewStore(p.DB).Add(t.Context(), plan, now)
	require.NoError(t, err)
}

func reversal(t *testing.T, p *Programme) {
	withOverrides(t, p)
	p.MustFeed(t, p.Setting()...)
	reversed := p.Fact(feed.OrderReversed, "2026-03-05T00:00:00Z", `"server":"Real","ticket":2,"reason":"price error"`)
	require.EqualValues(t, 1, p.Feed(t, reversed).Unattributed)
	p.MustFeed(t, p.Order("2001", 2, "EURUSD", "2026-03-01T10:00:00Z", ``))
	require.Zero(t, scalar(t, p.DB, walletSum, mustParse(PartnerB)))
	require.Zero(t, scalar(t, p.DB, walletSum, mustParse(PartnerA)))
	require.EqualValues(t, 4, scalar(t, p.DB, `SELECT count(*) FROM partner_days`), "the order's day and the reversal's, for both partners")
	require.EqualValues(t, -200_000, scalar(t, p.DB, `SELECT min(override_usd_e6) FROM partner_days`))
	p.MustFeed(t, p.Fact(feed.OrderReversed, "2026-03-06T00:00:00Z", `"server":"Real","ticket":2,"reason":"again"`))
	require.Zero(t, scalar(t, p.DB, walletSum, mustParse(PartnerB)), "what is reversed is not reversed again")
	require.EqualValues(t, 2, scalar(t, p.DB, `SELECT count(*) FROM rewards`))
}

func lateTypeChange(t *testing.T, p *Programme) {
	p.MustFeed(t, p.Setting()...)
	p.MustFeed(t,
		p.Order("1001", 1, "EURUSD", "2026-03-01T10:00:00Z", ``),
		p.Order("1001", 2, "EURUSD", "2026-03-03T10:00:00Z", ``))
	require.EqualValues(t, 4_000_000, scalar(t, p.DB, walletSum, mustParse(PartnerA)))
	p.MustFeed(t, p.Fact(feed.AccountTypeChanged, "2026-03-02T00:00:00Z", `"client_account":"1001","account_type":"Raw Spread"`))
	require.EqualValues(t, 2_000_000+3_500_000, scalar(t, p.DB, walletSum, mustParse(PartnerA)))
	require.EqualValues(t, 1, scalar(t, p.DB, `SELECT count(*) FROM reward_revisions`))
}

func lateChangeOfPartner(t *testing.T, p *Programme) {
	p.MustFeed(t, p.Setting()...)
	p.MustFeed(t,
		p.Fact(feed.AccountOpened, "2026-04-01T00:00:00Z", `"client_account":"1002","client_uid":"`+Client1+`","server":"Real","platform":"mt5","account_type":"Standard","currency":"USD"`),
		p.Fact(feed.DepositReceived, "2026-04-02T00:00:00Z", `"client_account":"1002","amount_usd":100`),
		p.Order("1001", 1, "EURUSD", "2026-05-01T10:00:00Z", ``),
		p.Order("1002", 2, "EURUSD", "2026-05-01T10:00:00Z", ``))
	p.MustFeed(t, p.Fact(feed.ClientPartnerChanged, "2026-03-01T00:00:00Z", `"client_uid":"`+Client1+`","partner_code":"beta"`))
	require.EqualValues(t, 2_000_000, scalar(t, p.DB, rewardsUSD, mustParse(PartnerA)), "the old account keeps paying the old partner")
	require.EqualValues(t, 2_000_000, scalar(t, p.DB, rewardsUSD, mustParse(PartnerB)))
	require.EqualValues(t, 100_000_000, scalar(t, p.DB, `SELECT deposits_usd_e6 FROM clients WHERE partner_id = $1 AND client_uid = $2`, mustParse(PartnerB), mustParse(Client1)))
	require.Zero(t, scalar(t, p.DB, `SELECT deposits_usd_e6 FROM clients WHERE partner_id = $1 AND client_uid = $2`, mustParse(PartnerA), mustParse(Client1)))
}

func planReleases(t *testing.T, p *Programme) {
	p.MustFeed(t, p.Setting()...)
	order := p.Order("1001", 1, "EURUSDxyz", "2026-03-01T10:00:00Z", ``)
	require.EqualValues(t, 1, p.Feed(t, order).Unattributed)
	plan := reward.Default()
	plan.SymbolSuffixes = append(plan.SymbolSuffixes, "xyz")
	_, err := reward.NewStore(p.DB).Add(t.Context(), plan, now)
	require.NoError(t, err)
	require.NoError(t, p.Accrual.Drain(t.Context()))
	require.EqualValues(t, 2_000_000, scalar(t, p.DB, walletSum, mustParse(PartnerA)))
}

// lateChangeWaits: an order already booked comes, by a late change of partner,
// to one whose currency has no rate. It waits, and nothing else suffers.
func lateChangeWaits(t *testing.T, p *Programme) {
	p.MustFeed(t, p.Setting()...)
	p.MustFeed(t,
		p.Fact(feed.PartnerRegistered, "2026-01-03T00:00:00Z", `"partner_uid":"cccccccc-0000-4000-8000-000000000003","email":"c@example.com","country":"GB","program":"ib","partner_code":"gamma","currency":"GBP"`),
		p.Fact(feed.AccountOpened, "2026-04-01T00:00:00Z", `"client_account":"1002","client_uid":"`+Client1+`","server":"Real","platform":"mt5","account_type":"Standard","currency":"USD"`),
		p.Order("1002", 2, "EURUSD", "2026-05-01T10:00:00Z", ``),
		p.Order("1002", 3, "EURUSD", "2026-05-01T10:00:00Z", ``),
		p.Fact(feed.OrderReversed, "2026-05-02T00:00:00Z", `"server":"Real","ticket":3,"reason":"x"`))
	changed := p.Feed(t,
		p.Fact(feed.ClientPartnerChanged, "2026-03-01T00:00:00Z", `"client_uid":"`+Client1+`","partner_code":"gamma"`),
		p.Order("1001", 4, "EURUSD", "2026-05-01T10:00:00Z", ``))
	require.EqualValues(t, 2, changed.Accepted)
	require.EqualValues(t, 2_000_000, scalar(t, p.DB, walletSum, mustParse(PartnerA)), "account 1001 alone")
	require.EqualValues(t, 3, scalar(t, p.DB, `SELECT count(*) FROM facts_waiting`))
	p.MustFeed(t, p.Fact(feed.RateSet, "2026-01-01T09:00:00Z", `"currency":"GBP","usd":"1.25"`))
	require.Zero(t, scalar(t, p.DB, `SELECT count(*) FROM facts_waiting`))
	require.EqualValues(t, 1_600_000, scalar(t, p.DB, walletSum, mustParse("cccccccc-0000-4000-8000-000000000003")))
	summary, err := verify.Run(t.Context(), verify.NewStore(p.DB), func(f verify.Fault) { t.Error(f) })
	require.NoError(t, err)
	require.EqualValues(t, 4, summary.Rewards)
}

func sumsBounded(t *testing.T, p *Programme) {
	p.MustFeed(t, p.Setting()...)
	var lines []string
	for range 1000 {
		lines = append(lines, p.Fact(feed.DepositReceived, "2026-03-01T00:00:00Z", `"client_account":"1001","amount_usd":10000000000`))
	}
	s := p.Feed(t, lines...)
	require.EqualValues(t, 1000, s.Accepted+s.RejectedCount)
	require.Positive(t, s.RejectedCount)
	require.Equal(t, "out_of_range", s.Rejected[0].Code)
	require.Positive(t, scalar(t, p.DB, `SELECT deposits_usd_e6 FROM clients WHERE client_uid = $1`, mustParse(Client1)))
	require.EqualValues(t, 1, p.Feed(t, p.Order("1001", 1, "EURUSD", "2026-03-01T10:00:00Z", `,"open_spread":999999999999`)).RejectedCount)
	_, err := verify.Run(t.Context(), verify.NewStore(p.DB), func(f verify.Fault) { t.Error(f) })
	require.NoError(t, err)
}

// rebookingKeepsRates: a late rate changes no reward, not even one that a late
// change of type books anew.
func rebookingKeepsRates(t *testing.T, p *Programme) {
	p.MustFeed(t, p.Setting()...)
	p.MustFeed(t, p.Order("2001", 1, "USDJPY", "2026-03-03T10:00:00Z", `,"open_spread":20,"close_spread":20`))
	p.MustFeed(t, p.Fact(feed.RateSet, "2026-03-01T00:00:00Z", `"currency":"JPY","usd":"0.5"`))
	p.MustFeed(t, p.Fact(feed.AccountTypeChanged, "2026-03-02T00:00:00Z", `"client_account":"2001","account_type":"Standard"`))
	// 1 x 100000 x 0.001 x 20 x 0.006666666667 x 20 %
	require.EqualValues(t, 2_666_667, scalar(t, p.DB, rewardsUSD, mustParse(PartnerB)))
}

// anyOrder is invariant 6: the same facts in any order, with repeats, give the
// same books; configuration first.
func anyOrder(t *testing.T, p *Programme) {
	seed := fromEnv(t, "FACTS_SEED", rand.Uint64())
	t.Logf("FACTS_SEED=%d", seed)
	random := rand.New(rand.NewPCG(seed, 1))
	withOverrides(t, p)
	lines := p.Setting()
	// A server's new name comes before orders under it, which are refused else.
	configuration := slices.Concat(lines[2:6], randomServers(p, random))
	facts := slices.Concat(lines[:2], lines[6:], randomFacts(p, random), randomCorrections(p, random, configuration))
	p.Feed(t, configuration...)
	p.Shuffled(t, random, facts)
	RequireSound(t, p.DB)
	first := Dump(t.Context(), t, p.DB)
	require.NotEmpty(t, first)

	tables := []string{
		"partner_accounts", "partner_links", "link_codes", "sign_in_emails", "client_events", "account_routes", "facts", "facts_waiting", "server_days",
		"clients", "client_sources", "self_referrals", "accounts", "account_types", "account_servers", "server_names", "attributions", "deposits", "rewards", "order_changes",
		"reward_revisions", "overrides", "account_days", "partner_days", "partner_totals", "facts_dismissed",
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
	if diff := cmp.Diff(first, Dump(t.Context(), t, p.DB)); diff != "" {
		t.Fatalf("FACTS_SEED=%d: the books differ (-shuffled +in order):\n%s", seed, diff)
	}
}

// randomFacts makes accounts, changes of partner and type, deposits, orders
// and reversals, some of them before what they need.
func randomFacts(p *Programme, random *rand.Rand) []string {
	var out []string
	at := func() string {
		return time.Date(2026, 2, 3, 0, 0, 0, 0, time.UTC).Add(time.Duration(random.IntN(100*24*60)) * time.Minute).Format(time.RFC3339)
	}
	types := []string{"Standard", "Standard Cent", "Pro", "Raw Spread", "Social Pro"}
	clients := []string{Client1, Client2, "33333333-0000-4000-8000-000000000003"}
	out = append(out, p.Fact(feed.ClientRegistered, "2026-02-01T00:00:00Z", `"client_uid":"`+clients[2]+`","email":"three@example.com","country":"IT"`))
	accounts := []string{"1001", "2001"}
	for i := range 6 {
		number := strconv.Itoa(3000 + i)
		accounts = append(accounts, number)
		code := ""
		if random.IntN(3) == 0 {
			code = `,"partner_code":"beta"`
		}
		out = append(out, p.Fact(feed.AccountOpened, at(), fmt.Sprintf(
			`"client_account":%q,"client_uid":%q,"server":"Real","platform":"mt5","account_type":%q,"currency":"USD"%s`,
			number, clients[random.IntN(3)], types[random.IntN(5)], code)))
	}
	// gamma is paid in a currency without a rate: orders that come to it wait.
	out = append(out, p.Fact(feed.PartnerRegistered, "2026-01-03T00:00:00Z",
		`"partner_uid":"cccccccc-0000-4000-8000-000000000003","email":"c@example.com","country":"GB","program":"ib","partner_code":"gamma","currency":"GBP"`))
	codes := []string{"alpha", "beta", "gamma"}
	for range 4 {
		out = append(out, p.Fact(feed.ClientPartnerChanged, at(), fmt.Sprintf(`"client_uid":%q,"partner_code":%q`, clients[random.IntN(3)], codes[random.IntN(3)])))
	}
	for _, kind := range []feed.Type{feed.ClientVerified, feed.ClientLeft, feed.ClientReturned, feed.ClientChangeCancelled, feed.ClientVerified} {
		out = append(out, p.Fact(kind, at(), fmt.Sprintf(`"client_uid":%q`, clients[random.IntN(3)])))
	}
	out = append(out,
		p.Fact(feed.ClientPartnerChanging, at(), fmt.Sprintf(`"client_uid":%q,"partner_code":"beta"`, clients[random.IntN(3)])),
		p.Fact(feed.ContactShared, at(), fmt.Sprintf(`"client_uid":%q,"granted":true`, clients[random.IntN(3)])))
	account := func() string { return accounts[random.IntN(len(accounts))] }
	for range 5 {
		out = append(out,
			p.Fact(feed.AccountTypeChanged, at(), fmt.Sprintf(`"client_account":%q,"account_type":%q`, account(), types[random.IntN(5)])),
			p.Fact(feed.DepositReceived, at(), fmt.Sprintf(`"client_account":%q,"amount_usd":%d`, account(), random.IntN(1000))),
			p.Fact(feed.AccountEquity, at(), fmt.Sprintf(`"client_account":%q,"balance_usd":%d,"equity_usd":7`, account(), random.IntN(1000))))
	}
	symbols := []string{"EURUSD", "eurusdm", "USDJPY", "USDJPY."}
	names := []string{"Real", "REAL", " real", "Moved", "moved"}
	for i := range 60 {
		of := account()
		order := p.Order(of, 100+i, symbols[random.IntN(4)], at(), fmt.Sprintf(`,"open_spread":%d`, random.IntN(30)))
		server := names[random.IntN(3)]
		if slices.Contains(movedAccounts, of) {
			server = names[random.IntN(5)]
		}
		out = append(out, strings.Replace(order, `"server":"Real"`, fmt.Sprintf(`"server":%q`, server), 1))
	}
	for range 30 {
		kind := []feed.Type{feed.OrderReversed, feed.OrderReversed, feed.OrderReinstated}[random.IntN(3)]
		out = append(out, p.Fact(kind, at(), fmt.Sprintf(`"server":%q,"ticket":%d,"reason":"test"`, names[random.IntN(3)], 100+random.IntN(15))))
	}
	return out
}

// movedAccounts are those whose server gets another name.
var movedAccounts = []string{"1001", "3000", "3002"}

func randomServers(p *Programme, random *rand.Rand) []string {
	var out []string
	for _, account := range movedAccounts {
		at := time.Date(2026, 2, 3, 0, 0, 0, 0, time.UTC).Add(time.Duration(random.IntN(100*24)) * time.Hour).Format(time.RFC3339)
		out = append(out, p.Fact(feed.AccountServerChanged, at, fmt.Sprintf(`"client_account":%q,"server":"Moved"`, account)))
	}
	return out
}

// randomCorrections corrects an instrument and rates, and two of the
// corrections: some from another moment on than what was wrong.
func randomCorrections(p *Programme, random *rand.Rand, configuration []string) []string {
	var out []string
	correct := func(wrong string, change ...string) string {
		var fact struct{ ID, Type string }
		if err := json.Unmarshal([]byte(wrong), &fact); err != nil {
			panic(err)
		}
		p.next++
		at := time.Date(2025, 12, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(random.IntN(4*30*24)) * time.Hour).Format(time.RFC3339)
		right := regexp.MustCompile(`"at":"[^"]*"`).ReplaceAllString(wrong, `"at":"`+at+`"`)
		right = regexp.MustCompile(`,"corrects":"[^"]*","reason":"[^"]*"`).ReplaceAllString(right, "")
		right = strings.Replace(right, `"id":"`+fact.ID+`"`, fmt.Sprintf(`"id":"t-%d","corrects":%q,"reason":"a typo"`, p.next, fact.ID), 1)
		right = strings.NewReplacer(change...).Replace(right)
		out = append(out, right)
		return right
	}
	first := correct(configuration[1], `"avg_spread":"12.5"`, `"avg_spread":"13.5"`)
	correct(first, `"avg_spread":"13.5"`, `"avg_spread":11`, `"point_size":0.001`, `"point_size":0.0015`)
	correct(configuration[0], `"group":"forex"`, `"group":"metals"`)
	correct(configuration[2], `0.006666666667`, `0.007`)
	rate := correct(configuration[3], `1.085`, `1.19`)
	correct(rate, `1.19`, `1.17`)
	return out
}
