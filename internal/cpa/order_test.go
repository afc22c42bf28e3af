package cpa_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/cpa"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
	"github.com/tributary-server/tributary/internal/reward"
)

// TestFactsInAnyOrder feeds random facts twice, each time in another order and in
// other batches, and then pays CPA. The books must be the same. The facts include
// reversed deposits, moves of clients, and late changes of partner and type.
func TestFactsInAnyOrder(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, open func(t *testing.T) db.DB) {
		seed := programmetest.FromEnv(t, "CPA_SEED", rand.Uint64())
		t.Logf("CPA_SEED=%d", seed)
		books := func(order uint64) []string {
			random := rand.New(rand.NewPCG(seed, 1))
			s := newScene(t, open(t), reward.CPA{
				Name: "All", AmountUSD: 200_000_000, DepositPercent: 10_0000, CapPerClientUSD: usd(240), CapPerMonthUSD: usd(450), CapPerCampaignUSD: usd(300),
				MinDepositUSD: 100_000_000, MinLots: 2_0000_0000, WithinDays: 150, Approval: reward.AutomaticApproval,
			})
			s.MustFeed(t, s.Setting()[6:]...)
			s.Feed(t, programmetest.RandomServers(s.Programme, random)...)
			facts := append(programmetest.RandomFacts(s.Programme, random), s.randomClients(random)...)
			facts = append(facts, programmetest.RandomMoves(s.Programme, random)...)
			s.Shuffled(t, rand.New(rand.NewPCG(seed, order)), facts)
			s.payOn("2026-07-01")
			programmetest.RequireSound(t, s.DB)
			return programmetest.Dump(t.Context(), t, s.DB)
		}
		first, second := books(2), books(3)
		programmetest.RequireTables(t, first, "reward", "cpa")
		for _, state := range []string{"approved", "rejecteddeposit_reversed", "cap_per_month"} {
			require.True(t, slices.ContainsFunc(first, func(row string) bool { return strings.HasPrefix(row, "cpa: ") && strings.Contains(row, state) }), "no client is %s", state)
		}
		require.Equal(t, first, second)
	})
}

// randomClients returns facts about twelve clients of both partners. Most of them
// deposit enough, and some deposits are reversed.
func (s *scene) randomClients(random *rand.Rand) []string {
	var out []string
	at := func(days int) string {
		return time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(random.IntN(days*24*60)) * time.Minute).Format(time.RFC3339)
	}
	for n := 1; n <= 12; n++ {
		campaign := ""
		if n%2 == 0 {
			campaign = `,"campaign_code":"spring"`
		}
		lines := s.lines(n, "2026-02-20", campaign)
		if n > 9 {
			lines[0] = strings.Replace(lines[0], "alpha", "beta", 1)
		}
		out = append(out, lines...)
		out = append(out, s.depositLine(n, at(10), 90+random.IntN(200)), s.depositLine(n, at(10), 90+random.IntN(200)))
		if n%3 == 0 && n != 3 { // client 3 must qualify before its first deposit is reversed
			out = append(out, s.depositLine(n, at(30), -20*(1+random.IntN(20))))
		}
		if n == 3 { // this first deposit counts, and is certainly reversed
			out = append(out, s.depositLine(n, "2026-03-01T00:00:00Z", 100), s.depositLine(n, "2026-05-01T00:00:00Z", -1000))
		}
		for range 2 + random.IntN(3) {
			s.ticket++
			out = append(out, s.Order(account(n), 5000+s.ticket, "EURUSD", at(60), ``))
		}
	}
	for n := 1; n <= 12; n += 2 {
		if n == 3 { // this client stays, so that it qualifies and its reversal counts
			continue
		}
		out = append(out, s.Fact(feed.ClientMoved, at(60), fmt.Sprintf(`"client_uid":%q,"partner_code":%q,"reason":"test"`, uid(n), programmetest.Pick(random, "alpha", "beta"))))
	}
	for n := 1; n <= 12; n += 5 {
		out = append(out, s.Fact(feed.ClientPartnerChanged, at(20), fmt.Sprintf(`"client_uid":%q,"partner_code":"beta"`, uid(n))),
			s.Fact(feed.AccountTypeChanged, at(20), fmt.Sprintf(`"client_account":%q,"account_type":"Standard Cent"`, account(n))))
	}
	return out
}

var errKilled = errors.New("the process was killed")

// mortal is a database whose process is killed at the end of one of its transactions,
// either just before the commit or just after it. A dead process writes nothing more.
type mortal struct {
	db.DB
	left  int // number of transactions until the process is killed
	after bool
	dead  bool
}

func (m *mortal) Write(ctx context.Context, fn func(context.Context, db.Querier) error) error {
	if m.dead {
		return errKilled
	}
	return m.DB.Write(ctx, fn)
}

func (m *mortal) Lock(ctx context.Context, keys db.Keys, fn func(context.Context, db.Querier) error) error {
	m.left--
	last := m.left == 0
	err := m.DB.Lock(ctx, keys, func(ctx context.Context, q db.Querier) error {
		if err := fn(ctx, q); err != nil || !last || m.after {
			return err
		}
		return errKilled
	})
	if last {
		m.dead = true
	}
	if err == nil && last {
		return errKilled
	}
	return err
}

// TestRun_Killed kills a run at each of its transactions, and lets another process
// finish it. The caps must be the same as without the kill.
func TestRun_Killed(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, open func(t *testing.T) db.DB) {
		capped := basic
		capped.CapPerMonthUSD, capped.CapPerCampaignUSD = usd(600), usd(300)
		books := func(kill int, after bool) (dump []string, transactions int) {
			s := newScene(t, open(t), capped)
			for n := 1; n <= 5; n++ {
				s.client(n, "2026-06-02", []string{"", `,"campaign_code":"spring"`}[n%2])
				s.qualify(n, fmt.Sprintf("2026-06-%02d", 20-n))
			}
			s.client(6, "2026-05-20", "") // this one's window ends in June
			s.setDay("2026-07-01")
			m := &mortal{DB: s.DB, left: kill, after: after}
			dying := cpa.NewService(cpa.NewStore(db.Joining(m)), s.Clock, cpa.Config{Zone: time.UTC, StepClients: 2})
			if err := dying.Run(t.Context()); kill > 0 {
				require.ErrorIs(t, err, errKilled)
			} else {
				require.NoError(t, err)
			}
			programmetest.RequireSound(t, s.DB)
			require.NoError(t, s.payments.Run(t.Context()))
			programmetest.RequireSound(t, s.DB)
			return programmetest.Dump(t.Context(), t, s.DB), -m.left
		}
		want, transactions := books(0, false)
		require.Contains(t, strings.Join(want, "\n"), "cap_per_campaign")
		require.Contains(t, strings.Join(want, "\n"), "cpa: rejectedexpired")
		require.Contains(t, strings.Join(want, "\n"), "cap_per_month")
		require.GreaterOrEqual(t, transactions, 3)
		for n := 1; n <= transactions; n++ {
			for _, after := range []bool{false, true} {
				got, _ := books(n, after)
				require.Equal(t, want, got, "killed at transaction %d, after its commit: %t", n, after)
			}
		}
	})
}
