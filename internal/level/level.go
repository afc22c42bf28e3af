// Package level reviews the partners' levels at the beginning of each month,
// and pays progress rewards. A partner who rises to a higher level gets a progress
// reward. It is the difference that the new level would have made to the rewards of
// the month before. docs/adr/0030 has the reasons for the rules.
//
// Service runs the reviews. WorkingSet updates progress rewards when orders of a
// reviewed month arrive late, or are reversed or corrected.
package level

import (
	"strconv"
	"time"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/reward"
)

// Review is the review of a partner's level on the first day of a month. It
// closes the month before.
type Review struct {
	PartnerID  id.UUID   `db:"partner_id"`
	Day        clock.Day `db:"review_day"`
	ReviewedAt time.Time `db:"reviewed_at"`
	Decision
	PeriodStart clock.Day  `db:"period_start_day"` // first day of the month that the review closes
	PeriodEnd   clock.Day  `db:"period_end_day"`
	ProgressID  int64      `db:"progress_id,null"` // number of the progress reward; 0 if the level did not rise
	PaidThrough *clock.Day `db:"paid_through"`     // last day whose orders are in the progress reward; nil if the level did not rise
	Currency    string     `db:"currency"`
	Sums
}

// Decision is the result of a review, with the values from which it follows.
type Decision struct {
	PlanID        id.UUID      `db:"plan_id"`
	Volume        money.Volume `db:"volume_usd_e4"`  // in USD, in the 90 days before the review
	ActiveClients int64        `db:"active_clients"` // number of clients with a closed order in these 90 days
	Level         string       `db:"level"`          // level before the review
	Earned        string       `db:"earned_level"`   // highest level whose conditions are met
	NewLevel      string       `db:"new_level"`      // the same as Level if the review does not change it
	From          clock.Day    `db:"from_day"`       // first day of NewLevel; the day of the review if the level does not change
	FallsTo       string       `db:"falls_to,null"`  // level that the next review sets, unless the partner earns a higher one; empty if no fall is announced
}

// Sums are the sums of a progress reward's rows.
type Sums struct {
	Orders    int64        `db:"orders_count"`
	AmountUSD money.Amount `db:"amount_usd_e6"`
	Amount    money.Amount `db:"amount_e6"` // in the currency of the review
}

func (s *Sums) add(r *Row, sign int64) {
	if r.Kind == reward.ForOrder {
		s.Orders += sign
	}
	s.AmountUSD += money.Amount(sign) * r.AmountUSD
	s.Amount += money.Amount(sign) * r.Amount
}

// Standing is a partner's position before a review.
type Standing struct {
	Level     string // level in force on the day of the review; empty means the plan's first level
	Floor     string // level below which the broker does not let the partner fall; empty for none
	Announced string // FallsTo of the previous review; empty if the level has changed since
}

// Decide makes the decision of a review. A rise takes effect on the day after the
// review. A fall is only announced. It takes effect with the next review, a month
// later, unless the partner has earned the current level again by then. A partner
// never falls further than announced, and never below the floor.
//
// If the plan lacks the current level, the level stays, because no level of the plan
// is known to be higher or lower. If the plan lacks the floor, the level does not
// fall. If it lacks the announced level, nothing counts as announced.
func Decide(plan *reward.Plan, day clock.Day, s Standing, a reward.Activity) Decision {
	earned := plan.Earned(a)
	d := Decision{PlanID: plan.ID, Volume: a.Volume, ActiveClients: a.ActiveClients, Earned: plan.Levels[earned].Name, From: day}
	current, known := plan.Place(s.Level)
	if !known {
		d.Level, d.NewLevel = s.Level, s.Level
		return d
	}
	d.Level = plan.Levels[current].Name
	target := earned
	if s.Floor != "" {
		floor, found := plan.Place(s.Floor)
		if !found {
			floor = current
		}
		target = max(target, floor)
	}
	announced, found := plan.Place(s.Announced)
	next := current
	switch {
	case target > current:
		next, d.From = target, day+1
	case s.Announced != "" && found:
		next = min(current, max(target, announced))
	}
	d.NewLevel = plan.Levels[next].Name
	if target < next {
		d.FallsTo = plan.Levels[target].Name
	}
	return d
}

// isRise reports whether the review raised the level.
func (d *Decision) isRise(day clock.Day) bool { return d.From > day }

// cause returns the Cause of the postings that pay the progress reward.
func (r *Review) cause() string { return strconv.FormatInt(r.ProgressID, 10) }

// paid reports whether the progress reward includes all orders that were booked
// before the review. It returns true if the review did not raise the level.
func (r *Review) paid() bool { return r.PaidThrough == nil || *r.PaidThrough >= r.PeriodEnd }

// Row is the part of a progress reward that one order earns, or that a reversal of
// the order takes back. Each Row belongs to one reward of the order.
type Row struct {
	PartnerID      id.UUID       `db:"partner_id"`
	ClientAccount  string        `db:"client_account"`
	Ticket         int64         `db:"ticket"`
	Part           int           `db:"part"`
	Kind           reward.Kind   `db:"kind"`
	ProgressID     int64         `db:"progress_id"`
	ID             int64         `db:"row_id"`
	At             time.Time     `db:"reward_at"` // close of the order, or time of the reversal or reinstatement
	AccountType    string        `db:"account_type"`
	InitialUSD     money.Amount  `db:"initial_usd_e6"`     // reward of the order
	InitialPercent money.Percent `db:"initial_percent_e4"` // share with which the reward was computed
	OldPercent     money.Percent `db:"old_percent_e4"`     // share of the level before the rise
	NewPercent     money.Percent `db:"new_percent_e4"`     // share of the new level
	AmountUSD      money.Amount  `db:"amount_usd_e6"`
	Amount         money.Amount  `db:"amount_e6"`
}

// rowOf returns the row of an order's reward, or nil if the new level would not have
// changed the reward. The row has no ID yet. The caller passes the plan of the
// reward.
func (r *Review) rowOf(plan *reward.Plan, order *reward.Reward) (*Row, error) {
	raise, err := order.RaiseTo(plan, r.Level, r.NewLevel)
	if err != nil || raise.USD == 0 {
		return nil, err
	}
	return &Row{
		PartnerID: r.PartnerID, ClientAccount: order.Order.ClientAccount, Ticket: order.Order.Ticket, Part: order.Order.Part, Kind: reward.ForOrder,
		ProgressID: r.ProgressID, At: order.Order.CloseTime, AccountType: order.AccountType, InitialUSD: order.Result.RewardUSD,
		InitialPercent: order.Terms.Percent, OldPercent: raise.OldPercent, NewPercent: raise.NewPercent, AmountUSD: raise.USD, Amount: raise.Amount,
	}, nil
}

// forChange returns the row for a reversal or a reinstatement of the row's order.
func (r *Row) forChange(kind reward.Kind, at time.Time) *Row {
	out := *r
	out.Kind, out.At = kind, at
	out.InitialUSD, out.AmountUSD, out.Amount = kind.Sign()*r.InitialUSD, kind.Sign()*r.AmountUSD, kind.Sign()*r.Amount
	return &out
}
