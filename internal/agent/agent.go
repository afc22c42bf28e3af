// Package agent implements referral agents. A partner (the owner) gives a link
// to an agent, of whom only the e-mail address is known. Clients who come
// through this link belong to the owner. An agreement gives the agent a share
// of the rewards that the owner earns from these clients. The agent is paid
// once a partner has registered with the agent's e-mail address.
package agent

import (
	"math"
	"time"

	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
)

// Link is a link that an owner has given to an agent.
type Link struct {
	OwnerID   id.UUID   `db:"partner_id"`
	ID        int64     `db:"link_id"`
	Code      string    `db:"link_code"`
	Alias     string    `db:"alias"` // the owner's name for the link; unique among the owner's links
	Email     string    `db:"email"` // the agent's e-mail address, in lower case
	Reports   Reports   `db:",inline"`
	CreatedAt time.Time `db:"created_at"`
}

// Reports says which reports about the link's clients the agent may read.
type Reports struct {
	Rewards bool `db:"share_rewards"`
	Clients bool `db:"share_clients"`
}

// Terms are the terms of an agreement between an owner and an agent.
type Terms struct {
	Share money.Percent `db:"share_e4"`   // share of each order's reward in USD, from 0 to 100 percent with at most 2 decimal places
	Cap   *money.Amount `db:"cap_usd_e6"` // maximum that the agent can earn under the agreement, in whole US cents; nil means no limit
}

// maxCap is the maximum of Terms.Cap, one billion USD.
const maxCap = money.Amount(1_000_000_000 * 1_000_000)

const (
	wholePercent = 10_000 // one percent in units of money.Percent
	hundred      = money.Percent(100 * wholePercent)
	percentStep  = wholePercent / 100 // smallest allowed step: 0.01 percent
	cent         = money.Amount(10_000)
)

// Validate returns a ValidationError that lists all faults of the terms, or nil.
func (t Terms) Validate() error {
	var faults fault.Fields
	switch {
	case t.Share < 0:
		faults.Add("share_perc", "min_value", "Ensure this value is greater than or equal to 0.")
	case t.Share > hundred:
		faults.Add("share_perc", "max_value", "Ensure this value is less than or equal to 100.")
	case t.Share%percentStep != 0:
		faults.Add("share_perc", "max_decimal_places", "Ensure that there are no more than 2 decimal places.")
	}
	switch {
	case t.Cap == nil:
	case *t.Cap <= 0:
		faults.Add("cap_amount_usd", "min_value", "Ensure this value is greater than 0.")
	case *t.Cap > maxCap:
		faults.Add("cap_amount_usd", "max_value", "Ensure this value is less than or equal to 1000000000.")
	case *t.Cap%cent != 0:
		faults.Add("cap_amount_usd", "max_decimal_places", "Ensure that there are no more than 2 decimal places.")
	}
	return faults.Err()
}

// Agreement holds terms that are in force until the next agreement starts. An
// order uses the agreement that was in force when it closed, even if it arrives
// later.
type Agreement struct {
	Terms

	From      time.Time    `db:"from_at"`
	EarnedUSD money.Amount `db:"earned_usd_e6"` // sum earned under these terms, without reversed amounts
}

// Agreed is a link with its newest agreement, which is nil if there is none.
type Agreed struct {
	Link

	Newest *Agreement
}

// InForce returns the agreement in force at a moment, or nil if no agreement
// had started by then. Pass all agreements of one link, in any order.
func InForce(agreements []*Agreement, at time.Time) *Agreement {
	var newest *Agreement
	for _, a := range agreements {
		if !a.From.After(at) && (newest == nil || a.From.After(newest.From)) {
			newest = a
		}
	}
	return newest
}

// Share returns a percentage of an amount, truncated toward zero to six decimal
// places.
func Share(amount money.Amount, percent money.Percent) (money.Amount, error) {
	return money.Cut[money.Amount](money.Over(money.Mul(money.Of(amount), money.Of(percent)), hundred))
}

// Earns returns the amount in USD that the agent earns from an order's reward.
// The agent earns its share of the reward, but no more than the rest of the
// agreement's cap. It also earns no more than afterRebate, which is the part of
// the reward that remains after the client's rebate.
func (a *Agreement) Earns(rewardUSD, afterRebate money.Amount) (money.Amount, error) {
	share, err := Share(rewardUSD, a.Share)
	if err != nil {
		return 0, err
	}
	limit := money.Amount(math.MaxInt64)
	if a.Cap != nil {
		limit = *a.Cap
	}
	return max(0, min(share, afterRebate, limit-a.EarnedUSD)), nil
}
