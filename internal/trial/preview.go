package trial

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/reward"
	"github.com/tributary-server/tributary/internal/settings"
)

// Preview says what would happen if a plan were applied now.
type Preview struct {
	From    time.Time
	Until   time.Time // when the next plan begins; zero if there is none
	Changes []Change  // fields that differ from the plan in force at From; empty if the plan would change nothing
	Kept    int64     // booked orders of the days since From; they keep their plan
	Waiting int64     // orders that wait for a formula or an instrument, and would be tried again
}

// Change is a field of a plan that differs. The values are JSON; a value is empty
// if the plan does not have the field.
type Change struct{ Field, Was, Is string }

// Preview compares a plan with the plan that is in force at its date, and counts the
// orders that the plan would reach. It only reads.
func (s *Service) Preview(ctx context.Context, plan *reward.Plan) (*Preview, error) {
	out := &Preview{From: plan.From}
	err := s.db.Read(ctx, func(ctx context.Context, q db.Querier) error {
		plans, err := reward.LoadPlans(ctx, q)
		if err != nil {
			return fmt.Errorf("reading the plans: %w", err)
		}
		for _, p := range plans {
			if p.From.After(plan.From) && (out.Until.IsZero() || p.From.Before(out.Until)) {
				out.Until = p.From
			}
		}
		if out.Changes, err = compare(reward.InForce(plans, plan.From), plan); err != nil {
			return err
		}
		return out.count(ctx, q)
	})
	if err != nil {
		return nil, fmt.Errorf("comparing a plan: %w", err)
	}
	return out, nil
}

// count counts the orders that the plan would reach. Query plan: the days of each
// partner since From by the primary key of partner_days, and the facts that wait by
// the index of what they wait for.
func (p *Preview) count(ctx context.Context, q db.Querier) error {
	values, err := settings.Load(ctx, q)
	if err != nil {
		return err
	}
	zone := settings.Zone(values)
	first, last := clock.DayOf(p.From, zone), clock.Day(1<<31-1)
	if !p.Until.IsZero() {
		last = clock.DayOf(p.Until.Add(-time.Microsecond), zone)
	}
	err = q.QueryRow(ctx, `SELECT CAST(coalesce(sum((SELECT sum(d.orders_count) FROM partner_days d
		WHERE d.partner_id = p.partner_id AND d.reward_day >= $1 AND d.reward_day <= $2)), 0) AS bigint) FROM partners p`,
		int64(first), int64(last)).Scan(&p.Kept)
	if err != nil {
		return fmt.Errorf("counting the booked orders: %w", err)
	}
	err = q.QueryRow(ctx, `SELECT count(*) FROM facts_waiting WHERE type = 'order.closed'
		AND (substr(waits_for, 1, 11) = 'instrument:' OR substr(waits_for, 1, 8) = 'refused:')`).Scan(&p.Waiting)
	if err != nil {
		return fmt.Errorf("counting the orders that wait: %w", err)
	}
	return nil
}

// compare returns the fields that have different values in the two plans, sorted by
// name. The items of a list are numbered from 0: cpa.0.name is the name of the first
// bundle. The errors for an invalid plan name its fields in the same way.
func compare(was, is *reward.Plan) ([]Change, error) {
	before, err := fieldsOf(was)
	if err != nil {
		return nil, err
	}
	after, err := fieldsOf(is)
	if err != nil {
		return nil, err
	}
	names := map[string]bool{}
	for _, fields := range []map[string]string{before, after} {
		for name := range fields {
			names[name] = true
		}
	}
	var out []Change
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if name != "from" && before[name] != after[name] {
			out = append(out, Change{name, before[name], after[name]})
		}
	}
	return out, nil
}

func fieldsOf(plan *reward.Plan) (map[string]string, error) {
	text, err := json.Marshal(plan)
	if err != nil {
		return nil, fmt.Errorf("encoding a plan: %w", err)
	}
	var value any
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber() // keep every digit of a decimal
	if err := decoder.Decode(&value); err != nil {
		return nil, fmt.Errorf("reading an encoded plan: %w", err)
	}
	out := map[string]string{}
	return out, flatten(out, "", value)
}

// flatten adds each plain value inside value to fields, under its path.
func flatten(fields map[string]string, path string, value any) error {
	under := func(name string) string {
		if path == "" {
			return name
		}
		return path + "." + name
	}
	switch v := value.(type) {
	case map[string]any:
		for name, inner := range v {
			if err := flatten(fields, under(name), inner); err != nil {
				return err
			}
		}
	case []any:
		for i, inner := range v {
			if err := flatten(fields, under(strconv.Itoa(i)), inner); err != nil {
				return err
			}
		}
	default:
		text, err := json.Marshal(v)
		if err != nil {
			return fmt.Errorf("encoding %s: %w", path, err)
		}
		fields[path] = string(text)
	}
	return nil
}
