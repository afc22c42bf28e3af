package accrual

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/tributary-server/tributary/internal/audit"
	"github.com/tributary-server/tributary/internal/click"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/limit"
	"github.com/tributary-server/tributary/internal/settings"
)

// Service applies facts to the books.
type Service struct {
	store   *SQLStore
	clock   clock.Clock
	zone    *time.Location // time zone to use until the store has one
	log     *slog.Logger
	groups  *groupPlanner
	ingests *limit.Pool // has one slot for each stream of facts that is being read
	config  Config
}

// Config holds the optional settings of a Service. The zero Config is valid.
type Config struct {
	// Clicks finds the clicks whose ids the registrations contain. If Clicks is
	// nil, clicks are ignored.
	Clicks Clicks
	// Audit records when facts are dismissed, restored or corrected. If Audit is
	// nil, this is not recorded.
	Audit audit.Log
	// Monthly carries out the monthly work that is due: the reviews of levels,
	// and the payments of CPA. It is called before facts are applied, so that
	// late work sees the same books as punctual work. If Monthly is nil, there is
	// no such work.
	Monthly func(ctx context.Context) error
	// Observe is called after every transaction on the books, unless it is nil.
	// Several goroutines may call it at the same time. It must not block, because
	// the facts that follow would have to wait.
	Observe func(Batch)
}

// New returns a Service. Rewards belong to days in the programme's time zone,
// which is in the store. If the store has no time zone yet, the first fact sets
// it to zone permanently.
func New(store *SQLStore, c clock.Clock, zone *time.Location, log *slog.Logger, config Config) *Service {
	return &Service{
		store: store, clock: c, zone: zone, log: log, config: config,
		groups: newGroupPlanner(), ingests: limit.NewPool(limit.PoolConfig{Size: maxIngests}),
	}
}

func (s *Service) books(ctx context.Context, tx *applyTx, requestID string, clicks map[string]click.Click) (*books, error) {
	values, err := tx.Settings(ctx)
	if err != nil {
		return nil, err
	}
	zone := s.zone
	if _, set := settings.TimeZone.Info.At(values, settings.Beginning); set {
		zone = settings.Zone(values)
	}
	b := newBooks(tx, s.clock.Now(), zone, requestID)
	b.settings = values
	owner := click.NoOwner
	if s.config.Clicks != nil {
		owner = s.config.Clicks.Owner
	}
	b.clicks = click.NewWorkingSet(tx.q, clicks, owner)
	return b, nil
}

// Drain applies the waiting facts whose missing fact has arrived, until there
// are none left. Apply does the same after each batch that released waiting
// facts. The server must call Drain when it starts, because a crash can leave
// released facts unapplied.
func (s *Service) Drain(ctx context.Context) error {
	s.DoMonthly(ctx)
	for more := true; more; {
		err := s.apply(ctx, db.WholeStore(), func(ctx context.Context, tx *applyTx) error {
			more = true // an attempt that was rolled back may have found no facts
			facts, err := tx.Ready(ctx, s.groups.size())
			if err != nil || len(facts) == 0 {
				more = false
				return err
			}
			clicks, err := s.findClicks(ctx, facts)
			if err != nil {
				return err
			}
			b, err := s.books(ctx, tx, "", clicks)
			if err != nil {
				return err
			}
			began := clock.System().Now()
			if err := b.release(ctx, facts, s.log); err != nil {
				return err
			}
			if err := b.flush(ctx); err != nil {
				return err
			}
			s.groups.record(len(facts), clock.System().Now().Sub(began))
			return nil
		})
		if err != nil {
			return fmt.Errorf("applying waiting facts: %w", err)
		}
	}
	return nil
}

// DoMonthly carries out the monthly work that is due. It only logs an error,
// because this work must not stop the feed. The next batch and the background jobs
// try again. Inside a transaction it does nothing, so a caller that applies facts in
// a transaction calls it before.
func (s *Service) DoMonthly(ctx context.Context) {
	if s.config.Monthly == nil {
		return
	}
	if err := s.config.Monthly(ctx); err != nil && ctx.Err() == nil {
		s.log.ErrorContext(ctx, "the monthly reviews of levels or payments of CPA could not be done; "+
			"the server tries again with the next facts, or in a second", "error", err)
	}
}

// Wake applies released facts after the transaction of ctx has committed. A
// service calls it when it creates something that facts may wait for. Wake
// applies the facts even if ctx has been cancelled by then. It only logs an
// error, because the caller's transaction has already committed. The next
// batch, the background job or the next start of the server then tries again.
func (s *Service) Wake(ctx context.Context) {
	db.AfterCommit(ctx, func() {
		if err := s.Drain(context.WithoutCancel(ctx)); err != nil {
			s.log.ErrorContext(ctx, "waiting facts could not be applied; they will be retried in a minute", "error", err)
		}
	})
}
