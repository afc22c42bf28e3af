package cpa

import (
	"context"
	"errors"
	"fmt"
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
	// retryPause is the pause after a failed run, so that the feed does not wait
	// for a new attempt before each batch.
	retryPause = time.Minute
)

// Config holds the configuration of a Service.
type Config struct {
	Zone        *time.Location // the programme's time zone
	Audit       audit.Log
	StepClients int // number of clients that one transaction pays; 0 means stepClients
}

// Service pays approved clients on the first day of each month, and takes the
// broker's decisions. Its whole state is in the store. After a crash, the next
// run therefore continues where the last one ended.
type Service struct {
	store  Store
	clock  clock.Clock
	config Config

	running sync.Mutex
	done    atomic.Int64 // last day whose run this process has seen complete
	retryAt atomic.Int64 // time before which a failed run is not tried again, in microseconds since 1970
}

// NewService returns a Service that uses store.
func NewService(store Store, clk clock.Clock, config Config) *Service {
	if config.StepClients == 0 {
		config.StepClients = stepClients
	}
	s := &Service{store: store, clock: clk, config: config}
	s.done.Store(math.MinInt64)
	return s
}

// Run does the monthly runs that are due, the oldest first. The first Run of a
// programme only stores the current month. Several processes may call Run at the
// same time. If the run of one partner fails, Run continues with the others. A Run
// at least a minute later tries again.
//
// The server calls Run before each batch of facts, so that a late run sees the
// same books as a punctual one. If nothing is due, Run only reads the clock.
func (s *Service) Run(ctx context.Context) error {
	if db.Inside(ctx) || s.idle() {
		return nil
	}
	s.running.Lock()
	defer s.running.Unlock()
	if s.idle() {
		return nil
	}
	if err := s.run(ctx); err != nil {
		s.retryAt.Store(db.Micros(s.clock.Now().Add(retryPause)))
		return err
	}
	return nil
}

// idle reports whether no run is due.
func (s *Service) idle() bool {
	return s.done.Load() == int64(s.today().FirstOfMonth()) || db.Micros(s.clock.Now()) < s.retryAt.Load()
}

func (s *Service) run(ctx context.Context) error {
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
	for next := last.NextMonth(); next <= day; next = next.NextMonth() {
		if err := s.runDay(ctx, next); err != nil {
			return fmt.Errorf("paying CPA on %s: %w", next, err)
		}
		if err := s.complete(ctx, next); err != nil {
			return err
		}
	}
	s.done.Store(int64(day))
	return nil
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
	var failed error
	for after := id.Nil; ; {
		list, err := duePartners(ctx, s.store.db, day.Start(s.config.Zone), after, pagePartners)
		if err != nil || len(list) == 0 {
			return errors.Join(failed, err)
		}
		for _, partnerID := range list {
			if err := s.runPartner(ctx, day, partnerID); err != nil {
				failed = errors.Join(failed, fmt.Errorf("partner %s: %w", partnerID, err))
			}
			if ctx.Err() != nil {
				return errors.Join(failed, ctx.Err())
			}
		}
		after = list[len(list)-1]
	}
}

// runPartner does the run of one partner, in as many transactions as needed.
func (s *Service) runPartner(ctx context.Context, day clock.Day, partnerID id.UUID) error {
	for more := true; more; {
		err := s.store.db.Lock(ctx, db.Partners(partnerID), func(ctx context.Context, q db.Querier) (err error) {
			more, err = s.step(ctx, q, day, partnerID)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}
