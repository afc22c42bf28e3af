package broker_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/api/apitest"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
	"github.com/tributary-server/tributary/internal/reward"
	"github.com/tributary-server/tributary/sdk"
)

// planFrom puts a changed copy of the built-in plan in force from a day
// onwards.
func planFrom(t *testing.T, w *apitest.World, day string, change func(*reward.Plan)) {
	t.Helper()
	from, err := time.Parse(time.DateOnly, day)
	require.NoError(t, err)
	plan := reward.Default()
	plan.From = from
	change(plan)
	_, err = reward.NewStore(w.DB).Add(t.Context(), plan, w.Clock.Now())
	require.NoError(t, err)
}

// scenario is an order with its outcome.
type scenario struct {
	account string // client account of the order; 1001 if empty
	symbol  string // EURUSD if empty
	closed  string // day on which the order closes
	more    string
	lots    string
	then    func(t *testing.T, w *apitest.World, ticket int, factID string)

	outcome   string
	limitedBy string
	reward    string            // in USD; empty if the order is not booked
	figures   map[string]string // figures that the response must have; it may have others too
	lines     int
	change    string // text that the response's explanation of what would change the outcome must contain
	hidden    bool   // whether partner A gets a 404 for the order
}

func changeOrder(kind feed.Type, day, reason string) func(*testing.T, *apitest.World, int, string) {
	return func(t *testing.T, w *apitest.World, ticket int, _ string) {
		t.Helper()
		w.MustFeed(t, w.Fact(kind, day+"T12:00:00Z", fmt.Sprintf(`"server":"Real","ticket":%d,"reason":%q`, ticket, reason)))
	}
}

func inTurn(steps ...func(*testing.T, *apitest.World, int, string)) func(*testing.T, *apitest.World, int, string) {
	return func(t *testing.T, w *apitest.World, ticket int, factID string) {
		t.Helper()
		for _, step := range steps {
			step(t, w, ticket, factID)
		}
	}
}

func dismissFact(t *testing.T, w *apitest.World, _ int, factID string) {
	t.Helper()
	done := apitest.OK(w.Broker(t).DismissFacts(t.Context(), sdk.DismissFactsIn{FactIDs: []string{factID}, Reason: "a test account"}))(t)
	require.EqualValues(t, 1, done.Changed)
}

// outcomes are orders, one for each outcome.
var outcomes = map[string]scenario{
	"paid": {
		closed: "2026-03-05", outcome: "paid", reward: "2", lines: 2, change: "A reversal",
		figures: map[string]string{"formula_code": "formula_classic_v2", "lots": "1", "open_spread_missing_avg_spread": "10", "reward_percentage": "20", "exact_usd": "2", "reward_usd": "2.000000"},
	},
	"a capped reward is paid": {
		closed: "2026-04-11", outcome: "paid", limitedBy: "capped", reward: "1", lines: 2,
		figures: map[string]string{"exact_usd": "2", "cap_per_order_usd": "1", "reward_usd": "1.000000"},
	},
	"reinstated": {
		closed: "2026-03-08", outcome: "paid", reward: "2", lines: 6,
		then: inTurn(changeOrder(feed.OrderReversed, "2026-03-09", "price error"), changeOrder(feed.OrderReinstated, "2026-03-10", "it was right")),
	},
	"reversed": {
		closed: "2026-03-07", outcome: "reversed", reward: "2", lines: 4, change: "order.reinstated", then: changeOrder(feed.OrderReversed, "2026-03-09", "price error"),
		figures: map[string]string{"reversed_at": "2026-03-09T12:00:00Z", "reason": "price error"},
	},
	"min_order_life": {
		closed: "2026-04-02", outcome: "min_order_life", limitedBy: "min_order_life", reward: "0", change: "keeps the plan",
		figures: map[string]string{"open_seconds": "300", "min_order_life_seconds": "301", "exact_usd": "2"},
	},
	"capped": {closed: "2026-04-21", outcome: "capped", limitedBy: "capped", reward: "0", change: "cap_per_order_usd", figures: map[string]string{"cap_per_order_usd": "0", "exact_usd": "2"}},
	"no_spread": {
		closed: "2026-03-05", more: `,"open_spread":0,"close_spread":0`, outcome: "no_spread", limitedBy: "no_spread", reward: "0", change: "Send the spread",
		figures: map[string]string{"open_spread": "0", "close_spread": "0"},
	},
	"below_place": {
		closed: "2026-03-05", lots: "0.0000001", outcome: "below_place", limitedBy: "below_place", reward: "0", change: "smaller than",
		figures: map[string]string{"exact_usd": "0.0000002"},
	},
	"no_reward_type, booked": {closed: "2026-05-02", outcome: "no_reward_type", limitedBy: "no_reward_type", reward: "0", figures: map[string]string{"bonus_k": "0"}},
	"no_reward_type, without a formula": {
		account: "1002", closed: "2026-05-11", outcome: "no_reward_type", change: "A plan with a reward for the account's type",
		figures: map[string]string{"waits_for": "refused:no_reward_type", "message": `the plan has no formula for the account type "Pro" and the group "forex"`},
	},
	"symbol_not_in_plan, booked": {
		account: "1003", closed: "2026-05-21", outcome: "symbol_not_in_plan", limitedBy: "symbol_not_in_plan", reward: "0",
		figures: map[string]string{"instrument_group": "forex", "amount_per_lot": "0"},
	},
	"symbol_not_in_plan, without a formula": {closed: "2026-05-11", outcome: "symbol_not_in_plan", change: "A plan with the instrument's group", figures: map[string]string{"waits_for": "refused:symbol_not_in_plan"}},
	"no_partner":                            {account: "3001", closed: "2026-03-05", outcome: "no_partner", limitedBy: "no_partner", reward: "0", change: "when the account was opened", hidden: true, figures: map[string]string{"account_opened": "2026-02-02T00:00:00Z"}},
	"another partner's":                     {account: "2001", closed: "2026-03-05", outcome: "paid", reward: "2", lines: 2, hidden: true, figures: map[string]string{"avg_spread": "10"}},
	"waiting:account":                       {account: "9999", closed: "2026-03-05", outcome: "waiting:account", change: "account.opened", hidden: true, figures: map[string]string{"waits_for": "account:9999"}},
	"waiting:instrument":                    {symbol: "XAUUSD.pro", closed: "2026-03-05", outcome: "waiting:instrument", change: "instrument.set", figures: map[string]string{"waits_for": "instrument:XAUUSD.PRO"}},
	"waiting:rate":                          {symbol: "EURCHF", closed: "2026-03-05", outcome: "waiting:rate", change: "rate.set", figures: map[string]string{"waits_for": "rate:CHF"}},
	"waiting:refused": {
		account: "1004", closed: "2026-03-05", outcome: "waiting:refused", change: "contradicts", figures: map[string]string{"waits_for": "refused:conflict"},
		then: func(t *testing.T, w *apitest.World, _ int, _ string) {
			t.Helper()
			w.MustFeed(t, w.Fact(feed.AccountOpened, "2026-02-02T00:00:00Z", `"client_account":"1004","client_uid":"`+programmetest.Client1+`","server":"Elsewhere","platform":"mt5","account_type":"Standard","currency":"USD"`))
		},
	},
	"dismissed": {symbol: "GOLD", closed: "2026-03-05", outcome: "dismissed", change: "restores", then: dismissFact, figures: map[string]string{"reason": "a test account", "waited_for": "instrument:GOLD"}},
}

// TestOutcomes feeds an order for each outcome, and asks for it as the broker
// and as its partner. Then it checks that the reports and lists agree with each
// other, and that they count every order that was fed.
func TestOutcomes(t *testing.T) {
	t.Parallel()
	apitest.EachWorld(t, func(t *testing.T, w *apitest.World) {
		t.Helper()
		planFrom(t, w, "2026-04-01", func(p *reward.Plan) { p.MinOrderLife = 301 })
		planFrom(t, w, "2026-04-10", func(p *reward.Plan) { p.CapPerOrder = new(money.Amount(1_000_000)) })
		planFrom(t, w, "2026-04-20", func(p *reward.Plan) { p.CapPerOrder = new(money.Amount(0)) })
		planFrom(t, w, "2026-05-01", func(p *reward.Plan) { p.BonusK = 0 })
		planFrom(t, w, "2026-05-10", func(p *reward.Plan) {
			p.Formulas = []reward.FormulaRule{{AccountTypes: []string{"Standard"}, Groups: []string{"metals"}, Formula: reward.ClassicV2}}
		})
		planFrom(t, w, "2026-05-20", func(p *reward.Plan) { delete(p.AmountsPerLot, "forex") })
		account := func(number, client, kind string) string {
			return w.Fact(feed.AccountOpened, "2026-02-02T00:00:00Z", fmt.Sprintf(`"client_account":%q,"client_uid":%q,"server":"Real","platform":"mt5","account_type":%q,"currency":"USD"`, number, client, kind))
		}
		const client3 = "33333333-0000-4000-8000-000000000003"
		w.MustFeed(t, w.Fact(feed.ClientRegistered, "2026-02-01T00:00:00Z", `"client_uid":"`+client3+`","email":"three@example.com","country":"IT"`),
			account("1002", programmetest.Client1, "Pro"), account("1003", programmetest.Client1, "Zero"), account("3001", client3, "Standard"),
			w.Fact(feed.InstrumentSet, "2026-01-01T00:00:00Z", `"symbol":"EURCHF","group":"forex","base_currency":"EUR","quote_currency":"CHF","contract_size":100000,"point_size":"0.00001","avg_spread":10`))
		fed := map[string]int64{} // number of orders by outcome
		ticket := 100
		for name, s := range outcomes {
			ticket++
			symbol, number, lots := s.symbol, s.account, s.lots
			if symbol == "" {
				symbol = "EURUSD"
			}
			if number == "" {
				number = "1001"
			}
			order := w.Order(number, ticket, symbol, s.closed+"T10:00:00Z", s.more)
			if lots != "" {
				order = strings.Replace(order, `"lots":1`, `"lots":`+lots, 1)
			}
			factID := fmt.Sprintf("t-%d", w.Next)
			require.Empty(t, w.Feed(t, order).Rejected, name)
			if s.then != nil {
				s.then(t, w, ticket, factID)
			}
			fed[s.outcome]++
			requireOutcome(t, w, name, fmt.Sprintf("Real:%d", ticket), factID, &s)
		}
		requireSums(t, w, fed)
		programmetest.RequireSound(t, w.DB)
	})
}

func requireOutcome(t *testing.T, w *apitest.World, name, orderID, factID string, s *scenario) {
	t.Helper()
	broker, a := w.Broker(t), w.Partner(t, "a")
	o := apitest.OK(broker.Order(t.Context(), orderID, sdk.OrderQuery{}))(t)
	require.Equal(t, s.outcome, o.Outcome, name)
	require.Equal(t, factID, o.FactID, name)
	require.Contains(t, o.Change, s.change, name)
	requireFigures(t, name, o.Figures, s.figures)
	if s.reward == "" {
		require.Empty(t, o.RewardUSD, name)
	} else {
		require.EqualValues(t, s.reward, o.RewardUSD, name)
	}
	if s.limitedBy == "" {
		require.Nil(t, o.LimitedBy, name)
	} else {
		require.Equal(t, s.limitedBy, *o.LimitedBy, name)
	}
	require.Len(t, o.Lines, s.lines, name)
	for _, line := range o.Lines {
		require.NotNil(t, line.Posting, "%s: a line names its posting", name)
	}
	mine, err := a.ExplainOrder(t.Context(), strings.ToUpper(orderID), sdk.ExplainOrderQuery{})
	if s.hidden {
		apitest.RequireRefused(t, err, sdk.NotFound)
		if o.PartnerUID != nil || s.outcome == "no_partner" {
			asked := apitest.OK(broker.Order(t.Context(), orderID, sdk.OrderQuery{PartnerUID: programmetest.PartnerA}))(t)
			require.Equal(t, "not_yours", asked.Outcome, name)
			require.Empty(t, asked.RewardUSD, "another partner's reward is not a part of the answer")
			require.Empty(t, asked.Lines)
			require.Contains(t, asked.Change, "who had the account when the order closed")
			requireFigures(t, name, asked.Figures, map[string]string{"account_opened": "2026-02-02T00:00:00Z"})
		}
		return
	}
	require.NoError(t, err, name)
	require.Equal(t, o.Outcome, mine.Outcome, name)
	require.Equal(t, o.Lines, mine.Lines, name)
	if s.reward == "" {
		return
	}
	formula := apitest.OK(a.OrderFormula(t.Context(), *mine.FormulaCode, orderID))(t)
	require.Equal(t, s.outcome, string(formula.Outcome), name)
	require.Equal(t, mine.LimitedBy, formula.LimitedBy, name)
	rows := slices.DeleteFunc(apitest.All(t, a.Orders(t.Context(), sdk.OrdersQuery{})), func(r sdk.OrdersRow) bool { return r.OrderID != orderID })
	require.NotEmpty(t, rows, name)
	for _, r := range rows {
		require.Equal(t, s.outcome, string(r.Outcome), "each row of the order has its outcome")
	}
}

func requireFigures(t *testing.T, name string, figures []sdk.Figure, some map[string]string) {
	t.Helper()
	found := map[string]string{}
	for _, f := range figures {
		found[f.Name] = f.Value
	}
	for figure, value := range some {
		require.Equal(t, value, found[figure], "%s: %s of %v", name, figure, found)
	}
}

func requireSums(t *testing.T, w *apitest.World, fed map[string]int64) {
	t.Helper()
	broker, ctx := w.Broker(t), t.Context()
	sums := map[string]int64{}
	for _, partner := range []string{"", noUID, programmetest.PartnerA, programmetest.PartnerB, apitest.PartnerC} {
		listed := apitest.OK(broker.OrdersPage(ctx, sdk.BrokerOrdersQuery{PartnerUID: partner, Limit: 1}))(t)
		var count int64
		for _, sum := range listed.Totals.By {
			sums[sum.Outcome] += sum.Orders
			count += sum.Orders
			only := apitest.All(t, broker.Orders(ctx, sdk.BrokerOrdersQuery{PartnerUID: partner, Outcome: []sdk.AnyOutcome{sdk.AnyOutcome(sum.Outcome)}}))
			require.Len(t, only, int(sum.Orders), sum.Outcome)
			for _, o := range only {
				require.Equal(t, sum.Outcome, o.Outcome)
			}
		}
		require.Equal(t, count, listed.Totals.Count)
	}
	require.Equal(t, fed, sums, "each order that was fed has one outcome")
	a := w.Partner(t, "a")
	all := apitest.OK(a.OrdersPage(ctx, sdk.OrdersQuery{}))(t).Totals
	var orders, rows int64
	for _, outcome := range []sdk.Outcome{sdk.OutcomePaid, sdk.OutcomeReversed, sdk.OutcomeMinOrderLife, sdk.OutcomeCapped, sdk.OutcomeNoSpread, sdk.OutcomeSymbolNotInPlan, sdk.OutcomeNoRewardType, sdk.OutcomeBelowPlace} {
		some := apitest.OK(a.OrdersPage(ctx, sdk.OrdersQuery{Outcome: []sdk.Outcome{outcome}, Country: []string{"de"}, LinkCode: []string{"alpha"}}))(t).Totals
		require.Positive(t, some.Count, outcome)
		orders, rows = orders+some.OrdersCount, rows+some.Count
	}
	require.Equal(t, all.OrdersCount, orders, "an order counts once, also after a reversal and a reinstatement")
	require.Equal(t, all.Count, rows)
	require.Equal(t, rows-3, orders, "one reversal, and one reversal with its reinstatement")
	apitest.Refused(a.OrdersPage(ctx, sdk.OrdersQuery{Outcome: []sdk.Outcome{"unpaid"}}))(t, sdk.ValidationError, "outcome invalid")
	held := apitest.OK(broker.OrdersPage(ctx, sdk.BrokerOrdersQuery{ClientAccount: []string{"9999", "1004"}}))(t)
	require.EqualValues(t, 2, held.Totals.Count)
	later := apitest.OK(broker.OrdersPage(ctx, sdk.BrokerOrdersQuery{PartnerUID: programmetest.PartnerA, ClientAccount: []string{"1001"}, DateFrom: "2026-05-01", DateTo: "2026-05-02"}))(t)
	require.EqualValues(t, 1, later.Totals.Count)
	for _, unknown := range []string{"Real:1", "Nowhere:101", "x"} {
		apitest.Refused(broker.Order(ctx, unknown, sdk.OrderQuery{}))(t, sdk.NotFound)
	}
}
