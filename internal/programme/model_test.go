package programme_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/accrual"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/cpa"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/level"
	"github.com/tributary-server/tributary/internal/programme"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
	"github.com/tributary-server/tributary/internal/rebate"
	"github.com/tributary-server/tributary/internal/verification"
	"github.com/tributary-server/tributary/internal/wallet"
)

// TestModel executes random steps in a programme: orders, reversals, groups,
// assignments, ends of periods, approvals that succeed or fail, failed payments,
// withdrawals, reviews of levels, CPA, moves of clients, and transactions that are killed before or after
// their commit. After each step it verifies the books. It also compares them with a
// model that computes independently how much should be set aside.
//
// At the end, each kind of step must have had an effect, because a model that refuses
// every step proves nothing. MODEL_STEPS sets the number of steps, and MODEL_SEED
// repeats a run.
func TestModel(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, open func(t *testing.T) db.DB) {
		steps, seed := programmetest.FromEnv(t, "MODEL_STEPS", 150), programmetest.FromEnv(t, "MODEL_SEED", rand.Uint64())
		t.Logf("MODEL_STEPS=%d MODEL_SEED=%d", steps, seed)
		m := newModel(t, open(t), seed)
		for range steps {
			m.step(t, m.steps())
		}
		more := uint64(0)
		for ; more < 5*steps; more++ {
			missing := m.missingSteps()
			if missing == nil {
				break
			}
			m.step(t, missing)
			m.step(t, m.steps()) // also take a random step, because the missing step may depend on it
		}
		t.Logf("%d more steps, effects: %v", 2*more, m.effects)
		var effects []string
		for _, s := range m.steps() {
			effects = append(effects, s.effects...)
		}
		m.effects.Require(t, effects...)
	})
}

var errCrash = errors.New("the process was killed")

// breaking is a database whose next transaction can be made to fail, either before or
// after its commit.
type breaking struct {
	db.DB
	before, after bool
}

func (b *breaking) run(ctx context.Context, write func(context.Context, func(context.Context, db.Querier) error) error, fn func(context.Context, db.Querier) error) error {
	before, after := b.before, b.after
	b.before, b.after = false, false
	err := write(ctx, func(ctx context.Context, q db.Querier) error {
		err := fn(ctx, q)
		if err == nil && before {
			err = errCrash
		}
		return err
	})
	if err == nil && after {
		return errCrash
	}
	return err
}

func (b *breaking) Write(ctx context.Context, fn func(context.Context, db.Querier) error) error {
	return b.run(ctx, b.DB.Write, fn)
}

func (b *breaking) Lock(ctx context.Context, keys db.Keys, fn func(context.Context, db.Querier) error) error {
	return b.run(ctx, func(ctx context.Context, fn func(context.Context, db.Querier) error) error {
		return b.DB.Lock(ctx, keys, fn)
	}, fn)
}

// model is a programme with the amounts that the test expects in its books.
type model struct {
	random  *rand.Rand
	clock   *clock.Fixed
	fragile *breaking
	db      db.DB // database whose transactions fail at random
	direct  db.DB // same database, but its transactions never fail

	accrual       *accrual.Service
	settings      *rebate.Settings
	runs          *rebate.Runs
	levels        *level.Service
	cpa           *cpa.Service
	monthly       func(context.Context) error // reviews levels and pays CPA
	wallet        *wallet.Service
	verifications *verification.Service
	mails         programmetest.Letters

	partners []*modelPartner
	rows     map[modelRow]rebate.Sum // amounts that should be set aside
	orders   []modelOrder
	settled  map[string]bool // payouts that the broker has reported as paid or failed
	covered  []*modelClient
	next     int
	effects  programmetest.Effects
}

type modelPartner struct {
	id       id.UUID
	currency string
	accounts []*modelAccount
	groups   []*modelGroup
	used     []string // tokens that were used or have expired
}

type modelAccount struct {
	number string
	kind   string
	own    []rebate.AccountTerms // oldest first
}

type modelGroup struct {
	number int64
	terms  []rebate.GroupTerms // oldest first
}

type modelRow struct {
	partner     id.UUID
	group       int64
	first, last clock.Day
	account     string
	percent     int64
}

type modelOrder struct {
	ticket  int
	partner *modelPartner
	row     modelRow // row to which the order belongs, without its period; its percentage is 0 if there is no rebate
	line    string
	changes int // number of reversals and reinstatements so far

	kind   string // of the account
	lots   int64  // in hundredths
	spread int64  // at the open, in tenths of a point
	usd    int64  // booked reward in millionths of a USD
	day    clock.Day
}

func newModel(t *testing.T, database db.DB, seed uint64) *model {
	t.Helper()
	m := &model{
		random: rand.New(rand.NewPCG(seed, 2)), clock: clock.At(programmetest.Now), fragile: &breaking{DB: database}, direct: database,
		rows: map[modelRow]rebate.Sum{}, settled: map[string]bool{}, effects: programmetest.Effects{},
	}
	m.db = db.Joining(m.fragile)
	m.levels = level.NewService(level.NewStore(m.db), m.clock, level.Config{Zone: time.UTC, Audit: &m.mails, StepOrders: 3})
	m.cpa = cpa.NewService(cpa.NewStore(m.db), m.clock, cpa.Config{Zone: time.UTC, Audit: &m.mails, StepClients: 2})
	m.monthly = programme.Monthly(m.levels, m.cpa)
	m.accrual = accrual.New(accrual.NewSQLStore(m.db), m.clock, time.UTC, slog.New(slog.DiscardHandler), accrual.Config{Monthly: m.monthly})
	m.settings = rebate.NewSettings(rebate.NewSettingsStore(m.db), m.clock, rebate.Config{Audit: &m.mails})
	m.runs = rebate.NewRuns(rebate.NewSQLRunStore(m.db), m.clock, rebate.RunConfig{
		Zone: time.UTC, StepRows: 2, AtOnce: 3, Audit: &m.mails, Mails: &m.mails,
		Admits: func(context.Context, id.UUID) error { return nil }, Wake: func() {}, WakeFacts: func(context.Context) {},
	})
	m.wallet = wallet.New(wallet.NewStore(m.db), m.clock, wallet.Config{
		Methods: []wallet.Method{{Name: "bank", MinUSD: 1, MaxUSD: 1 << 60, DailyUSD: 1 << 60}},
		Audit:   &m.mails, Mails: &m.mails, WakeFacts: func(context.Context) {},
	})
	m.verifications = verification.New(verification.NewStore(m.db), m.clock, verification.Config{
		Security: programmetest.Mailed{}, Mails: &m.mails, Audit: &m.mails, MemoryKiB: 64,
		Binders: map[verification.Type]verification.Binder{verification.ApproveRebates: m.runs, verification.Withdraw: m.wallet},
	})
	m.createPartners(t)
	return m
}

// createPartners creates two partners with three accounts each. One partner is
// paid in USD, the other in EUR.
func (m *model) createPartners(t *testing.T) {
	t.Helper()
	p := programmetest.New(m.direct)
	programmetest.WithLevelPlan(t, p)
	withBundle(t, p)
	p.MustFeed(t, p.Setting()...)
	more := func(account, client, kind string) string {
		return p.Fact(feed.AccountOpened, "2026-02-03T00:00:00Z", fmt.Sprintf(
			`"client_account":%q,"client_uid":%q,"server":"Real","platform":"mt5","account_type":%q,"currency":"USD"`, account, client, kind))
	}
	p.MustFeed(t, more("1002", programmetest.Client1, "Standard"), more("1003", programmetest.Client1, "Social Standard"), more("2002", programmetest.Client2, "Standard"), more("2003", programmetest.Client2, "Pro"))
	p.Write(t, `UPDATE partners SET verified = $1`, true)
	kinds := [][]string{{"Standard", "Standard", "Social"}, {"Pro", "Standard", "Pro"}}
	for i, partner := range []struct{ id, currency string }{{programmetest.PartnerA, "USD"}, {programmetest.PartnerB, "EUR"}} {
		of := &modelPartner{id: programmetest.UUID(partner.id), currency: partner.currency}
		for n := range 3 {
			of.accounts = append(of.accounts, &modelAccount{number: fmt.Sprintf("%d00%d", i+1, n+1), kind: kinds[i][n]})
		}
		m.partners = append(m.partners, of)
	}
}

// attempt calls do, and sometimes makes its transaction fail. It returns done if the
// transaction took effect, and unsure if it may have taken effect. An error that is
// neither a crash nor a refusal fails the test.
func (m *model) attempt(t *testing.T, do func() error) (done, unsure bool, refused error) {
	t.Helper()
	switch m.random.IntN(12) {
	case 0:
		m.fragile.before = true
	case 1:
		m.fragile.after = true
	}
	before, after := m.fragile.before, m.fragile.after
	err := do()
	m.effects.Count("killed before a commit", before && errors.Is(err, errCrash))
	m.effects.Count("killed after a commit", after && errors.Is(err, errCrash))
	m.fragile.before, m.fragile.after = false, false
	var f *fault.Error
	switch {
	case err == nil:
		return true, false, nil
	case errors.Is(err, errCrash):
		return false, true, nil
	case errors.As(err, &f):
		return false, false, err
	}
	require.NoError(t, err)
	return false, false, nil
}

// try is like attempt, for a step that must not be refused. It counts an effect if
// the step succeeds and the number that the query returns has increased.
func (m *model) try(t *testing.T, effect, query string, do func() error) {
	t.Helper()
	before := dbtest.Scalar(t, m.direct, query)
	done, unsure, refused := m.attempt(t, do)
	require.True(t, done || unsure, refused)
	m.effects.Count(effect, done && dbtest.Scalar(t, m.direct, query) > before)
}

func (m *model) partner() *modelPartner { return m.partners[m.random.IntN(len(m.partners))] }

// requestToken requests a code for a payload, reads the code from the mail and
// exchanges it for a token.
func (m *model) requestToken(t *testing.T, p *modelPartner, kind verification.Type, payload any) (token string, refused error) {
	t.Helper()
	raw, err := json.Marshal(payload)
	require.NoError(t, err)
	started, err := m.verifications.Start(t.Context(), p.id, kind, raw)
	if fault.CodeOf(err) == fault.Throttled {
		m.clock.Advance(11 * time.Minute)
		started, err = m.verifications.Start(t.Context(), p.id, kind, raw)
	}
	if _, is := errors.AsType[*fault.Error](err); is {
		return "", err
	}
	require.NoError(t, err)
	code := m.mails.Code
	if m.random.IntN(5) == 0 {
		_, err = m.verifications.Complete(t.Context(), p.id, started.ID, wrongCode(code))
		require.Equal(t, fault.ValidationError, fault.CodeOf(err), "a wrong code")
		m.effects.Count("wrong code", true)
	}
	token, err = m.verifications.Complete(t.Context(), p.id, started.ID, code)
	require.NoError(t, err)
	_, err = m.verifications.Complete(t.Context(), p.id, started.ID, code)
	require.Error(t, err, "a code works once")
	return token, nil
}

func wrongCode(code string) string {
	if code == "000000" {
		return "111111"
	}
	return "000000"
}
