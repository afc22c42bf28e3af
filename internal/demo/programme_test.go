package demo_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/demo"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/reward"
)

// defaults are the options with which `tributary demo` generates its programme.
var defaults = demo.Options{Seed: 1, Now: now}

func TestNoFactHasToWait(t *testing.T) {
	t.Parallel()
	codes, clients, accounts := map[string]bool{"": true}, map[id.UUID]bool{}, map[string]*feed.Account{}
	orders, funded := map[feed.OrderKey]bool{}, map[string]time.Time{}
	for fact := range demo.Generate(defaults) {
		switch body := fact.Body.(type) {
		case *feed.Partner:
			require.True(t, codes[body.ParentCode], body.ParentCode)
			require.False(t, codes[body.PartnerCode], body.PartnerCode)
			codes[body.PartnerCode] = true
		case *feed.Client:
			require.True(t, codes[body.PartnerCode], body.PartnerCode)
			require.False(t, clients[body.ClientUID])
			clients[body.ClientUID] = true
		case *feed.ClientChange:
			require.True(t, clients[body.ClientUID])
			require.True(t, codes[body.PartnerCode], body.PartnerCode)
		case *feed.Account:
			require.True(t, clients[body.ClientUID])
			require.True(t, codes[body.PartnerCode], body.PartnerCode)
			require.Nil(t, accounts[body.ClientAccount], body.ClientAccount)
			accounts[body.ClientAccount] = body
		case *feed.TypeChange:
			require.NotEqual(t, accounts[body.ClientAccount].AccountType, body.AccountType)
		case *feed.Equity:
			require.NotNil(t, accounts[body.ClientAccount], body.ClientAccount)
		case *feed.Deposit:
			require.NotNil(t, accounts[body.ClientAccount], body.ClientAccount)
			if fact.Type == feed.DepositReceived && funded[body.ClientAccount].IsZero() {
				funded[body.ClientAccount] = fact.At
			}
			if fact.Type == feed.DepositReversed {
				require.False(t, funded[body.ClientAccount].IsZero(), "nothing was paid in on %s", body.ClientAccount)
			}
		case *feed.Order:
			account := accounts[body.ClientAccount]
			require.NotNil(t, account, body.ClientAccount)
			require.Equal(t, account.Server, body.Server)
			require.Equal(t, fact.At, body.CloseTime)
			require.False(t, funded[body.ClientAccount].IsZero(), "%s trades without money", body.ClientAccount)
			require.False(t, body.OpenTime.Before(funded[body.ClientAccount]), "%s opened before the first deposit", body.Key())
			if body.Part > 2 {
				before := body.Key()
				before.Part--
				require.True(t, orders[before], "%s comes before an earlier part", body.Key())
			}
			require.False(t, orders[body.Key()], body.Key())
			orders[body.Key()] = true
		case *feed.Reversal:
			found := false
			for key := range orders {
				if key.Server == body.Server && key.Ticket == body.Ticket && key.Part == body.Part {
					found = true
					delete(orders, key) // an order is reversed at most once
					break
				}
			}
			require.True(t, found, "%s:%d-%d is not closed yet", body.Server, body.Ticket, body.Part)
		}
	}
}

func TestThereIsSomethingToSee(t *testing.T) {
	t.Parallel()
	facts := collect(demo.Generate(defaults))
	count := map[feed.Type]int{}
	for _, fact := range facts {
		count[fact.Type]++
	}
	for kind, want := range map[feed.Type][2]int{
		feed.PartnerRegistered: {8, 8}, feed.InstrumentSet: {45, 200}, feed.RateSet: {2_500, 3_200},
		feed.ClientRegistered: {400, 400}, feed.ClientVerified: {330, 390},
		feed.ClientPartnerChanging: {8, 16}, feed.ClientPartnerChanged: {3, 12}, feed.ClientChangeCancelled: {1, 8},
		feed.ClientLeft: {5, 8}, feed.ClientReturned: {1, 6},
		feed.AccountOpened: {500, 750}, feed.AccountTypeChanged: {5, 10}, feed.AccountEquity: {2_000, 8_000},
		feed.DepositReceived: {800, 4_000}, feed.DepositFailed: {60, 500}, feed.DepositReversed: {2, 40},
		feed.OrderClosed: {60_000, 60_000}, feed.OrderReversed: {50, 140}, feed.DayTotals: {4 * 365, 4 * 365},
	} {
		require.GreaterOrEqual(t, count[kind], want[0], kind)
		require.LessOrEqual(t, count[kind], want[1], kind)
		delete(count, kind)
	}
	require.Empty(t, count, "unexpected types")

	countries, byPartner := map[string]bool{}, map[string]int{}
	for _, client := range bodiesOf[feed.Client](facts) {
		countries[client.Country] = true
		byPartner[client.PartnerCode]++
	}
	require.Greater(t, len(countries), 40)
	require.Len(t, byPartner, 9, "eight partners and none")
	for code, clients := range byPartner {
		require.LessOrEqual(t, clients, byPartner[demo.MainPartner().Code], code)
	}

	kinds, typed := map[string]bool{}, 0
	for _, account := range bodiesOf[feed.Account](facts) {
		kinds[account.AccountType+" on "+account.Platform] = true
		if account.PartnerCode != "" {
			typed++
		}
	}
	require.Len(t, kinds, 16, "eight types on two platforms")
	require.Positive(t, typed)

	groups := map[string]bool{}
	for _, instrument := range bodiesOf[feed.Instrument](facts) {
		groups[instrument.Group] = true
	}
	require.Len(t, groups, 6)
}

func TestOrdersLookLikeOrders(t *testing.T) {
	t.Parallel()
	facts := collect(demo.Generate(defaults))
	instruments, plan := map[string]*feed.Instrument{}, demo.Plan()
	for _, in := range bodiesOf[feed.Instrument](facts) {
		instruments[in.Symbol] = in
	}
	var suffixed, parts, silent, spreads, losing int
	busy, months := map[string]int{}, map[time.Month]int{}
	orders := bodiesOf[feed.Order](facts)
	for _, o := range orders {
		names := plan.Symbols(o.Symbol)
		at := slices.IndexFunc(names, func(name string) bool { return instruments[name] != nil })
		require.GreaterOrEqual(t, at, 0, o.Symbol)
		in := instruments[names[at]]
		if at > 0 {
			suffixed++
		}
		if in.Group != "crypto" {
			require.NotContains(t, []time.Weekday{time.Saturday, time.Sunday}, o.OpenTime.Weekday(), "%s", demo.Line(feed.Fact{Body: o}))
			require.NotContains(t, []time.Weekday{time.Saturday, time.Sunday}, o.CloseTime.Weekday(), "%s", demo.Line(feed.Fact{Body: o}))
		}
		require.Zero(t, o.OpenPrice%in.PointSize, "%s is not a price of %s", o.OpenPrice, in.Symbol)
		require.Zero(t, o.ClosePrice%in.PointSize, "%s is not a price of %s", o.ClosePrice, in.Symbol)
		require.InDelta(t, 1, float64(o.ClosePrice)/float64(o.OpenPrice), 0.4, in.Symbol)
		if o.Part > 0 {
			parts++
		}
		if o.OpenSpread == nil || o.CloseSpread == nil {
			silent++
		} else if *o.OpenSpread+*o.CloseSpread < 10*in.AvgSpread {
			spreads++
		}
		if o.Profit < 0 {
			losing++
		}
		busy[o.ClientAccount]++
		months[o.CloseTime.Month()]++
	}
	within := func(what string, got, low, high int) {
		t.Helper()
		require.GreaterOrEqual(t, got*1000/len(orders), low, what)
		require.LessOrEqual(t, got*1000/len(orders), high, what)
	}
	within("with a suffix", suffixed, 150, 600)
	within("later parts", parts, 5, 60)
	within("without a spread", silent, 20, 250)
	within("with sane spreads", spreads, 700, 1000)
	within("losing", losing, 480, 680)
	require.Greater(t, months[time.June], months[time.September], "the programme grows")

	var activity []int
	for _, n := range busy {
		activity = append(activity, n)
	}
	slices.Sort(activity)
	top := 0
	for _, n := range activity[len(activity)*4/5:] {
		top += n
	}
	within("by the most active fifth", top, 600, 950)
}

func TestPlanIsTheDefaultWithOverrides(t *testing.T) {
	t.Parallel()
	plan, shipped := demo.Plan(), reward.Default()
	require.Equal(t, []money.Percent{10_0000, 5_0000}, plan.OverridePercents)
	require.True(t, plan.From.IsZero(), "from the beginning")
	plan.OverridePercents = shipped.OverridePercents
	require.Equal(t, shipped, plan)
}

func TestPartners(t *testing.T) {
	t.Parallel()
	main := demo.MainPartner()
	require.Equal(t, "demo@example.com", main.Email)
	partners := demo.Partners(defaults)
	require.Equal(t, main, partners[0])
	depth := map[string]int{}
	for _, p := range partners {
		if p.Parent != "" {
			depth[p.Code] = depth[p.Parent] + 1
		}
		require.True(t, strings.HasSuffix(p.Email, "@example.com"), p.Email)
		require.Regexp(t, `^[a-z_-]{1,20}$`, p.Code)
	}
	require.Contains(t, depth, "sipho")
	require.Equal(t, 2, depth["sipho"])

	currencies := map[string]bool{}
	registered := bodiesOf[feed.Partner](collect(demo.Generate(smallDemo)))
	require.Len(t, registered, len(partners))
	for _, body := range registered {
		at := slices.IndexFunc(partners, func(p demo.Partner) bool { return p.UID == body.PartnerUID })
		require.GreaterOrEqual(t, at, 0)
		told := demo.Partner{Email: body.Email, UID: body.PartnerUID, Code: body.PartnerCode, Parent: body.ParentCode}
		require.Equal(t, partners[at], told)
		currencies[body.Currency] = true
	}
	require.Equal(t, map[string]bool{"USD": true, "EUR": true, "JPY": true}, currencies)
}
