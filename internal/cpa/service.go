package cpa

import (
	"context"
	"fmt"
	"log/slog"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tributary-server/tributary/internal/audit"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
)

const (
	// stepClients is the number of clients that one transaction pays.
	stepClients = 500
	// pagePartners is the maximum number of partners that one query returns.
	pagePartners = 500
)

// Config holds the configuration of a Service.
type Config struct {
	Zone        *time.Location // the programme's time zone
	Audit       audit.Log
	Log         *slog.Logger // nil: nothing is logged
	StepClients int          // number of clients that one transaction pays; 0 means stepClients
}

// Service pays partners for approved clients on the first day of each month. It also
// approves and rejects clients when the broker decides so. Its whole state is in the
// store. After a crash, the next run therefore continues where the last one ended.
type Service struct {
	store  Store
	clock  clock.Clock
	config Config

	running sync.Mutex
	done    atomic.Int64 // last day whose run this process has seen complete
	retryAt atomic.Int64 // time of the next retry, in microseconds since 1970
}

// NewService returns a Service that uses store.
func NewService(store Store, clk clock.Clock, config Config) *Service {
	if config.StepClients == 0 {
		config.StepClients = stepClients
	}
	if config.Log == nil {
		config.Log = slog.New(slog.DiscardHandler)
	}
	s := &Service{store: store, clock: clk, config: config}
	s.done.Store(math.MinInt64)
	return s
}

// Run carries out the monthly runs that are due, the oldest first. The first Run of
// a programme only stores the current month. Several processes may call Run at the
// same time.
//
// If the run of one partner fails, Run logs it, continues with the others and
// returns no error. A later Run tries again, after pauses that become longer. Later
// runs of this partner wait for the failed one.
//
// The server calls Run before each batch of facts, so that a late run sees the same
// books as a punctual one. If nothing is due, Run only reads the clock.
func (s *Service) Run(ctx context.Context) error {
	if db.Inside(ctx) || s.idle() {
		return nil
	}
	s.running.Lock()
	defer s.running.Unlock()
	if s.idle() {
		return nil
	}
	day := s.today().FirstOfMonth()
	last, begun, err := lastRun(ctx, s.store.db)
	if err != nil {
		return fmt.Errorf("reading the last run of CPA: %w", err)
	}
	if !begun {
		last = day
		if err := s.complete(ctx, day); err != nil {
			return err
		}
	}
	if err := s.retryAll(ctx); err != nil {
		return fmt.Errorf("retrying payments of CPA: %w", err)
	}
	for next := last.NextMonth(); next <= day; next = next.NextMonth() {
		if err := s.runDay(ctx, next); err != nil {
			return fmt.Errorf("paying CPA on %s: %w", next, err)
		}
		if err := s.complete(ctx, next); err != nil {
			return err
		}
	}
	if err := s.planRetry(ctx); err != nil {
		return fmt.Errorf("reading the runs of CPA that failed: %w", err)
	}
	s.done.Store(int64(day))
	return nil
}

// idle reports whether no run is due.
func (s *Service) idle() bool {
	return s.done.Load() == int64(s.today().FirstOfMonth()) && db.Micros(s.clock.Now()) < s.retryAt.Load()
}

func (s *Service) today() clock.Day { return clock.DayOf(s.clock.Now(), s.config.Zone) }

func (s *Service) complete(ctx context.Context, day clock.Day) error {
	err := s.store.db.Write(ctx, func(ctx context.Context, q db.Querier) error { return setRun(ctx, q, day, s.clock.Now()) })
	if err != nil {
		return fmt.Errorf("storing that CPA was paid on %s: %w", day, err)
	}
	return nil
}

func (s *Service) runDay(ctx context.Context, day clock.Day) error {
	for after := id.Nil; ; {
		list, err := duePartners(ctx, s.store.db, day.Start(s.config.Zone), after, pagePartners)
		if err != nil || len(list) == 0 {
			return err
		}
		for _, partnerID := range list {
			if err := s.runPartner(ctx, day, partnerID, false); err != nil {
				if err := s.recordFailure(ctx, &retry{PartnerID: partnerID, Day: day}, err); err != nil {
					return err
				}
			}
		}
		after = list[len(list)-1]
	}
}

// runPartner carries out one partner's run on a day, in as many transactions as
// needed. It does nothing if another process has carried it out in the meantime.
// The caller says whether the partner is behind, and catches up with this run.
func (s *Service) runPartner(ctx context.Context, day clock.Day, partnerID id.UUID, behind bool) error {
	for now := (stage{}); !now.done; {
		var next stage
		err := s.store.db.Lock(ctx, db.Partners(partnerID), func(ctx context.Context, q db.Querier) error {
			missing, isBehind, err := firstMissing(ctx, q, partnerID)
			if err != nil {
				return err
			}
			if missing != day || isBehind != behind {
				next = stage{done: true}
				return nil
			}
			if next, err = s.step(ctx, q, day, partnerID, now.after); err != nil || !next.done || !behind {
				return err
			}
			return caughtUp(ctx, q, day, partnerID)
		})
		if err != nil {
			return err
		}
		now = next
	}
	return nil
}
