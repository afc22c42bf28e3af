package reward

import (
	"context"
	"slices"

	"github.com/tributary-server/tributary/internal/audit"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db"
)

// Service lists plans and puts new ones in force.
type Service struct {
	store Store
	clock clock.Clock
	audit audit.Log
	wake  func(ctx context.Context)
}

// NewService returns a Service. wakeFacts is called in the transaction of a new
// plan, so that facts that waited for one take effect after it.
func NewService(store Store, clk clock.Clock, log audit.Log, wakeFacts func(ctx context.Context)) *Service {
	return &Service{store, clk, log, wakeFacts}
}

// Plans lists the plans, newest date first.
func (s *Service) Plans(ctx context.Context) ([]*Plan, error) {
	plans, err := s.store.List(ctx)
	slices.Reverse(plans)
	return plans, err
}

// Apply checks a plan and puts it in force from its date on. Orders that
// are already in the books keep what they earned. A plan that equals the one in
// force at that date is not stored, and added is false.
//
// ValidationError: what is wrong with it.
func (s *Service) Apply(ctx context.Context, text []byte) (plan *Plan, added bool, err error) {
	if plan, err = ParsePlan(text); err != nil {
		return nil, false, err
	}
	err = s.store.db.Lock(ctx, func(ctx context.Context, _ db.Querier) error {
		if added, err = s.store.Add(ctx, plan, s.clock.Now()); err != nil || !added {
			return err
		}
		s.wake(ctx)
		return s.audit.Record(ctx, audit.Entry{Action: "plan.applied", Subject: plan.ID.String(), Details: map[string]any{"from": plan.From}})
	})
	return plan, added, err
}
