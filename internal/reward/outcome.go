package reward

import (
	"fmt"

	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/id"
)

// Outcome says what became of an accepted order: Paid, or the reason why it
// earns nothing. An order has exactly one outcome at a time. docs/rewards.md
// lists all outcomes.
type Outcome string

// These are the outcomes of booked orders. The outcome of an order that waits
// is WaitingFor, followed by what is missing.
const (
	Paid            Outcome = "paid"
	Reversed        Outcome = "reversed"           // a reversal took the reward back, and no reinstatement restored it
	NoPartner       Outcome = "no_partner"         // the client belongs to the programme itself (the house)
	MinOrderLife    Outcome = "min_order_life"     // the order was open for too short a time
	Capped          Outcome = "capped"             // the plan's cap is 0
	NoSpread        Outcome = "no_spread"          // the formula uses the spread, and it was 0
	SymbolNotInPlan Outcome = "symbol_not_in_plan" // the plan pays nothing for the instrument's group
	NoRewardType    Outcome = "no_reward_type"     // the plan pays nothing for the account's type
	BelowPlace      Outcome = "below_place"        // the reward is less than half a unit of the last decimal place
)

// These are the other outcomes. They belong to orders that are not booked, or
// to a partner who asks about the order of another one.
const (
	Dismissed  Outcome = "dismissed" // the broker dismissed the order while it waited
	NotYours   Outcome = "not_yours" // another partner had the account when the order closed
	WaitingFor         = "waiting:"
)

// These are the values of Result.LimitedBy that differ from the order's
// outcome. The outcome of a capped reward is Paid, and the outcome of a reward
// of the house is NoPartner.
const (
	LimitedByCap   = string(Capped) // reduced to the plan's cap, which can be 0
	LimitedByHouse = "house"
)

// Booked lists the outcomes that the booked orders of a partner can have.
var Booked = []Outcome{Paid, Reversed, MinOrderLife, Capped, NoSpread, SymbolNotInPlan, NoRewardType, BelowPlace}

// Outcome returns the outcome of the order that earned r. latest is the kind of
// the order's latest reversal or reinstatement, or ForOrder if there is none.
func (r *Reward) Outcome(latest Kind) Outcome {
	switch {
	case r.PartnerID == id.Nil:
		return NoPartner
	case latest.Reverses():
		return Reversed
	case r.Result.Reward != 0:
		return Paid
	default:
		return Outcome(r.Result.LimitedBy)
	}
}

// These SQL expressions are about t, a row of reward_rows. ReversedSQL reports
// whether the row's order is now reversed, as Kind.Reverses does for the latest
// reward of the order. OutcomeSQL returns the outcome of the order, as
// Reward.Outcome does, and is only for rows of a partner. Both read one entry
// of the index reward_rows_changes, which has only reversals and
// reinstatements.
const (
	ReversedSQL = `coalesce((SELECT max(c.kind)` + changes + ` AND c.partner_id = t.partner_id AND c.ticket = t.ticket AND c.part = t.part
		AND c.account = t.account), 0)` + odd
	OutcomeSQL = `CASE WHEN ` + ReversedSQL + unreversed
)

// OutcomeOfManySQL is the same as OutcomeSQL, for statements that read many rows
// of the partner $1. It reads all reversals and reinstatements of the partner
// once.
const OutcomeOfManySQL = `CASE WHEN (t.ticket, t.part, t.account) IN (SELECT c.ticket, c.part, c.account` + changes +
	` AND c.partner_id = $1 GROUP BY c.ticket, c.part, c.account HAVING max(c.kind)` + odd + `)` + unreversed

const (
	changes    = ` FROM reward_rows c WHERE c.kind > 0`
	odd        = ` % 2 = 1`
	unreversed = ` THEN 'reversed' WHEN coalesce(t.reward_e6, t.reward_usd_e6) <> 0 THEN 'paid' ELSE t.limited_by END`
)

// whyZero returns the reason why a reward is 0 although no limit reduced it.
func whyZero(o *feed.Order, t *Terms) string {
	switch {
	case t.Formula == ECN && t.AmountPerLot == 0:
		return string(SymbolNotInPlan)
	case t.Formula != ECN && t.BonusK == 0:
		return string(NoRewardType)
	case t.Formula != ECN && spreadSum(o, t) == 0:
		return string(NoSpread)
	default:
		return string(BelowPlace)
	}
}

// NoFormulaError means that the plan has no formula for an order.
type NoFormulaError struct {
	Outcome     Outcome // NoRewardType or SymbolNotInPlan
	AccountType string
	Group       string
}

func (e *NoFormulaError) Error() string {
	return fmt.Sprintf("the plan has no formula for the account type %q and the group %q", e.AccountType, e.Group)
}
