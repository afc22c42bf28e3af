package sqldb

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/reward"
)

// PlanAdmin shows and stores the programme's reward plans.
type PlanAdmin struct{ db db.DB }

// NewPlanAdmin returns the plans of db.
func NewPlanAdmin(db db.DB) PlanAdmin { return PlanAdmin{db} }

// List returns every plan by its date, the one that ships first.
func (s PlanAdmin) List(ctx context.Context) ([]*reward.Plan, error) {
	plans, err := loadPlans(ctx, s.db)
	if err != nil {
		return nil, fmt.Errorf("reading the plans: %w", err)
	}
	return plans, nil
}

// Add stores a checked plan, applied at now, and gives it its id. Orders that
// are in the books keep what they earned. A plan that says the same as the one
// that counts from its date already is not stored again: added is false.
func (s PlanAdmin) Add(ctx context.Context, plan *reward.Plan, now time.Time) (added bool, err error) {
	body, err := json.Marshal(plan)
	if err != nil {
		return false, fmt.Errorf("encoding a plan: %w", err)
	}
	err = s.db.Lock(ctx, func(ctx context.Context, q db.Querier) error {
		added = false
		plans, err := loadPlans(ctx, q)
		if err != nil {
			return err
		}
		current := reward.InForce(plans, plan.From)
		if same, err := json.Marshal(current); err != nil || bytes.Equal(same, body) {
			plan.ID, plan.CreatedAt = current.ID, current.CreatedAt
			return err
		}
		// Of two plans from one moment the later created counts, even if they
		// are applied within one microsecond or a clock was set back.
		at := now
		if current.From.Equal(plan.From) && !at.After(current.CreatedAt) {
			at = current.CreatedAt.Add(time.Microsecond)
		}
		plan.ID, plan.CreatedAt, added = id.New(), at, true
		_, err = q.Exec(ctx, `INSERT INTO plans (plan_id, from_at, created_at, body) VALUES ($1, $2, $3, $4)`,
			plan.ID, db.Micros(plan.From), db.Micros(plan.CreatedAt), string(body))
		if err != nil {
			return err
		}
		// Its suffixes and formulas may be what some facts wait for.
		_, err = q.Exec(ctx, `UPDATE facts_waiting SET waits_for = '' WHERE substr(waits_for, 1, 11) = 'instrument:' OR substr(waits_for, 1, 8) = 'refused:'`)
		return err
	})
	if err != nil {
		return false, fmt.Errorf("storing a plan: %w", err)
	}
	return added, nil
}
