package cpa_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/accrual"
	"github.com/tributary-server/tributary/internal/audit"
	"github.com/tributary-server/tributary/internal/cpa"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
	"github.com/tributary-server/tributary/internal/reward"
)

var errSick = errors.New("this partner cannot be locked")

// sick is a database in which no transaction can lock one partner.
type sick struct {
	db.DB
	partnerID id.UUID // id.Nil: every partner can be locked
	tries     int     // number of times that the partner could not be locked
}

func (s *sick) Lock(ctx context.Context, keys db.Keys, fn func(context.Context, db.Querier) error) error {
	if s.partnerID != id.Nil && keys.Covers(db.Partners(s.partnerID)) {
		s.tries++
		return errSick
	}
	return s.DB.Lock(ctx, keys, fn)
}

// TestRun_OnePartnerFails makes the runs of one partner fail for two months. The
// other partner must be paid in time. When the fault is over, the missed runs take
// place in order, so each month has its own cap.
func TestRun_OnePartnerFails(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, open func(t *testing.T) db.DB) {
		for name, heal := range map[string]func(*scene){
			"the next attempt succeeds": func(s *scene) {
				require.NoError(s.t, s.payments.Run(s.t.Context()))
				require.NotContains(s.t, s.CPA(s.t, programmetest.Alpha), "paid", "the pause is not over")
				s.Clock.Advance(time.Hour)
				require.NoError(s.t, s.payments.Run(s.t.Context()))
			},
			"the broker decides first": func(s *scene) {
				s.approve(3)
				require.NotContains(s.t, s.CPA(s.t, programmetest.Alpha), "paid", "an approved client needs no run")
				_, err := s.payments.Reject(s.t.Context(), programmetest.UUID(uid(3)), "two accounts")
				require.ErrorContains(s.t, err, "was paid on 2026-08-01")
				s.reject(4, "a friend")
			},
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				capped := basic
				capped.CapPerMonthUSD = usd(200)
				s := newScene(t, open(t), capped)
				s.clientOf("beta", 9, "2026-06-02")
				s.qualify(9, "2026-06-03")
				for n := 1; n <= 4; n++ {
					s.client(n, "2026-06-20", "")
				}
				s.qualify(1, "2026-06-23")
				s.qualify(2, "2026-06-24")
				database := &sick{DB: s.DB, partnerID: programmetest.Alpha}
				joining := db.Joining(database)
				restart := func() {
					s.payments = cpa.NewService(cpa.NewStore(joining), s.Clock, cpa.Config{Zone: time.UTC, Audit: audit.NewSQLLog(joining, s.Clock), StepClients: 1})
				}
				failed := func() int64 {
					n, err := cpa.NewStore(joining).Failed(t.Context())
					require.NoError(t, err)
					return n
				}
				restart()
				s.setDay("2026-07-01")
				for _, step := range []struct {
					after time.Duration
					tries int
				}{{0, 1}, {0, 2}, {0, 2}, {59 * time.Second, 2}, {time.Second, 3}, {time.Minute, 3}, {time.Minute, 4}, {24 * time.Hour, 5}, {59 * time.Minute, 6}} {
					s.Clock.Advance(step.after)
					require.NoError(t, s.payments.Run(t.Context()))
					require.Equal(t, step.tries, database.tries, step.after)
				}
				require.Equal(t, "c0000009 approved 200 paid", s.CPA(t, programmetest.Beta))
				require.EqualValues(t, 1, failed())

				// This server does no monthly work, so the runs of these months are
				// still due after its facts.
				s.Accrual = accrual.New(accrual.NewSQLStore(db.Joining(s.DB)), s.Clock, time.UTC, slog.New(slog.DiscardHandler), accrual.Config{})
				s.setDay("2026-08-02")
				s.clientOf("beta", 8, "2026-07-02")
				s.qualify(8, "2026-07-03")
				s.qualify(3, "2026-07-02")
				restart()
				require.NoError(t, s.payments.Run(t.Context()))
				require.Equal(t, "c0000008 approved 200 paid, c0000009 approved 200 paid", s.CPA(t, programmetest.Beta), "August takes place without Alpha")
				require.NotContains(t, s.CPA(t, programmetest.Alpha), "paid")
				require.EqualValues(t, 1, failed())

				database.partnerID = id.Nil
				heal(s)
				require.Zero(t, failed())
				require.Contains(t, s.CPA(t, programmetest.Alpha), "c0000001 approved 200 paid, c0000002 approved 0 paid cap_per_month, c0000003 approved 200 paid")
				programmetest.RequireSound(t, s.DB)
			})
		}
	})
}

// TestRun_WithoutRate checks a partner whose currency has no rate. The run must pay the
// partner in the first month after the rate has arrived.
func TestRun_WithoutRate(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, open func(t *testing.T) db.DB) {
		bundle := basic
		bundle.MinLots = 0 // without a rate, orders wait
		s := newScene(t, open(t), bundle)
		s.MustFeed(t, s.Fact(feed.PartnerRegistered, "2026-01-03T00:00:00Z",
			`"partner_uid":"cccccccc-0000-4000-8000-000000000003","email":"c@example.com","country":"GB","program":"ib","partner_code":"gamma","currency":"GBP"`))
		s.MustFeed(t,
			s.Fact(feed.ClientRegistered, "2026-06-02T00:00:00Z", `"client_uid":"`+uid(1)+`","email":"c1@example.com","country":"PL","partner_code":"gamma"`),
			s.Fact(feed.AccountOpened, "2026-06-02T00:00:00Z", `"client_account":"5001","client_uid":"`+uid(1)+`","server":"Real","platform":"mt5","account_type":"Standard","currency":"USD"`))
		s.deposit(1, "2026-06-03T00:00:00Z", 100)
		gamma := programmetest.UUID("cccccccc-0000-4000-8000-000000000003")
		s.payOn("2026-07-01")
		require.Equal(t, "c0000001 approved 200", s.CPA(t, gamma))
		s.MustFeed(t, s.Fact(feed.RateSet, "2026-07-02T00:00:00Z", `"currency":"GBP","usd":"1.25"`))
		s.payOn("2026-08-01")
		require.Equal(t, "c0000001 approved 200 paid", s.CPA(t, gamma))
		require.Equal(t, "160", s.Wallet(t, gamma.String()))
		programmetest.RequireSound(t, s.DB)
	})
}

// TestRun_AmountsThatDoNotFit checks a run that begins with many clients whose amount
// does not fit into the partner's currency. They are more than one transaction
// examines. The clients after them must still be paid.
func TestRun_AmountsThatDoNotFit(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, open func(t *testing.T) db.DB) {
		bundle := reward.CPA{Countries: []string{"DE"}, Name: "Large", AmountUSD: 1_000_000_000_000, MinDepositUSD: 100_000_000, WithinDays: 30, Approval: reward.AutomaticApproval}
		small := bundle
		small.Name, small.Countries, small.AmountUSD = "Small", nil, 1_000_000
		s := newScene(t, open(t), bundle, small)
		s.MustFeed(t, s.Fact(feed.RateSet, "2026-01-02T00:00:00Z", `"currency":"VND","usd":"0.00000001"`), s.Fact(feed.PartnerRegistered, "2026-01-03T00:00:00Z",
			`"partner_uid":"cccccccc-0000-4000-8000-000000000003","email":"c@example.com","country":"GB","program":"ib","partner_code":"gamma","currency":"VND"`))
		for n := 1; n <= 6; n++ {
			lines := s.linesOf("gamma", n, "2026-06-02", "")
			if n < 6 {
				lines[0] = strings.Replace(lines[0], "PL", "DE", 1)
			}
			s.MustFeed(t, lines...)
			s.deposit(n, fmt.Sprintf("2026-06-%02dT00:00:00Z", 2+n), 100)
		}
		s.payOn("2026-07-01")
		require.Contains(t, s.CPA(t, programmetest.UUID("cccccccc-0000-4000-8000-000000000003")), "c0000005 approved 1000000, c0000006 approved 1 paid")
		programmetest.RequireSound(t, s.DB)
	})
}

// TestRun_LateClientBetweenTransactions kills a run after its first transaction. Late
// facts then add a client who met the conditions before the clients who were paid. The
// new client must come after them.
func TestRun_LateClientBetweenTransactions(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, open func(t *testing.T) db.DB) {
		capped := basic
		capped.CapPerMonthUSD = usd(500)
		s := newScene(t, open(t), capped)
		for n := 1; n <= 4; n++ {
			s.client(n, "2026-06-02", "")
		}
		for n := 2; n <= 4; n++ {
			s.qualify(n, fmt.Sprintf("2026-06-%02d", 2+n))
		}
		s.setDay("2026-07-01")
		m := &mortal{DB: s.DB, left: 2}
		dying := cpa.NewService(cpa.NewStore(db.Joining(m)), s.Clock, cpa.Config{Zone: time.UTC, StepClients: 2})
		require.ErrorIs(t, dying.Run(t.Context()), errKilled)
		s.Accrual = accrual.New(accrual.NewSQLStore(db.Joining(s.DB)), s.Clock, time.UTC, slog.New(slog.DiscardHandler), accrual.Config{})
		s.qualify(1, "2026-06-03")
		s.Clock.Advance(time.Minute)
		require.NoError(t, s.payments.Run(t.Context()))
		require.Equal(t, "c0000001 approved 100 paid cap_per_month, c0000002 approved 200 paid, c0000003 approved 200 paid, c0000004 approved 0 paid cap_per_month", s.CPA(t, programmetest.Alpha))
		programmetest.RequireSound(t, s.DB)
	})
}

// TestSave_OnlyWhatCanChange damages the rows of clients, and feeds orders that cannot
// change the clients' states. These clients must not be evaluated, so their rows stay
// wrong. An order that can change a state corrects the row.
func TestSave_OnlyWhatCanChange(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, open func(t *testing.T) db.DB) {
		noLots := basic
		noLots.Name, noLots.LinkCodes, noLots.MinLots = "No lots", []string{"beta"}, 0
		noLots.MinDepositUSD = 1_000_000_000
		s := newScene(t, open(t), noLots, basic)
		for n := 1; n <= 4; n++ {
			code := []string{"", "alpha", "alpha", "alpha", "beta"}[n]
			s.clientOf(code, n, "2026-06-02")
			s.deposit(n, "2026-06-03T00:00:00Z", 100)
		}
		s.deposit(3, "2026-06-05T00:00:00Z", -100)
		s.setDay("2026-07-10")
		s.Write(t, `UPDATE cpa_clients SET first_deposit_usd_e6 = $1`, 1)
		wrong := func() int64 {
			return dbtest.Scalar(t, s.DB, `SELECT count(*) FROM cpa_clients WHERE first_deposit_usd_e6 = 1`)
		}
		s.trade(1, "2026-07-02T00:00:01Z") // after the window
		s.trade(3, "2026-06-06T00:00:00Z") // after the reversal
		s.trade(4, "2026-06-06T00:00:00Z") // the bundle requires no lots
		require.EqualValues(t, 4, wrong())
		s.trade(2, "2026-06-06T00:00:00Z")
		require.EqualValues(t, 3, wrong())
	})
}

// counting is a database that counts how many states of clients are stored.
type counting struct {
	db.DB
	stored int
}

func (c *counting) Lock(ctx context.Context, keys db.Keys, fn func(context.Context, db.Querier) error) error {
	return c.DB.Lock(ctx, keys, func(ctx context.Context, q db.Querier) error { return fn(ctx, countingQuerier{q, c}) })
}

type countingQuerier struct {
	db.Querier
	to *counting
}

func (q countingQuerier) Bulk(ctx context.Context, insert db.BulkInsert) error {
	if insert.Table == "cpa_clients" {
		q.to.stored += insert.Rows
	}
	return q.Querier.Bulk(ctx, insert)
}

// TestSave_OnlyWhatChanged feeds facts that require an evaluation but do not change the
// client's state. The state must not be stored again.
func TestSave_OnlyWhatChanged(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, open func(t *testing.T) db.DB) {
		s := newScene(t, open(t), basic)
		database := &counting{DB: s.DB}
		s.Accrual = accrual.New(accrual.NewSQLStore(db.Joining(database)), s.Clock, time.UTC, slog.New(slog.DiscardHandler), accrual.Config{})
		s.client(1, "2026-06-02", "")
		require.Equal(t, 1, database.stored)
		s.trade(1, "2026-06-02T12:00:00Z") // there is no deposit yet
		require.Equal(t, 1, database.stored)
		s.qualify(1, "2026-06-03")
		require.Equal(t, 3, database.stored, "the deposit and the second order changed the state")
		s.deposit(1, "2026-06-10T00:00:00Z", 50)
		require.Equal(t, 3, database.stored)
	})
}
