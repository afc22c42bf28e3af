// Package trial computes how much a plan would have paid for real orders of the
// past. It uses the same functions that book rewards, but books nothing.
package trial

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/partner"
	"github.com/tributary-server/tributary/internal/reward"
)

// Sums are the amounts that partners earn from the orders of a period, in USD.
type Sums struct {
	RewardUSD   money.Amount `json:"reward_usd" doc:"What partners earn from the orders of their own clients."`
	OverrideUSD money.Amount `json:"override_usd" doc:"What partners earn from the orders of their sub-partners' clients."`
	TotalUSD    money.Amount `json:"total_usd" doc:"The sum of both."`
}

// Row compares the earnings of one partner before and after.
type Row struct {
	PartnerUID    id.UUID      `json:"partner_uid" doc:"Id of the partner."`
	Email         string       `json:"email" doc:"The partner's e-mail address."`
	Orders        int64        `json:"orders" doc:"Number of orders of the partner's own clients."`
	BeforeUSD     money.Amount `json:"before_usd" doc:"What the partner earned from the orders of the period, with overrides."`
	AfterUSD      money.Amount `json:"after_usd" doc:"What the partner would have earned under the plan that is tried, with overrides."`
	DifferenceUSD money.Amount `json:"difference_usd" doc:"after_usd minus before_usd."`
}

// Result is the result of a trial.
type Result struct {
	From           clock.Day    `json:"from" doc:"First day of the period, in the programme's time zone."`
	To             clock.Day    `json:"to" doc:"Last day of the period."`
	Orders         int64        `json:"orders" doc:"Number of orders that were computed: all partners' booked orders that closed in the period and are not reversed."`
	Reversed       int64        `json:"reversed" doc:"Number of orders that were left out because they are reversed, and so earn nothing under any plan."`
	Waiting        int64        `json:"waiting" doc:"Number of orders that were left out because they wait for another fact, and so have no reward yet."`
	WithoutFormula int64        `json:"without_formula" doc:"Number of computed orders for which the plan that is tried has no formula. They count as 0 in the field after, because they would wait."`
	Winners        int64        `json:"winners" doc:"Number of partners who would have earned more."`
	Losers         int64        `json:"losers" doc:"Number of partners who would have earned less."`
	Unchanged      int64        `json:"unchanged" doc:"Number of partners in the list who would have earned the same."`
	Before         Sums         `json:"before" doc:"What the books say."`
	After          Sums         `json:"after" doc:"What the plan that is tried would have paid."`
	DifferenceUSD  money.Amount `json:"difference_usd" doc:"after.total_usd minus before.total_usd."`
	Partners       []Row        `json:"partners" doc:"Every partner with orders or overrides in the period. The largest differences come first, whether they are gains or losses."`
}

// trial adds up the orders of a period.
type trial struct {
	plan     *reward.Plan
	plans    []*reward.Plan // plans of the orders' rewards
	partners map[id.UUID]*standing
	parents  *Reparenting // other parents than those that the partners have; nil while there are none
	result   Result

	from, until time.Time // the period
}

// standing holds a partner and the partner's earnings.
type standing struct {
	ID       id.UUID  `db:"partner_id"`
	Email    string   `db:"email"`
	ParentID *id.UUID `db:"parent_id"`
	changes  []partner.Change

	orders        int64
	before, after earned
}

// parentAt returns the parent of a partner at a time, or id.Nil if there is none.
func (t *trial) parentAt(s *standing, at time.Time) id.UUID {
	p := partner.Partner{ParentID: s.ParentID, Changes: s.changes}
	if t.parents != nil {
		if changes := t.parents.Changes[s.ID]; changes != nil {
			p.Changes = changes
		}
		if !t.parents.At.IsZero() {
			at = t.parents.At
		}
	}
	return p.ParentAt(at)
}

type earned struct{ reward, override money.Amount }

var errSums = fault.Invalid("plan", "out_of_range", "The rewards under this plan are too large to add up.")

// add increases a sum. It returns errSums if the sum could overflow. The amounts
// are never negative.
func add(sum *money.Amount, amount money.Amount) error {
	if amount > math.MaxInt64/4-*sum {
		return errSums
	}
	*sum += amount
	return nil
}

// addOrder adds an order, with the earnings of its partner and of the partners
// above.
func (t *trial) addOrder(r *booked) error {
	terms, after, err := r.Under(t.plan, r.Terms.Level, r.whose())
	if _, none := errors.AsType[*reward.NoFormulaError](err); none {
		t.result.WithoutFormula++
		after, err = reward.Result{}, nil
	}
	if errors.Is(err, money.ErrTooLarge) {
		return fault.Invalid("plan", "out_of_range",
			fmt.Sprintf("The reward of order %s under this plan is above the limit of one order (%v). Lower the plan's rates.", r.Order.Key().ID(), err))
	}
	if err != nil {
		return err
	}
	t.result.Orders++
	p := t.partners[r.PartnerID]
	p.orders++
	before := r.Result.RewardUSD
	if err := errors.Join(add(&p.before.reward, before), add(&p.after.reward, after.RewardUSD)); err != nil {
		return err
	}
	plan, err := reward.PlanOf(t.plans, &r.Terms)
	if err != nil {
		return err
	}
	if err := t.addOverrides(p, &r.Order, &r.Terms, before, plan, func(s *standing) *money.Amount { return &s.before.override }); err != nil {
		return err
	}
	return t.addOverrides(p, &r.Order, &terms, after.RewardUSD, t.plan, func(s *standing) *money.Amount { return &s.after.override })
}

// addOverrides adds the overrides that the partners above at the close of an order
// earn from its reward under a plan.
func (t *trial) addOverrides(
	p *standing, o *feed.Order, terms *reward.Terms, usd money.Amount, plan *reward.Plan, sum func(*standing) *money.Amount,
) error {
	if usd == 0 {
		return nil
	}
	amounts, err := reward.OverridesOf(plan, o, terms, usd)
	if err != nil {
		return err
	}
	for _, override := range amounts {
		if p = t.partners[t.parentAt(p, o.CloseTime)]; p == nil {
			return nil
		}
		if err := add(sum(p), override); err != nil {
			return err
		}
	}
	return nil
}

// finish adds up the earnings of the partners, and sorts the partners.
func (t *trial) finish() (*Result, error) {
	out := &t.result
	out.Partners = []Row{}
	for _, p := range t.partners {
		if p.orders == 0 && p.before == (earned{}) && p.after == (earned{}) {
			continue
		}
		row := Row{
			PartnerUID: p.ID, Email: p.Email, Orders: p.orders,
			BeforeUSD: p.before.reward + p.before.override, AfterUSD: p.after.reward + p.after.override,
		}
		row.DifferenceUSD = row.AfterUSD - row.BeforeUSD
		switch {
		case row.DifferenceUSD > 0:
			out.Winners++
		case row.DifferenceUSD < 0:
			out.Losers++
		default:
			out.Unchanged++
		}
		for _, step := range []error{
			add(&out.Before.RewardUSD, p.before.reward), add(&out.Before.OverrideUSD, p.before.override), add(&out.Before.TotalUSD, row.BeforeUSD),
			add(&out.After.RewardUSD, p.after.reward), add(&out.After.OverrideUSD, p.after.override), add(&out.After.TotalUSD, row.AfterUSD),
		} {
			if step != nil {
				return nil, step
			}
		}
		out.Partners = append(out.Partners, row)
	}
	out.DifferenceUSD = out.After.TotalUSD - out.Before.TotalUSD
	slices.SortFunc(out.Partners, func(a, b Row) int {
		return cmp.Or(cmp.Compare(size(b.DifferenceUSD), size(a.DifferenceUSD)), strings.Compare(a.PartnerUID.String(), b.PartnerUID.String()))
	})
	return out, nil
}

func size(a money.Amount) money.Amount { return max(a, -a) }
