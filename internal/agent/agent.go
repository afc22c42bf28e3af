// Package agent implements referral agents. A partner (the owner) gives an
// agent, known only by an e-mail, a link. Clients who come by that link are the
// owner's. Under an agreement the owner gives the agent a share of what it
// earns by them, once a partner has registered with the agent's e-mail.
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
	OwnerID   id.UUID   `db:"partner_id"`
	ID        int64     `db:"link_id"`
	Code      string    `db:"link_code"`
	Alias     string    `db:"alias"` // the owner's name for it, unique among its links
	Email     string    `db:"email"` // the agent's, lower case
	Reports   Reports   `db:",inline"`
	CreatedAt time.Time `db:"created_at"`
}

// Reports are the reports on the link's clients that the owner lets the agent
// read.
type Reports struct {
	Rewards bool `db:"share_rewards"` // reward_history
	Clients bool `db:"share_clients"` // client_report
}

// Terms are the terms that an owner and its agent agree on.
type Terms struct {
	Share money.Percent `db:"share_e4"`   // of each order's reward in USD: 0 to 100, up to 2 places
	Cap   *money.Amount `db:"cap_usd_e6"` // the most that can be earned under the agreement, in USD and whole cents; nil: no limit
}

// maxCap is the highest limit that an agreement may have, in USD.
const maxCap = money.Amount(1_000_000_000 * 1_000_000)

const (
	wholePercent = 10_000 // units of money.Percent
	hundred      = money.Percent(100 * wholePercent)
	percentStep  = wholePercent / 100 // 2 places
	cent         = money.Amount(10_000)
)

// Validate returns a ValidationError that lists every fault.
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

// Agreement holds the terms from a moment on, until the next agreement. For an
// order, the agreement in force when the order closed counts, whenever the
// order arrives.
type Agreement struct {
	Terms

	From      time.Time    `db:"from_at"`
	EarnedUSD money.Amount `db:"earned_usd_e6"` // earned under these terms, less what was reversed
}

// InForce returns the agreement in force at a moment, or nil if there was none
// yet. all holds every agreement of a link, in any order.
func InForce(all []*Agreement, at time.Time) *Agreement {
	var newest *Agreement
	for _, a := range all {
		if !a.From.After(at) && (newest == nil || a.From.After(newest.From)) {
			newest = a
		}
	}
	return newest
}

// Share returns a percentage of an amount, truncated toward zero to six places.
func Share(amount money.Amount, percent money.Percent) (money.Amount, error) {
	return money.Cut[money.Amount](money.Over(money.Mul(money.Of(amount), money.Of(percent)), hundred))
}

// Earns returns what the agent earns by an order's reward, in USD. It is the
// agent's share, but no more than the limit leaves and no more than the order
// leaves its owner.
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
