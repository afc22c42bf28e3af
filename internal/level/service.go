package level

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
	"github.com/tributary-server/tributary/internal/outbox/event"
	"github.com/tributary-server/tributary/internal/partner"
	"github.com/tributary-server/tributary/internal/reward"
)

const (
	// stepOrders is the approximate number of orders that one transaction adds to
	// a progress reward. A transaction always adds all orders of a day.
	stepOrders = 5_000
	// pagePartners is the maximum number of partners that one query returns.
	pagePartners = 500
)

// Config holds the configuration of a Service.
type Config struct {
	Zone       *time.Location // the programme's time zone
	Audit      audit.Log
	Log        *slog.Logger // nil: nothing is logged
	StepOrders int64        // approximate number of orders that one transaction adds to a progress reward; 0 means stepOrders
}

// Service reviews levels. Its whole state is in the store. After a crash, the next
// run therefore continues where the last one ended.
type Service struct {
	store  Store
	clock  clock.Clock
	config Config

	running sync.Mutex
	done    atomic.Int64 // last day whose reviews this process has seen complete
	retryAt atomic.Int64 // time of the next retry, in microseconds since 1970
}

// NewService returns a Service that uses store.
func NewService(store Store, clk clock.Clock, config Config) *Service {
	if config.StepOrders == 0 {
		config.StepOrders = stepOrders
	}
	if config.Log == nil {
		config.Log = slog.New(slog.DiscardHandler)
	}
	s := &Service{store: store, clock: clk, config: config}
	s.done.Store(math.MinInt64)
	return s
}

// Run carries out the reviews that are due, starting with the oldest month. The first
// Run of a programme only stores the current month, because earlier months are not
// reviewed. Several processes may call Run at the same time.
//
// If the review of one partner fails, Run logs it, continues with the others and
// returns no error. A later Run tries again, after pauses that become longer. Later
// reviews of this partner wait for the failed one.
//
// The server calls Run before each batch of facts, so that a late review sees the
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
	day := s.today().FirstOfMonth()
	last, begun, err := lastDone(ctx, s.store.db)
	if err != nil {
		return fmt.Errorf("reading the last review of levels: %w", err)
	}
	if !begun {
		last = day
		if err := s.complete(ctx, day); err != nil {
			return err
		}
	}
	if err := s.retryAll(ctx); err != nil {
		return fmt.Errorf("retrying reviews of levels: %w", err)
	}
	for next := last.NextMonth(); next <= day; next = next.NextMonth() {
		if err := s.reviewAll(ctx, next); err != nil {
			return fmt.Errorf("reviewing levels on %s: %w", next, err)
		}
		if err := s.complete(ctx, next); err != nil {
			return err
		}
	}
	if _, err := s.readRetries(ctx); err != nil {
		return fmt.Errorf("reading the reviews of levels that failed: %w", err)
	}
	s.done.Store(int64(day))
	return nil
}

// idle reports whether no review is due.
func (s *Service) idle() bool {
	now := s.clock.Now()
	return s.done.Load() == int64(clock.DayOf(now, s.config.Zone).FirstOfMonth()) && db.Micros(now) < s.retryAt.Load()
}

func (s *Service) today() clock.Day { return clock.DayOf(s.clock.Now(), s.config.Zone) }

func (s *Service) complete(ctx context.Context, day clock.Day) error {
	err := s.store.db.Write(ctx, func(ctx context.Context, q db.Querier) error { return setDone(ctx, q, day, s.clock.Now()) })
	if err != nil {
		return fmt.Errorf("storing that the levels were reviewed on %s: %w", day, err)
	}
	return nil
}

func (s *Service) reviewAll(ctx context.Context, day clock.Day) error {
	plans, err := reward.LoadPlans(ctx, s.store.db)
	if err != nil {
		return err
	}
	plan := reward.InForce(plans, day.Start(s.config.Zone))
	idle := plan.Earned(reward.Activity{}) > 0 // true if even a partner without orders rises
	behind, err := s.readRetries(ctx)
	if err != nil {
		return err
	}
	for after := id.Nil; ; {
		list, err := duePartners(ctx, s.store.db, day, idle, after, pagePartners)
		if err != nil || len(list) == 0 {
			return err
		}
		for _, partnerID := range list {
			if err := s.reviewOrRetry(ctx, day, partnerID, behind[partnerID]); err != nil {
				return err
			}
		}
		after = list[len(list)-1]
	}
}

// reviewOrRetry reviews a partner. If a failed review of the partner is given, it
// instead stores that this review must be retried too.
func (s *Service) reviewOrRetry(ctx context.Context, day clock.Day, partnerID id.UUID, earlier *retry) error {
	if earlier != nil {
		later := &retry{PartnerID: partnerID, Day: day, Next: earlier.Next}
		return s.store.db.Write(ctx, func(ctx context.Context, q db.Querier) error { return setRetry(ctx, q, later) })
	}
	if err := s.review(ctx, day, partnerID); err != nil {
		return s.recordFailure(ctx, &retry{PartnerID: partnerID, Day: day}, err)
	}
	return nil
}

// review reviews a partner. The first transaction stores the decision and pays the
// first part of a progress reward. Each further transaction pays another part.
func (s *Service) review(ctx context.Context, day clock.Day, partnerID id.UUID) error {
	for paid := false; !paid; {
		err := s.store.db.Lock(ctx, db.Partners(partnerID), func(ctx context.Context, q db.Querier) (err error) {
			paid, err = s.reviewPart(ctx, q, day, partnerID)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// reviewPart carries out one transaction of a review. The transaction must hold the
// partner's Lock. The result is false if part of the progress reward is still unpaid.
func (s *Service) reviewPart(ctx context.Context, q db.Querier, day clock.Day, partnerID id.UUID) (paid bool, err error) {
	plans, err := reward.LoadPlans(ctx, q) // under the Lock, because a plan may have been added since the run began
	if err != nil {
		return false, err
	}
	now := s.clock.Now()
	r, err := s.findOrDecide(ctx, q, day, reward.InForce(plans, day.Start(s.config.Zone)), partnerID, now)
	if err != nil {
		return false, err
	}
	if !r.paid() {
		if err := s.pay(ctx, q, r, plans, now); err != nil {
			return false, err
		}
	}
	if !r.paid() {
		return false, nil
	}
	return true, deleteRetry(ctx, q, partnerID, day)
}

// findOrDecide returns the partner's review on a day. If there is none yet, it
// makes the decision and stores it.
func (s *Service) findOrDecide(ctx context.Context, q db.Querier, day clock.Day, plan *reward.Plan, partnerID id.UUID, now time.Time) (*Review, error) {
	month := (day - 1).FirstOfMonth()
	recent, err := reviewsOf(ctx, q, partnerID, month)
	if err != nil {
		return nil, err
	}
	var before *Review
	for _, r := range recent {
		switch r.Day {
		case day:
			return r, nil
		case month:
			before = r
		}
	}
	found, err := partner.Load(ctx, q, []id.UUID{partnerID})
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, partner.ErrUnknown
	}
	p := found[0]
	at := p.LevelOn(day)
	standing := Standing{Level: at.Name, Floor: at.Floor}
	if before != nil && at.Day <= before.Day { // the broker has not set the level since the previous review
		standing.Announced = before.FallsTo
	}
	traded, err := activity(ctx, q, partnerID, day)
	if err != nil {
		return nil, err
	}
	r := &Review{
		PartnerID: partnerID, Day: day, ReviewedAt: now, Decision: Decide(plan, day, standing, traded),
		PeriodStart: month, PeriodEnd: day - 1, Currency: p.Currency,
	}
	if r.isRise(day) {
		if r.ProgressID, err = partner.TakeNumbers(ctx, q, partnerID, 1); err != nil {
			return nil, err
		}
		nothing := month - 1
		r.PaidThrough = &nothing
	}
	if err := reviews.Insert(ctx, q, r); err != nil {
		return nil, err
	}
	if r.NewLevel != r.Level {
		if err := setLevel(ctx, q, partnerID, partner.LevelFrom{Day: r.From, Name: r.NewLevel, Floor: at.Floor}); err != nil {
			return nil, err
		}
	}
	return r, s.tell(ctx, q, r)
}

// tell records the event of a review that changes the level or announces a
// fall.
func (s *Service) tell(ctx context.Context, q db.Querier, r *Review) error {
	if r.NewLevel == r.Level && r.FallsTo == "" {
		return nil
	}
	average, err := reward.Activity{Volume: r.Volume}.MonthlyMlnUSD()
	if err != nil {
		return err
	}
	data := event.Level{Level: r.Level, NewLevel: r.NewLevel, From: r.From, FallsTo: r.FallsTo, VolumeMlnUSD: average, ActiveClients: r.ActiveClients}
	if r.FallsTo != "" {
		data.FallsOn = new(r.Day.NextMonth())
	}
	return event.Append(ctx, q, []event.Event{event.New(r.PartnerID, event.LevelChanged, r.ReviewedAt, data)})
}
