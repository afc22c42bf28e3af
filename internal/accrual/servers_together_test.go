package accrual_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/accrual"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/db/dbtest"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/programme/programmetest"
)

// TestServersTogether checks that the order of facts does not matter if three
// servers use one database. The servers get the same facts at the same time,
// each in a different order, and are stopped at random. The books must be the
// same as if one server had got the facts in order.
func TestServersTogether(t *testing.T) {
	t.Parallel()
	dbtest.EachServers(t, 3, func(t *testing.T, stores []db.DB) {
		seed := programmetest.FromEnv(t, "FACTS_SEED", rand.Uint64())
		t.Logf("FACTS_SEED=%d", seed)
		random := rand.New(rand.NewPCG(seed, 1))
		p := programmetest.New(stores[0])
		programmetest.WithOverrides(t, p)
		lines := p.Setting()
		configuration := slices.Concat(lines[2:6], programmetest.RandomServers(p, random))
		facts := slices.Concat(lines[:2], lines[6:], programmetest.RandomFacts(p, random), programmetest.RandomMoves(p, random), programmetest.RandomParents(p, random),
			programmetest.RandomCorrections(p, random, configuration))
		for i := range 300 {
			at := time.Date(2026, 2, 3, 0, 0, 0, 0, time.UTC).Add(time.Duration(random.IntN(100*24*60)) * time.Minute).Format(time.RFC3339)
			facts = append(facts, p.Order([]string{"2001", "3001", "3003"}[i%3], 1000+i, "EURUSD", at, fmt.Sprintf(`,"open_spread":%d`, random.IntN(30))))
		}
		p.Feed(t, configuration...)

		var calls []func() error
		for i, store := range stores {
			s := &stopping{
				service: accrual.New(accrual.NewSQLStore(store), p.Clock, time.UTC, slog.New(slog.DiscardHandler), accrual.Config{}),
				random:  rand.New(rand.NewPCG(seed, uint64(2+i))),
			}
			calls = append(calls, func() error { return s.feedAll(t.Context(), slices.Clone(facts)) })
		}
		dbtest.RequireNone(t, dbtest.Together(calls...))
		require.EqualValues(t, len(facts), p.Feed(t, facts...).Duplicates)
		programmetest.RequireSound(t, p.DB)

		alone := programmetest.New(alone(t, p.DB.Engine()))
		programmetest.WithOverrides(t, alone)
		alone.Feed(t, configuration...)
		alone.Feed(t, facts...)
		books := programmetest.Dump(t.Context(), t, p.DB)
		programmetest.RequireTables(t, books, "client", "account", "reward", "override", "account-day", "partner-day", "totals", "balance", "ledger", "server-day")
		if diff := cmp.Diff(books, programmetest.Dump(t.Context(), t, alone.DB)); diff != "" {
			t.Fatalf("FACTS_SEED=%d: the books differ (-together +alone):\n%s", seed, diff)
		}
	})
}

func alone(t *testing.T, engine db.Engine) db.DB {
	t.Helper()
	if engine == db.SQLite {
		return dbtest.SQLite(t)
	}
	return dbtest.Postgres(t)
}

// stopping is a server that is stopped at random moments.
type stopping struct {
	service *accrual.Service
	random  *rand.Rand
	stops   int
}

// feedAll feeds lines in a random order until all have been accepted. Whenever
// its server is stopped, it starts again with the first line.
func (s *stopping) feedAll(ctx context.Context, lines []string) error {
	for s.stops < 5 {
		s.random.Shuffle(len(lines), func(i, j int) { lines[i], lines[j] = lines[j], lines[i] })
		until, stop := context.WithTimeout(ctx, time.Duration(s.random.IntN(200))*time.Millisecond)
		err := s.feed(until, lines)
		stopped := until.Err() != nil
		stop()
		if err != nil && !stopped {
			return err
		}
		s.stops++
	}
	return s.feed(ctx, lines)
}

var errRejected = errors.New("rejected")

func (s *stopping) feed(ctx context.Context, lines []string) error {
	for batch := range slices.Chunk(lines, 1+s.random.IntN(len(lines))) {
		summary, err := s.service.Ingest(ctx, accrual.Lines(strings.NewReader(strings.Join(batch, "\n"))), nil)
		if err != nil {
			return fmt.Errorf("feeding %d lines: %w", len(batch), err)
		}
		if summary.RejectedCount > 0 {
			return fmt.Errorf("%w: %+v", errRejected, summary.Rejected)
		}
	}
	return nil
}

// TestPartnersDoNotWait checks that orders of one partner are booked while
// another partner is locked.
func TestPartnersDoNotWait(t *testing.T) {
	t.Parallel()
	dbtest.OnPostgres(t, 2, func(t *testing.T, stores []db.DB) {
		p := programmetest.New(stores[0])
		p.MustFeed(t, p.Setting()...)
		require.NoError(t, stores[1].Lock(t.Context(), db.Partners(programmetest.Beta), func(context.Context, db.Querier) error {
			p.MustFeed(t, p.Order("1001", 1, "EURUSD", "2026-03-03T10:00:00Z", `,"open_spread":20`))
			return nil
		}))
		require.NotEqual(t, "0", p.Rewards(t, programmetest.PartnerA))
	})
}

// TestGroupsLockTheirPartners checks that a group locks only the partners of
// its facts and the partners above them. Partners who once shared a group must
// not lock each other in every later group.
func TestGroupsLockTheirPartners(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, open func(t *testing.T) db.DB) {
		store := open(t)
		p := programmetest.New(store)
		programmetest.WithOverrides(t, p)
		facts := p.Setting()
		for i := range 40 {
			uid, code := fmt.Sprintf("0000aaaa-0000-4000-8000-%012d", i), fmt.Sprintf("sub%d", i)
			client := fmt.Sprintf("0000bbbb-0000-4000-8000-%012d", i)
			facts = append(facts,
				p.Fact(feed.PartnerRegistered, "2026-01-02T00:00:00Z", fmt.Sprintf(`"partner_uid":%q,"email":"%s@example.com","country":"TH","program":"ib","partner_code":%q,"currency":"USD","parent_code":"alpha"`, uid, code, code)),
				p.Fact(feed.ClientRegistered, "2026-02-01T00:00:00Z", fmt.Sprintf(`"client_uid":%q,"email":"client%d@example.com","country":"DE","partner_code":%q`, client, i, code)),
				p.OpenAccount(client, strconv.Itoa(5000+i), code, ""))
		}
		p.MustFeed(t, facts...)

		watched := &lockedPartners{DB: store, counts: map[int]bool{}}
		p.Accrual = programmetest.NewAccrual(watched, p.Clock, nil)
		random := rand.New(rand.NewPCG(1, 1))
		for batch := range 30 {
			var orders []string
			for i, sub := range random.Perm(40)[:5] {
				orders = append(orders, p.Order(strconv.Itoa(5000+sub), 10*batch+i, "EURUSD", "2026-03-03T10:00:00Z", `,"open_spread":20`))
			}
			p.MustFeed(t, orders...)
		}
		require.Equal(t, map[int]bool{6: true}, watched.counts)
	})
}

type lockedPartners struct {
	db.DB
	counts map[int]bool
}

func (l *lockedPartners) Lock(ctx context.Context, keys db.Keys, fn func(context.Context, db.Querier) error) error {
	err := l.DB.Lock(ctx, keys, fn)
	if err == nil {
		l.counts[len(keys.Partners())] = true
	}
	return err
}
