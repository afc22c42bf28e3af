package reward

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/tributary-server/tributary/internal/audit"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
)

// Store stores the programme's plans.
type Store struct{ db db.DB }

// NewStore returns a Store of plans in db.
func NewStore(db db.DB) Store { return Store{db} }

// List returns all plans sorted by date, starting with the built-in plan.
func (s Store) List(ctx context.Context) ([]*Plan, error) {
	plans, err := LoadPlans(ctx, s.db)
	if err != nil {
		return nil, fmt.Errorf("reading the plans: %w", err)
	}
	return plans, nil
}

// Add stores a checked plan and sets its id, unless the same plan is already in
// force at its date. It reports whether it has stored the plan. appliedAt is
// the time at which the plan is applied.
func (s Store) Add(ctx context.Context, plan *Plan, appliedAt time.Time) (added bool, err error) {
	body, err := json.Marshal(plan)
	if err != nil {
		return false, fmt.Errorf("encoding a plan: %w", err)
	}
	if len(body) > MaxPlan { // the stored form can be longer than the text, and must be readable
		return false, fault.Invalid("plan", "max_length", fmt.Sprintf("The plan is too long: with all fields written out, at most %d bytes are allowed.", MaxPlan))
	}
	err = s.db.Lock(ctx, db.WholeStore(), func(ctx context.Context, q db.Querier) error {
		added = false
		plans, err := LoadPlans(ctx, q)
		if err != nil {
			return err
		}
		current := InForce(plans, plan.From)
		if same, err := json.Marshal(current); err != nil || bytes.Equal(same, body) {
			plan.ID, plan.CreatedAt, plan.Author = current.ID, current.CreatedAt, current.Author
			return err
		}
		// If two plans start at the same time, the plan that was applied later must
		// be in force. Its time must therefore be later, even if both plans were
		// applied within one microsecond or the clock was set back in between.
		at := appliedAt
		if current.From.Equal(plan.From) && !at.After(current.CreatedAt) {
			at = current.CreatedAt.Add(time.Microsecond)
		}
		plan.ID, plan.CreatedAt, plan.Author, added = id.New(), at, audit.Author(ctx), true
		_, err = q.Exec(ctx, `INSERT INTO plans (plan_id, from_at, created_at, body, author) VALUES ($1, $2, $3, $4, $5)`,
			plan.ID, db.Micros(plan.From), db.Micros(plan.CreatedAt), string(body), plan.Author)
		if err != nil {
			return err
		}
		// Release the facts that may have waited for a suffix or a formula of the
		// plan.
		_, err = q.Exec(ctx, `UPDATE facts_waiting SET waits_for = '' WHERE substr(waits_for, 1, 11) = 'instrument:' OR substr(waits_for, 1, 8) = 'refused:'`)
		return err
	})
	if err != nil {
		return false, fmt.Errorf("storing a plan: %w", err)
	}
	return added, nil
}

// LoadPlans returns all plans, starting with the built-in plan. It is for
// packages that read the plans in a transaction of their own.
func LoadPlans(ctx context.Context, q db.Querier) ([]*Plan, error) {
	type planRow struct {
		ID        id.UUID         `db:"plan_id"`
		CreatedAt time.Time       `db:"created_at"`
		Body      json.RawMessage `db:"body"`
		Author    string          `db:"author"`
	}
	stored, err := db.AllAs(ctx, q, func(r planRow) (*Plan, error) {
		p, err := ParsePlan(r.Body)
		if err != nil {
			return nil, fmt.Errorf("reading plan %s: %w", r.ID, err)
		}
		p.ID, p.CreatedAt, p.Author = r.ID, r.CreatedAt, r.Author
		return p, nil
	}, `SELECT plan_id, created_at, body, author FROM plans ORDER BY from_at, created_at`)
	if err != nil {
		return nil, err
	}
	return append([]*Plan{Default()}, stored...), nil
}
