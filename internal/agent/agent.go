// Package agent holds referral agents. A partner (the owner) gives an agent,
// who is somebody with an e-mail, a link of its own. Clients who come by that
// link are the owner's; under an agreement the owner gives the agent a share of
// what it earns by them, as soon as the agent's e-mail is a partner's.
package agent

import (
	"math"
	"time"

	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
)

// Link is a link that an owner gave to an agent.
type Link struct {
	OwnerID   id.UUID
	ID        int64
	Code      string
	Alias     string // the owner's own name for it, once among its links
	Email     string // the agent's, lower case
	Reports   Reports
	CreatedAt time.Time
}

// Reports are those of the link's clients that the owner lets the agent read.
type Reports struct {
	Rewards bool // reward_history
	Clients bool // client_report
}

// Terms are what an owner and its agent agree on.
type Terms struct {
	Share money.Percent // of each order's reward in USD: 0 to 100, up to 2 places
	Cap   *money.Amount // most that is earned under the agreement, in USD and whole cents; nil: no limit
}

// maxCap is where a limit is none any more, in USD.
const maxCap = money.Amount(1_000_000_000 * 1_000_000)

const (
	wholePercent = 10_000 // units of money.Percent
	hundred      = money.Percent(100 * wholePercent)
	percentStep  = wholePercent / 100 // 2 places
	cent         = money.Amount(10_000)
)

// Validate returns a ValidationError with every fault.
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

// Agreement is the terms from a moment on, until the next ones. The one in
// force when an order closes counts, whenever the order arrives.
type Agreement struct {
	Terms

	From      time.Time
	EarnedUSD money.Amount // under these terms, what was taken back taken off
}

// InForce returns the agreement in force at a moment, of all that a link ever
// had, in any order; nil: there was none yet.
func InForce(all []*Agreement, at time.Time) *Agreement {
	var newest *Agreement
	for _, a := range all {
		if !a.From.After(at) && (newest == nil || a.From.After(newest.From)) {
			newest = a
		}
	}
	return newest
}

// Share is a percent of an amount, cut toward zero to six places.
func Share(amount money.Amount, percent money.Percent) (money.Amount, error) {
	return money.Cut[money.Amount](money.Over(money.Mul(money.Of(amount), money.Of(percent)), hundred))
}

// Earns is what the agent earns by an order's reward, in USD: its share, at
// most what the limit leaves, and at most what the order leaves its owner.
func (a *Agreement) Earns(rewardUSD, left money.Amount) (money.Amount, error) {
	share, err := Share(rewardUSD, a.Share)
	if err != nil {
		return 0, err
	}
	limit := money.Amount(math.MaxInt64)
	if a.Cap != nil {
		limit = *a.Cap
	}
	return max(0, min(share, left, limit-a.EarnedUSD)), nil
}
