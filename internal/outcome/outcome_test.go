package outcome_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/inbox"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/outcome"
	"github.com/tributary-server/tributary/internal/page"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
	"github.com/tributary-server/tributary/internal/reward"
)

var known = append(slices.Clone(reward.Booked), reward.NoPartner, reward.Dismissed,
	"waiting:account", "waiting:instrument", "waiting:rate", "waiting:refused")

// TestEveryOrderHasOneOutcome applies random facts in a random order. It checks
// that each accepted order has exactly one outcome, that Find and List agree on
// this outcome, that the lists together contain each order once, and that the
// lines of an order sum to zero.
func TestEveryOrderHasOneOutcome(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, open func(t *testing.T) db.DB) {
		seed := programmetest.FromEnv(t, "TRIBUTARY_SEED", 38)
		random := rand.New(rand.NewPCG(seed, 1))
		p := programmetest.New(open(t))
		addPlans(t, p)
		lines := append(p.Setting(), programmetest.RandomFacts(p, random)...)
		require.Empty(t, p.Feed(t, programmetest.RandomServers(p, random)...).Rejected) // these facts wait for their accounts
		lines = append(lines, randomOrders(p, random)...)
		p.Shuffled(t, random, lines)
		dismissSome(t, p, random)
		programmetest.RequireSound(t, p.DB)

		s := outcome.NewService(outcome.NewStore(p.DB))
		found := map[string]reward.Outcome{} // outcomes by fact id
		var inLists, dismissed int64
		for _, partner := range []*id.UUID{nil, &id.Nil, &programmetest.Alpha, &programmetest.Beta, new(programmetest.UUID("cccccccc-0000-4000-8000-000000000003"))} {
			list, sums, err := s.List(t.Context(), outcome.Filter{Partner: partner}, page.Page{Limit: page.MaxLimit})
			require.NoError(t, err)
			of := map[reward.Outcome]int64{}
			for _, o := range list {
				require.NotContains(t, found, o.FactID, "an order is in one list, once")
				found[o.FactID] = o.Outcome
				of[o.Outcome]++
			}
			for _, sum := range sums {
				require.Equal(t, sum.Orders, of[sum.Outcome], sum.Outcome)
				inLists += sum.Orders
				if sum.Outcome == reward.Dismissed {
					dismissed = sum.Orders
				}
				only, _, err := s.List(t.Context(), outcome.Filter{Partner: partner, Outcomes: []reward.Outcome{sum.Outcome}}, page.Page{Limit: page.MaxLimit})
				require.NoError(t, err)
				require.Len(t, only, int(sum.Orders))
			}
		}
		health, err := inbox.NewStore(p.DB).Health(t.Context())
		require.NoError(t, err)
		require.Equal(t, health.Orders, inLists-dismissed, "the sums by outcome are the orders that arrived")
		seen := map[reward.Outcome]int{}
		for _, line := range lines {
			var f struct {
				ID, Type, Server string
				Ticket           int64
				Account          string `json:"client_account"`
			}
			require.NoError(t, json.Unmarshal([]byte(line), &f))
			if f.Type != string(feed.OrderClosed) {
				continue
			}
			o, err := s.Find(t.Context(), outcome.Question{OrderID: fmt.Sprintf("%s:%d", f.Server, f.Ticket), ClientAccount: f.Account})
			require.NoError(t, err, line)
			require.Contains(t, known, o.Outcome, line)
			require.Equal(t, found[f.ID], o.Outcome, line)
			require.Equal(t, f.ID, o.FactID)
			require.NotEmpty(t, o.Change, "it says what would change the outcome")
			require.NotEmpty(t, o.Figures, line)
			seen[o.Outcome]++
			var sum, usd money.Amount
			var wallet money.Amount
			for _, l := range o.Lines {
				sum, usd = sum+l.Amount, usd+l.USD
				require.NotNil(t, l.Posting, "%s %s", line, l.Kind)
				if l.Account == "wallet" {
					wallet += l.Amount
				}
			}
			require.Zero(t, sum)
			require.Zero(t, usd)
			if o.Outcome != reward.Paid {
				require.Zero(t, wallet, "%s of %s", o.Outcome, line)
			} else {
				require.Equal(t, o.Reward.Result.Reward, wallet, line)
			}
		}
		require.Len(t, found, int(inLists))
		t.Log(seen)
		for _, some := range []reward.Outcome{
			reward.Paid, reward.Reversed, reward.NoPartner, reward.NoSpread, reward.BelowPlace, reward.MinOrderLife,
			"waiting:rate", "waiting:account", "waiting:instrument", reward.NoRewardType, reward.Dismissed,
		} {
			require.Positive(t, seen[some], "the random facts have an order with the outcome %s", some)
		}
	})
}

// addPlans adds a plan that lacks a formula for some account types, and a plan with
// a cap and a minimum time for which an order must be open.
func addPlans(t *testing.T, p *programmetest.Programme) {
	t.Helper()
	plan := reward.Default()
	plan.Formulas = slices.DeleteFunc(plan.Formulas, func(f reward.FormulaRule) bool { return len(f.AccountTypes) == 0 })
	_, err := reward.NewStore(p.DB).Add(t.Context(), plan, programmetest.Now)
	require.NoError(t, err)
	plan = reward.Default()
	plan.From, plan.MinOrderLife, plan.CapPerOrder = time.Date(2026, 4, 15, 0, 0, 0, 0, time.UTC), 200, new(money.Amount(1_000_000))
	_, err = reward.NewStore(p.DB).Add(t.Context(), plan, programmetest.Now)
	require.NoError(t, err)
}

// randomOrders returns orders of known and unknown accounts and symbols. Some
// of the orders have no spread, are very small, or were open for only two
// minutes.
func randomOrders(p *programmetest.Programme, random *rand.Rand) []string {
	out := []string{
		p.Fact(feed.InstrumentSet, "2026-01-01T00:00:00Z", `"symbol":"EURCHF","group":"forex","base_currency":"EUR","quote_currency":"CHF","contract_size":100000,"point_size":"0.00001","avg_spread":10`),
		p.Fact(feed.AccountOpened, "2026-02-02T00:00:00Z", `"client_account":"1500","client_uid":"`+programmetest.Client1+`","server":"Real","platform":"mt5","account_type":"Standard","currency":"USD"`),
		p.Fact(feed.AccountOpened, "2026-02-02T00:00:00Z", `"client_account":"1600","client_uid":"33333333-0000-4000-8000-000000000003","server":"Real","platform":"mt5","account_type":"Standard","currency":"USD"`),
	}
	for i := range 80 {
		closed := time.Date(2026, 2, 3, 0, 0, 0, 0, time.UTC).Add(time.Duration(random.IntN(100*24)) * time.Hour)
		order := p.Order(programmetest.Pick(random, "1001", "1500", "1600", "2001", "9999"), 1000+i, programmetest.Pick(random, "EURUSD", "EURUSD", "EURUSD", "EURCHF", "GOLD"),
			closed.Format(time.RFC3339), programmetest.Pick(random, `,"open_spread":0,"close_spread":0`, `,"open_spread":9,"close_spread":7`, ``))
		order = strings.Replace(order, `"lots":1`, `"lots":`+programmetest.Pick(random, "1", "3", "0.0000001"), 1)
		if random.IntN(3) == 0 {
			order = strings.Replace(order, closed.Add(-5*time.Minute).Format(time.RFC3339), closed.Add(-2*time.Minute).Format(time.RFC3339), 1)
		}
		out = append(out, order)
	}
	return out
}

// dismissSome dismisses some of the waiting orders.
func dismissSome(t *testing.T, p *programmetest.Programme, random *rand.Rand) {
	t.Helper()
	waiting, _, err := inbox.NewStore(p.DB).Facts(t.Context(), inbox.Filter{Types: []feed.Type{feed.OrderClosed}, Page: page.Page{Limit: page.MaxLimit}})
	require.NoError(t, err)
	var ids []string
	for _, f := range waiting {
		if random.IntN(4) == 0 {
			ids = append(ids, f.ID)
		}
	}
	_, err = p.Accrual.Dismiss(t.Context(), ids, "a test account")
	require.NoError(t, err)
}

func TestUnknownOrders(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, open func(t *testing.T) db.DB) {
		p := programmetest.New(open(t))
		p.MustFeed(t, p.Setting()...)
		p.MustFeed(t, p.Order("1001", 7, "EURUSD", "2026-03-01T10:00:00Z", ``), p.Order("2001", 7, "EURUSD", "2026-03-01T10:00:00Z", ``))
		s := outcome.NewService(outcome.NewStore(p.DB))
		for _, name := range []string{"", ":", "7", "Real", "Real:", ":7", "Real:x", "Real:-7", "Real:7-1", "Real:7-x", "Real:8", "Real:+7", "Real:007", "Other:7", "Real:99999999999999999999", "Re\x00al:7", "Real:7-2"} {
			_, err := s.Find(t.Context(), outcome.Question{OrderID: name})
			require.Equal(t, fault.NotFound, fault.CodeOf(err), name)
		}
		_, err := s.Find(t.Context(), outcome.Question{OrderID: "real:7"})
		require.Equal(t, fault.ValidationError, fault.CodeOf(err))
		o, err := s.Find(t.Context(), outcome.Question{OrderID: "REAL:7", ClientAccount: "2001"})
		require.NoError(t, err)
		require.Equal(t, &programmetest.Beta, o.PartnerID)
		_, err = s.Find(t.Context(), outcome.Question{OrderID: "Real:7", ClientAccount: "2001", Owner: &programmetest.Alpha})
		require.Equal(t, fault.NotFound, fault.CodeOf(err), "the order of another partner")
		o, err = s.Find(t.Context(), outcome.Question{OrderID: "Real:7", Owner: &programmetest.Alpha})
		require.NoError(t, err, "a partner sees only one of the two")
		require.Equal(t, "1001", o.ClientAccount)
	})
}

// TestAnOrderIsAboutToBeBooked checks the outcome of an order that is not booked
// yet although the fact that it waited for has arrived, as after a crash.
func TestAnOrderIsAboutToBeBooked(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, open func(t *testing.T) db.DB) {
		p := programmetest.New(open(t))
		p.MustFeed(t, p.Setting()...)
		p.Feed(t, p.Order("1001", 7, "GOLD", "2026-03-01T10:00:00Z", ``))
		s := outcome.NewService(outcome.NewStore(p.DB))
		outcomeOf := func() reward.Outcome {
			o, err := s.Find(t.Context(), outcome.Question{OrderID: "Real:7"})
			require.NoError(t, err)
			require.NotEmpty(t, o.Change)
			return o.Outcome
		}
		require.Equal(t, reward.Outcome("waiting:instrument"), outcomeOf())
		p.Write(t, `UPDATE facts_waiting SET waits_for = ''`)
		require.Equal(t, reward.Outcome("waiting:ready"), outcomeOf())
		require.NoError(t, p.Accrual.Drain(t.Context()))
		require.Equal(t, reward.Outcome("waiting:instrument"), outcomeOf(), "the instrument is still missing")
	})
}
