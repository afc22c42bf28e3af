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
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/limit"
	"github.com/tributary-server/tributary/internal/settings"
)

// Service applies facts to the books.
type Service struct {
	store   *SQLStore
	clock   clock.Clock
	zone    *time.Location // used until the store has one
	log     *slog.Logger
	ingests *limit.Pool // a slot for each stream that is being ingested
	config  Config
}

// Config is what the Service works with, besides the books. The zero Config
// works.
type Config struct {
	// Clicks finds the clicks that registrations name. A click leads to a
	// registration if it happened at most the attribution window before. If
	// Clicks is nil, no click leads to one.
	Clicks Clicks
	// Audit records dismissals and corrections, if it is set.
	Audit audit.Log
	// Observe is called after every transaction on the books, if it is set. It
	// must not wait.
	Observe func(Batch)
}

// New returns a Service. The programme's time zone decides on which day an
// order's reward falls, and the store holds it. If none is set yet, the first
// fact fixes it to zone.
func New(store *SQLStore, c clock.Clock, zone *time.Location, log *slog.Logger, config Config) *Service {
	return &Service{store: store, clock: c, zone: zone, log: log, config: config, ingests: limit.NewPool(limit.PoolConfig{Size: maxIngests})}
}

// Apply applies a batch of facts in one transaction. When it returns without an
// error, their effects are durable and visible in every report. The outcomes
// are in the order of the facts. Facts that have to wait are stored with
// requestID.
func (s *Service) Apply(ctx context.Context, facts []feed.Fact, requestID string) ([]feed.Outcome, error) {
	var outcomes []feed.Outcome
	ready := false
	clicks, err := s.findClicks(ctx, facts)
	if err != nil {
		return nil, err
	}
	err = s.apply(ctx, func(ctx context.Context, tx *applyTx) error {
		b, err := s.books(ctx, tx, requestID, clicks)
		if err != nil {
			return err
		}
		if outcomes, err = b.batch(ctx, facts); err != nil {
			return err
		}
		if err := b.flush(ctx); err != nil {
			return err
		}
		// This batch may have released facts, or a crash may have left some
		// between the two steps.
		left, err := tx.Ready(ctx, 1)
		ready = len(left) > 0
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("applying %d facts: %w", len(facts), err)
	}
	if ready {
		// The batch is durable and acknowledged, whatever becomes of the
		// waiting facts.
		if err := s.Drain(ctx); err != nil {
			s.log.ErrorContext(ctx, "facts that waited could not be applied; they are tried again after the next batch", "error", err)
		}
	}
	return outcomes, nil
}

// books returns an empty working set with the store's settings.
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

// Drain applies waiting facts whose missing half has arrived, until none is
// left. Apply calls it after each batch that released some. Call it at start
// too, for facts that a crash left between the two.
func (s *Service) Drain(ctx context.Context) error {
	for more := true; more; {
		err := s.apply(ctx, func(ctx context.Context, tx *applyTx) error {
			facts, err := tx.Ready(ctx, feed.BatchSize)
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
			if err := b.release(ctx, facts, s.log); err != nil {
				return err
			}
			return b.flush(ctx)
		})
		if err != nil {
			return fmt.Errorf("applying facts that waited: %w", err)
		}
	}
	return nil
}

// Wake has the facts applied that no longer wait, once the transaction that ctx
// is inside has committed. Every service that brings what facts may wait for
// calls it where it releases them. A failure is only logged, since what was
// committed stays: the next batch, the job or the next start applies the facts.
// They are applied even if the caller is gone by then.
func (s *Service) Wake(ctx context.Context) {
	db.AfterCommit(ctx, func() {
		if err := s.Drain(context.WithoutCancel(ctx)); err != nil {
			s.log.ErrorContext(ctx, "facts that waited could not be applied; they are tried again in a minute", "error", err)
		}
	})
}
