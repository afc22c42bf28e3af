package accrual_test

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
	"github.com/tributary-server/tributary/internal/reward"
)

// fourTiersPlan has terms of its own for a partner, a country, a group and an
// account type, overrides for three tiers, a limit for all tiers together, a level
// that some partners reach, and CPA.
const fourTiersPlan = `{
	"levels": [{"name": "Start", "share_percent": 20}, {"name": "Silver", "share_percent": 30, "min_volume_mln_usd": 3.2, "min_active_clients": 2}],
	"formulas": [
		{"partner_uids": ["cccccccc-0000-4000-8000-000000000002"], "groups": ["bullion"], "amount_per_lot_usd": 7, "formula": "formula_ecn"},
		{"countries": ["TH"], "account_types": ["Standard"], "share_percent": 27.5, "bonus_k": 1.2, "formula": "formula_classic_v2"},
		{"account_types": ["Raw Spread"], "formula": "formula_ecn"},
		{"account_types": ["Pro"], "formula": "formula_institutional_avg"},
		{"min_order_life_seconds": 60, "cap_per_order_usd": 9, "formula": "formula_classic_v2"}
	],
	"amounts_per_lot_usd": {"forex": 3.5, "bullion": 5},
	"override_percents": [12.5, 7.25, 3],
	"max_payout_percent": 34,
	"cpa": [{"name": "All", "amount_usd": 50, "deposit_percent": 10, "min_deposit_usd": 100, "min_lots": 105, "lots_within_days": 28,
		"within_days": 60, "approval": "automatic", "cap_per_client_usd": 120}]
}`

// The partners of the four tiers are numbered from the top. Each partner has two
// clients, and each client has an account of each type. The last account belongs to
// partner 3's agent link, whose agent is partner 1.
const (
	tiers        = 4
	tierOrders   = 500
	agentOfTiers = tiers * 2 * 3
)

var (
	tierCurrencies = []string{"USD", "EUR", "USD", "JPY"}
	tierRates      = map[string]string{"USD": "1", "EUR": "1.085", "JPY": "0.006666666667"}
	tierTypes      = []string{"Standard", "Pro", "Raw Spread"}
	tierCountries  = []string{"TH", "DE"}
	tierDeposits   = []string{"99.99", "150.005", "5000", "100", "333.33", "700", "701", "40"}
)

// tierOrder is an order as the test's own calculation sees it. All numbers are
// decimals.
type tierOrder struct {
	ticket, account            int
	symbol, lots, commission   string
	openSpread, closeSpread    string // empty if the order has none
	seconds                    int
	wantUSD, wantSilver        *big.Rat
	wantAbove                  []*big.Rat
	broker                     *big.Rat
	partner, client, typeIndex int
}

func rat(text string) *big.Rat {
	r, fine := new(big.Rat).SetString(text)
	if !fine {
		panic(text)
	}
	return r
}

func times(factors ...*big.Rat) *big.Rat {
	out := big.NewRat(1, 1)
	for _, f := range factors {
		out.Mul(out, f)
	}
	return out
}

func least(a, b *big.Rat) *big.Rat {
	if a.Cmp(b) < 0 {
		return a
	}
	return b
}

// halfEven rounds to 6 places, half to even. down rounds toward zero.
func halfEven(r *big.Rat) *big.Rat {
	text := new(big.Rat).Mul(r, big.NewRat(2_000_000, 1))
	n := new(big.Int).Div(text.Num(), text.Denom()) // the number of half units, rounded down
	units, odd := new(big.Int).DivMod(n, big.NewInt(2), new(big.Int))
	exact := new(big.Int).Mul(n, text.Denom()).Cmp(text.Num()) == 0
	if odd.Sign() != 0 && (!exact || units.Bit(0) == 1) {
		units.Add(units, big.NewInt(1))
	}
	return new(big.Rat).SetFrac(units, big.NewInt(1_000_000))
}

func down(r *big.Rat) *big.Rat {
	scaled := new(big.Rat).Mul(r, big.NewRat(1_000_000, 1))
	return new(big.Rat).SetFrac(new(big.Int).Quo(scaled.Num(), scaled.Denom()), big.NewInt(1_000_000))
}

func micros(r *big.Rat) int64 {
	scaled := new(big.Rat).Mul(r, big.NewRat(1_000_000, 1))
	if !scaled.IsInt() {
		panic("not rounded: " + r.String())
	}
	return scaled.Num().Int64()
}

// inCurrency converts USD to the currency of a partner.
func inCurrency(usd *big.Rat, tier int) *big.Rat {
	return halfEven(new(big.Rat).Quo(usd, rat(tierRates[tierCurrencies[tier]])))
}

// calculate computes what an order must earn at each tier, from the text of the plan
// alone.
func (o *tierOrder) calculate() {
	point := map[string]string{"EURUSD": "1", "XAUUSD": "1", "USDJPY": "0.6666666667"}[o.symbol]
	average := map[string]string{"EURUSD": "10", "XAUUSD": "25", "USDJPY": "12.5"}[o.symbol]
	spread := func(given string) *big.Rat {
		if given == "" {
			return rat(average)
		}
		return rat(given)
	}
	product := times(rat(o.lots), rat(point), new(big.Rat).Add(spread(o.openSpread), spread(o.closeSpread)), big.NewRat(1, 2))
	perLot := func(amount string) func(share string) *big.Rat {
		return func(share string) *big.Rat {
			return times(halfEven(times(rat(amount), rat(share), big.NewRat(1, 20))), rat(o.lots))
		}
	}
	percentOf := func(amount *big.Rat, factor string) func(share string) *big.Rat {
		return func(share string) *big.Rat { return times(amount, rat(share), big.NewRat(1, 100), rat(factor)) }
	}
	var earns func(share string) *big.Rat
	start, silver, capUSD := "20", "30", ""
	commission := new(big.Rat).Abs(rat(o.commission))
	ecn := func(amount string) {
		earns, o.broker = perLot(amount), commission
		if commission.Sign() == 0 {
			o.broker = times(perLot(amount)(start), big.NewRat(5, 1))
		}
	}
	o.broker = product
	switch {
	case o.partner == 2 && o.symbol == "XAUUSD":
		ecn("7")
	case tierCountries[o.client] == "TH" && o.typeIndex == 0:
		earns, start, silver = percentOf(product, "1.2"), "27.5", "27.5"
	case o.typeIndex == 2 && o.symbol == "XAUUSD":
		ecn("5")
	case o.typeIndex == 2:
		ecn("3.5")
	case o.typeIndex == 1:
		o.broker = times(rat(o.lots), rat(point), rat(average))
		earns = percentOf(o.broker, "1")
	case o.seconds < 60:
		earns = func(string) *big.Rat { return new(big.Rat) }
	default:
		earns, capUSD = percentOf(product, "1"), "9"
	}
	most := down(times(o.broker, big.NewRat(34, 100)))
	limited := func(share string) *big.Rat {
		usd := halfEven(earns(share))
		if capUSD != "" {
			usd = least(usd, rat(capUSD))
		}
		return least(usd, most)
	}
	o.wantUSD, o.wantSilver = limited(start), limited(silver)
	rest := new(big.Rat).Sub(most, o.wantUSD)
	for _, percent := range []string{"12.5", "7.25", "3"} {
		if len(o.wantAbove) == o.partner {
			break
		}
		override := least(halfEven(times(o.wantUSD, rat(percent), big.NewRat(1, 100))), rest)
		rest = new(big.Rat).Sub(rest, override)
		o.wantAbove = append(o.wantAbove, override)
	}
}

func tierPartner(n int) string { return fmt.Sprintf("cccccccc-0000-4000-8000-%012d", n) }

func tierClient(partner, client int) string {
	return fmt.Sprintf("dddddddd-0000-4000-8000-%012d", partner*2+client)
}

func tierAccount(partner, client, typeIndex int) int { return (partner*2+client)*3 + typeIndex }

// fourTiers returns the facts of the tree, and its orders.
func fourTiers(p *programmetest.Programme, random *rand.Rand) (facts []string, orders []*tierOrder) {
	for currency, usd := range tierRates {
		if currency != "USD" {
			facts = append(facts, p.Fact(feed.RateSet, "2026-01-01T00:00:00Z", fmt.Sprintf(`"currency":%q,"usd":%q`, currency, usd)))
		}
	}
	facts = append(facts,
		p.Fact(feed.InstrumentSet, "2026-01-01T00:00:00Z", `"symbol":"EURUSD","group":"forex","base_currency":"EUR","quote_currency":"USD","contract_size":100000,"point_size":"0.00001","avg_spread":10`),
		p.Fact(feed.InstrumentSet, "2026-01-01T00:00:00Z", `"symbol":"USDJPY","group":"forex","base_currency":"USD","quote_currency":"JPY","contract_size":100000,"point_size":0.001,"avg_spread":"12.5"`),
		p.Fact(feed.InstrumentSet, "2026-01-01T00:00:00Z", `"symbol":"XAUUSD","group":"bullion","base_currency":"XAU","quote_currency":"USD","contract_size":100,"point_size":"0.01","avg_spread":25`))
	for n := range tiers {
		more := ""
		if n > 0 {
			more = fmt.Sprintf(`,"parent_code":"tier%d"`, n-1)
		}
		facts = append(facts, p.Fact(feed.PartnerRegistered, "2026-01-01T00:00:00Z", fmt.Sprintf(
			`"partner_uid":%q,"email":"tier%d@example.com","country":"CY","program":"ib","partner_code":"tier%d","currency":%q%s`, tierPartner(n), n, n, tierCurrencies[n], more)))
		for c := range 2 {
			facts = append(facts, p.Fact(feed.ClientRegistered, "2026-05-20T00:00:00Z", fmt.Sprintf(
				`"client_uid":%q,"email":"client%d-%d@example.com","country":%q,"partner_code":"tier%d"`, tierClient(n, c), n, c, tierCountries[c], n)))
			for kind, name := range tierTypes {
				facts = append(facts, p.Fact(feed.AccountOpened, "2026-05-21T00:00:00Z", fmt.Sprintf(
					`"client_account":"%d","client_uid":%q,"server":"Real","platform":"mt5","account_type":%q,"currency":"USD"`, 9000+tierAccount(n, c, kind), tierClient(n, c), name)))
			}
			facts = append(facts, p.Fact(feed.DepositReceived, "2026-06-02T00:00:00Z", fmt.Sprintf(
				`"client_account":"%d","amount_usd":%q`, 9000+tierAccount(n, c, 0), tierDeposits[n*2+c])))
		}
	}
	facts = append(facts, p.Fact(feed.AccountOpened, "2026-05-21T00:00:00Z", fmt.Sprintf(
		`"client_account":"%d","client_uid":%q,"server":"Real","platform":"mt5","account_type":"Pro","currency":"USD","partner_code":"agent"`, 9000+agentOfTiers, tierClient(3, 1))))
	for i := range tierOrders {
		o := &tierOrder{
			ticket: 1000 + i, symbol: []string{"EURUSD", "USDJPY", "XAUUSD"}[random.IntN(3)], lots: fmt.Sprintf("%d.%02d", random.IntN(4), 1+random.IntN(99)),
			commission: "0", seconds: 30 + random.IntN(60), partner: random.IntN(tiers), client: random.IntN(2), typeIndex: random.IntN(3),
		}
		o.account = tierAccount(o.partner, o.client, o.typeIndex)
		if random.IntN(10) == 0 {
			o.partner, o.client, o.typeIndex, o.account = 3, 1, 1, agentOfTiers
		}
		if random.IntN(2) == 0 {
			o.openSpread = fmt.Sprintf("%d.%04d", random.IntN(60), random.IntN(10000))
		}
		if random.IntN(2) == 0 {
			o.closeSpread = fmt.Sprintf("%d.%d", random.IntN(60), random.IntN(10))
		}
		if random.IntN(2) == 0 {
			o.commission = fmt.Sprintf("-%d.%06d", random.IntN(20), random.IntN(1_000_000))
		}
		o.calculate()
		orders = append(orders, o)
		facts = append(facts, o.fact(p, time.Date(2026, 6, 3+random.IntN(20), random.IntN(24), random.IntN(60), 0, 0, time.UTC)))
	}
	return facts, orders
}

func (o *tierOrder) fact(p *programmetest.Programme, closed time.Time) string {
	spreads := ""
	if o.openSpread != "" {
		spreads += fmt.Sprintf(`,"open_spread":%q`, o.openSpread)
	}
	if o.closeSpread != "" {
		spreads += fmt.Sprintf(`,"close_spread":%q`, o.closeSpread)
	}
	return p.Fact(feed.OrderClosed, closed.Format(time.RFC3339), fmt.Sprintf(
		`"server":"Real","ticket":%d,"client_account":"%d","symbol":%q,"side":"sell","lots":%q,"open_time":%q,"close_time":%q,"open_price":1,"close_price":1,"commission":%q%s`,
		o.ticket, 9000+o.account, o.symbol, o.lots, closed.Add(-time.Duration(o.seconds)*time.Second).Format(time.RFC3339), closed.Format(time.RFC3339), o.commission, spreads))
}

// TestFourTiers feeds 500 orders to a tree of four tiers, in any order of facts. It
// compares every reward, override, agent's share, progress reward and CPA, and each
// wallet, with a calculation of its own. Then a client moves and trades on, and the
// history has not changed by a digit.
func TestFourTiers(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, open func(t *testing.T) db.DB) {
		p := programmetest.New(open(t))
		levels, payments := programmetest.WithMonthly(p)
		plan, err := reward.ParsePlan([]byte(fourTiersPlan))
		require.NoError(t, err)
		_, err = reward.NewStore(p.DB).Add(t.Context(), plan, programmetest.Now)
		require.NoError(t, err)
		random := rand.New(rand.NewPCG(7, 8))
		facts, orders := fourTiers(p, random)
		var registrations, others []string
		for _, fact := range facts {
			if strings.Contains(fact, "partner.registered") {
				registrations = append(registrations, fact)
			} else {
				others = append(others, fact)
			}
		}
		p.MustFeed(t, registrations...) // an agent's link needs its owner
		p.AgentLink(t, tierPartner(3), 70, "agent", "tier1@example.com")
		p.Agree(t, tierPartner(3), 70, "2026-01-01T00:00:00Z", 33_3300, 0)
		p.Shuffled(t, random, others)
		require.Zero(t, dbtest.Scalar(t, p.DB, `SELECT count(*) FROM facts_waiting`))
		p.Clock.Advance(time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC).Sub(p.Clock.Now()))
		require.NoError(t, levels.Run(t.Context()))
		require.NoError(t, payments.Run(t.Context()))

		requireTiers(t, p, orders)
		history := tierHistory(t, p)
		p.Clock.Advance(48 * time.Hour)
		later := &tierOrder{ticket: 5000, account: tierAccount(3, 0, 0), symbol: "EURUSD", lots: "1", commission: "0", seconds: 100}
		p.MustFeed(t, p.Fact(feed.ClientMoved, "2026-07-02T00:00:00Z", fmt.Sprintf(`"client_uid":%q,"partner_code":"tier0","reason":"a test"`, tierClient(3, 0))))
		p.MustFeed(t, later.fact(p, time.Date(2026, 7, 2, 12, 0, 0, 0, time.UTC)))
		require.Equal(t, history, tierHistory(t, p))
		require.EqualValues(t, 1, dbtest.Scalar(t, p.DB, `SELECT count(*) FROM rewards WHERE ticket = 5000 AND partner_id = $1`, programmetest.UUID(tierPartner(0))))
		programmetest.RequireSound(t, p.DB)
	})
}

// requireTiers compares the books with the test's own calculation.
func requireTiers(t *testing.T, p *programmetest.Programme, orders []*tierOrder) {
	t.Helper()
	wallets, volume, active := make([]*big.Rat, tiers), make([]*big.Rat, tiers), make([]map[int]bool, tiers)
	lots := map[[2]int]*big.Rat{}
	for n := range tiers {
		wallets[n], volume[n], active[n] = new(big.Rat), new(big.Rat), map[int]bool{}
	}
	cut := 0
	for _, o := range orders {
		owner := programmetest.UUID(tierPartner(o.partner))
		require.Equal(t, micros(o.wantUSD), dbtest.Scalar(t, p.DB, `SELECT reward_usd_e6 FROM rewards WHERE partner_id = $1 AND ticket = $2`, owner, o.ticket), "%+v", o)
		own := inCurrency(o.wantUSD, o.partner)
		require.Equal(t, micros(own), dbtest.Scalar(t, p.DB, `SELECT reward_e6 FROM rewards WHERE partner_id = $1 AND ticket = $2`, owner, o.ticket), "%+v", o)
		wallets[o.partner].Add(wallets[o.partner], own)
		all := new(big.Rat).Set(o.wantUSD)
		for i, usd := range o.wantAbove {
			above := o.partner - 1 - i
			all.Add(all, usd)
			require.Equal(t, micros(usd), tierOverride(t, p, above, o, "amount_usd_e6"), "tier %d of %+v", above, o)
			amount := inCurrency(usd, above)
			require.Equal(t, micros(amount), tierOverride(t, p, above, o, "amount_e6"), "tier %d of %+v", above, o)
			wallets[above].Add(wallets[above], amount)
		}
		require.LessOrEqual(t, all.Cmp(times(o.broker, big.NewRat(34, 100))), 0, "all tiers of %+v", o)
		if all.Cmp(down(times(o.broker, big.NewRat(34, 100)))) == 0 && o.wantUSD.Sign() > 0 {
			cut++
		}
		if o.account == agentOfTiers {
			usd := down(times(o.wantUSD, big.NewRat(3333, 10000)))
			require.Equal(t, micros(usd), dbtest.Scalar(t, p.DB, `SELECT coalesce(sum(amount_usd_e6), 0) FROM agent_shares WHERE ticket = $1`, o.ticket), "%+v", o)
			wallets[1].Add(wallets[1], inCurrency(usd, 1))
			wallets[3].Sub(wallets[3], inCurrency(usd, 3))
		}
		size := map[string]string{"EURUSD": "100000", "XAUUSD": "100", "USDJPY": "666.6666667"}[o.symbol]
		volume[o.partner].Add(volume[o.partner], times(rat(o.lots), rat(size)))
		active[o.partner][o.client] = true
		key := [2]int{o.partner, o.client}
		if lots[key] == nil {
			lots[key] = new(big.Rat)
		}
		lots[key].Add(lots[key], rat(o.lots))
	}
	require.Positive(t, cut, "the limit of all tiers cut some orders")
	var rises, stays, paid int
	for n := range tiers {
		progress := new(big.Rat)
		if times(volume[n], big.NewRat(1, 3_000_000)).Cmp(big.NewRat(32, 10)) >= 0 && len(active[n]) >= 2 {
			rises++
			for _, o := range orders {
				if o.partner == n {
					progress.Add(progress, new(big.Rat).Sub(inCurrency(o.wantSilver, n), inCurrency(o.wantUSD, n)))
				}
			}
		} else {
			stays++
		}
		id := programmetest.UUID(tierPartner(n))
		require.Equal(t, micros(progress), dbtest.Scalar(t, p.DB, `SELECT CAST(coalesce(sum(amount_e6), 0) AS bigint) FROM progress_rows WHERE partner_id = $1`, id), "progress of tier %d", n)
		wallets[n].Add(wallets[n], progress)
		for c := range 2 {
			deposit, usd := rat(tierDeposits[n*2+c]), new(big.Rat)
			if deposit.Cmp(rat("100")) >= 0 && lots[[2]int{n, c}].Cmp(rat("105")) >= 0 {
				usd = least(new(big.Rat).Add(rat("50"), halfEven(times(deposit, big.NewRat(1, 10)))), rat("120"))
				paid++
			}
			require.Equal(t, micros(usd), dbtest.Scalar(t, p.DB, `SELECT paid_usd_e6 FROM cpa_clients WHERE partner_id = $1 AND client_uid = $2`,
				id, programmetest.UUID(tierClient(n, c))), "CPA of tier %d, client %d", n, c)
			wallets[n].Add(wallets[n], inCurrency(usd, n))
		}
		require.Equal(t, micros(wallets[n]), dbtest.Scalar(t, p.DB, `SELECT CAST(sum(amount_e6) AS bigint) FROM balances WHERE partner_id = $1 AND account = 'wallet'`, id), "wallet of tier %d", n)
	}
	require.Positive(t, rises)
	require.Positive(t, stays)
	require.Positive(t, paid)
	require.Less(t, paid, tiers*2)
}

func tierOverride(t *testing.T, p *programmetest.Programme, above int, o *tierOrder, column string) int64 {
	t.Helper()
	return dbtest.Scalar(t, p.DB, `SELECT CAST(coalesce(sum(`+column+`), 0) AS bigint) FROM overrides WHERE partner_id = $1 AND sub_partner_id = $2 AND ticket = $3`,
		programmetest.UUID(tierPartner(above)), programmetest.UUID(tierPartner(o.partner)), o.ticket)
}

// tierHistory returns every amount of the 500 orders, and of the month's progress
// rewards and CPA.
func tierHistory(t *testing.T, p *programmetest.Programme) []string {
	t.Helper()
	rows, err := db.Collect(t.Context(), p.DB, func(rows db.Rows) (string, error) {
		var what string
		var partnerID id.UUID
		var ticket, usd, amount int64
		err := rows.Scan(&what, &partnerID, &ticket, &usd, &amount)
		return fmt.Sprintln(what, partnerID, ticket, usd, amount), err
	}, `SELECT 'reward', partner_id, ticket, reward_usd_e6, reward_e6 FROM rewards WHERE ticket < 5000
		UNION ALL SELECT 'override', partner_id, ticket, amount_usd_e6, amount_e6 FROM overrides WHERE ticket < 5000
		UNION ALL SELECT 'share', partner_id, ticket, amount_usd_e6, amount_e6 FROM agent_shares WHERE ticket < 5000
		UNION ALL SELECT 'progress', partner_id, ticket, amount_usd_e6, amount_e6 FROM progress_rows
		UNION ALL SELECT 'cpa', partner_id, 0, paid_usd_e6, paid_e6 FROM cpa_clients WHERE paid_day IS NOT NULL
		ORDER BY 1, 2, 3, 4, 5`)
	require.NoError(t, err)
	require.Greater(t, len(rows), tierOrders)
	return rows
}
