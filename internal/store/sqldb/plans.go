package sqldb

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/reward"
)

// Plans keeps the dated plans.
type Plans struct{ db DB }

// NewPlans returns the plan store on db.
func NewPlans(db DB) *Plans { return &Plans{db} }

// All returns every plan, the one that ships first.
func (s *Plans) All(ctx context.Context) ([]*reward.Plan, error) { return loadPlans(ctx, s.db) }

// Apply keeps a plan, in force from its From on. Orders accrued before it was
// applied keep what they earned.
func (s *Plans) Apply(ctx context.Context, plan *reward.Plan, now time.Time) error {
	body, err := json.Marshal(plan)
	if err != nil {
		return fmt.Errorf("encoding the plan: %w", err)
	}
	plan.ID, plan.CreatedAt = id.New(), now
	return s.db.Lock(ctx, func(ctx context.Context, q Querier) error {
		_, err := q.Exec(ctx, `INSERT INTO plans (plan_id, from_at, created_at, body) VALUES ($1, $2, $3, $4)`,
			plan.ID, Micros(plan.From), Micros(now), string(body))
		return err
	})
}
