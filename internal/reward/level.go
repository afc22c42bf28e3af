package reward

import (
	"errors"
	"fmt"
	"slices"

	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
)

// LevelDays is the number of days whose orders decide a partner's level.
const LevelDays = 90

// perMillion is the divisor that converts a volume in USD over LevelDays days
// to the average of a month of 30 days, in millions of USD.
const perMillion = LevelDays / 30 * 1_000_000

// Activity sums up the trading of a partner's clients over LevelDays days.
type Activity struct {
	Volume        money.Volume `db:"window_usd_e4"` // in USD, in all of these days
	ActiveClients int64        `db:"active_clients"`
}

// MonthlyMlnUSD returns the average volume of a month of 30 days in millions of
// USD, rounded half to even.
func (a Activity) MonthlyMlnUSD() (money.Volume, error) {
	average, err := money.Round[money.Volume](money.Over(money.Of(a.Volume), money.Volume(perMillion*10_000)))
	if err != nil {
		return 0, fmt.Errorf("averaging a volume: %w", err)
	}
	return average, nil
}

// Meets reports whether the activity meets the level's conditions. It compares
// the exact average.
func (a Activity) Meets(l *Level) bool {
	return a.Volume/perMillion >= l.MinVolumeMlnUSD && a.ActiveClients >= int64(l.MinActiveClients)
}

// Lacks returns what is missing for a level: a monthly volume in millions of
// USD, rounded up, and a number of clients. Both are 0 if nothing is missing.
func (a Activity) Lacks(l *Level) (mlnUSD money.Volume, clients int64) {
	return max(0, l.MinVolumeMlnUSD-a.Volume/perMillion), max(0, int64(l.MinActiveClients)-a.ActiveClients)
}

// Earned returns the position of the highest level whose conditions are met.
// The first level has no conditions.
func (p *Plan) Earned(a Activity) int {
	for i := len(p.Levels) - 1; i > 0; i-- {
		if a.Meets(&p.Levels[i]) {
			return i
		}
	}
	return 0
}

// Place returns the position of the level with this name. An empty name means the
// first level. found is false if the plan has no such level.
func (p *Plan) Place(name string) (place int, found bool) {
	if name == "" {
		return 0, true
	}
	place = slices.IndexFunc(p.Levels, func(l Level) bool { return l.Name == name })
	return place, place >= 0
}

// Raise is how much more an order would have earned at another level.
type Raise struct {
	OldPercent money.Percent // share of the partner's former level in the order's plan
	NewPercent money.Percent // share of the new level in the order's plan
	USD        money.Amount
	Amount     money.Amount // in the currency of the reward
}

// RaiseTo computes how much more the order of a reward would have earned if its
// partner had been at newLevel instead of oldLevel. plan must be the plan in
// force at the order's close. All other terms are those of the reward. The
// reward plus the raise is exactly the reward at the new level, with its own
// rounding, cap and minimum order life.
//
// The raise is zero if the plan has no such level, if the reward is not higher
// there, or if it would be above the limit of one order.
func (r *Reward) RaiseTo(plan *Plan, oldLevel, newLevel string) (Raise, error) {
	if _, found := plan.Place(newLevel); !found {
		return Raise{}, nil
	}
	raise := Raise{OldPercent: r.shareAt(plan, oldLevel), NewPercent: r.shareAt(plan, newLevel)}
	result, err := r.AtLevel(plan, newLevel)
	if errors.Is(err, money.ErrTooLarge) {
		return raise, nil
	}
	if err != nil {
		return Raise{}, err
	}
	if result.RewardUSD > r.Result.RewardUSD {
		raise.USD, raise.Amount = result.RewardUSD-r.Result.RewardUSD, result.Reward-r.Result.Reward
	}
	return raise, nil
}

// AtLevel computes the result that the order of a reward would have had at a
// level. plan must be the plan in force at the order's close. All other terms
// are those of the reward.
func (r *Reward) AtLevel(plan *Plan, name string) (Result, error) {
	terms := r.Terms
	if err := terms.setFigures(plan, plan.Level(name)); err != nil {
		return Result{}, err
	}
	return Compute(&r.Order, &terms)
}

// shareAt returns the share of a level in the order's plan, or the share of the
// plan's line if the line has its own.
func (r *Reward) shareAt(plan *Plan, level string) money.Percent {
	if own := plan.lineAt(r.Terms.Line).SharePercent; own != nil {
		return *own
	}
	return plan.Level(level).SharePercent
}

// EstimateRise estimates how much more the orders of these rewards would have
// earned at a higher level. It assumes that all of them were computed with the old
// share, and that no cap applies.
func EstimateRise(rewards money.Amount, oldShare, newShare money.Percent) (money.Amount, error) {
	if rewards <= 0 || newShare <= oldShare {
		return 0, nil
	}
	return money.Round[money.Amount](money.Over(money.Mul(money.Of(rewards), money.Of(newShare-oldShare)), oldShare))
}

// PlanOf returns the plan from which terms were created. plans must come from
// LoadPlans. Plans are never removed, so PlanOf returns an error only if the
// store is damaged.
func PlanOf(plans []*Plan, terms *Terms) (*Plan, error) { return PlanWithID(plans, terms.PlanID) }

// PlanWithID returns the plan with an id. plans must come from LoadPlans. Plans
// are never removed, so PlanWithID returns an error only if the store is
// damaged.
func PlanWithID(plans []*Plan, planID id.UUID) (*Plan, error) {
	for _, p := range plans {
		if p.ID == planID {
			return p, nil
		}
	}
	return nil, fmt.Errorf("there is no plan %s, from which an amount was computed", planID)
}
