package reward

import (
	"context"
	"slices"

	"github.com/tributary-server/tributary/internal/audit"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db"
)

// Service lists plans and applies new plans.
type Service struct {
	store Store
	clock clock.Clock
	audit audit.Log
	wake  func(ctx context.Context)
}

// NewService returns a Service. It calls wakeFacts in each transaction that
// adds a plan. wakeFacts must apply the facts that waited for the plan, once
// the transaction has committed.
func NewService(store Store, clk clock.Clock, log audit.Log, wakeFacts func(ctx context.Context)) *Service {
	return &Service{store, clk, log, wakeFacts}
}

// Plans returns all plans, the newest first.
func (s *Service) Plans(ctx context.Context) ([]*Plan, error) {
	plans, err := s.store.List(ctx)
	slices.Reverse(plans)
	return plans, err
}

// Apply checks a plan and puts it in force from its date onwards. Booked orders
// keep their rewards. If the same plan is already in force at that date, Apply
// does not store it, and added is false.
//
// It returns ValidationError if the plan has a fault.
func (s *Service) Apply(ctx context.Context, text []byte) (plan *Plan, added bool, err error) {
	if plan, err = ParsePlan(text); err != nil {
		return nil, false, err
	}
	err = s.store.db.Lock(ctx, db.WholeStore(), func(ctx context.Context, _ db.Querier) error {
		if added, err = s.store.Add(ctx, plan, s.clock.Now()); err != nil || !added {
			return err
		}
		s.wake(ctx)
		return s.audit.Record(ctx, audit.Entry{
			Action: "plan.applied", Subject: plan.ID.String(), Details: map[string]any{"from": plan.From, "reason": plan.Reason},
		})
	})
	return plan, added, err
}
