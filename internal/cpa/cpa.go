// Package cpa pays partners once for each client who meets certain conditions.
// CPA means cost per action. A plan defines the conditions in bundles.
// docs/cpa.md explains the rules, and docs/adr/0038 has the reasons.
//
// WorkingSet updates the state of clients when facts arrive. Service pays partners
// for approved clients at the beginning of each month, and approves and rejects
// clients when the broker decides so.
package cpa

import (
	"fmt"
	"time"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/outbox/event"
	"github.com/tributary-server/tributary/internal/reward"
)

// Client is the state of a client whom a bundle covers. The partner is the one
// with whom the client registered, and only the client's accounts of this
// partner count.
type Client struct {
	PartnerID    id.UUID   `db:"partner_id"`
	ClientUID    id.UUID   `db:"client_uid"`
	RegisteredAt time.Time `db:"registered_at"`
	Country      string    `db:"country"`
	LinkCode     string    `db:"link_code"`
	CampaignCode string    `db:"campaign_code"`
	PlanID       id.UUID   `db:"plan_id"` // plan in force at the registration
	Bundle       string    `db:"bundle"`
	ExpiresAt    time.Time `db:"expires_at"` // last moment at which the client can meet the conditions
	Expired      bool      `db:"expired"`    // whether a monthly run has found that this moment is over
	Progress

	Decision  Decision     `db:"decision"` // of the broker; empty if there is none
	DecidedAt *time.Time   `db:"decided_at"`
	Note      string       `db:"note"` // the broker's reason
	Status    Status       `db:"status"`
	Reason    string       `db:"reason"`       // why Status is Rejected; empty otherwise
	EarnsUSD  money.Amount `db:"earns_usd_e6"` // before the payment, what the bundle promises; after it, what was paid; 0 if Status is Rejected or the client has not met the conditions
	Paid      `db:",inline"`
}

// Progress says which of the conditions the client has met. It follows from the
// client's facts.
type Progress struct {
	FirstDepositAt  *time.Time   `db:"first_deposit_at"`
	FirstDepositUSD money.Amount `db:"first_deposit_usd_e6"` // deposits less reversals within 24 hours of FirstDepositAt
	QualifiedAt     *time.Time   `db:"qualified_at"`         // when the client met the last of the conditions; nil if it has not met all of them
	Reversed        bool         `db:"deposit_reversed"`     // whether a reversal took back the first deposit
}

// Paid is the payment for a client.
type Paid struct {
	Day       *clock.Day   `db:"paid_day"` // day of the monthly run; nil before the payment
	At        *time.Time   `db:"paid_at"`
	Currency  string       `db:"currency"`
	USD       money.Amount `db:"paid_usd_e6"` // remains if the payment is taken back
	Amount    money.Amount `db:"paid_e6"`     // in Currency
	LimitedBy string       `db:"limited_by"`  // CappedByMonth, CappedByCampaign or empty
}

// Status is the state of the CPA for a client as partners see it.
type Status string

// These are the statuses. A client is Pending until it has met the conditions
// and the broker has approved it.
const (
	Pending  Status = "pending"
	Approved Status = "approved"
	Rejected Status = "rejected"
)

// Decision is the broker's decision about a client.
type Decision string

// These are the broker's decisions.
const (
	ApprovedByBroker Decision = "approved"
	RejectedByBroker Decision = "rejected"
)

// These are the reasons for which the server rejects a client. If the broker
// rejects it, the reason is the broker's text.
const (
	ReasonExpired  = "expired"
	ReasonReversed = "deposit_reversed"
)

// These are the values of Paid.LimitedBy.
const (
	CappedByMonth    = "cap_per_month"
	CappedByCampaign = "cap_per_campaign"
)

// settle sets Status, Reason and EarnsUSD, which follow from the other fields and
// from the client's bundle. The caller passes all plans, as reward.LoadPlans
// returns them.
func (c *Client) settle(plans []*reward.Plan) error {
	terms, err := c.terms(plans)
	if err != nil {
		return err
	}
	c.Status, c.Reason, c.EarnsUSD = Pending, "", 0
	switch {
	case c.Decision == RejectedByBroker:
		c.Status, c.Reason = Rejected, c.Note
		return nil
	case c.Reversed:
		c.Status, c.Reason = Rejected, ReasonReversed
		return nil
	case c.Day != nil:
		c.Status, c.EarnsUSD = Approved, c.USD
		return nil
	case c.QualifiedAt == nil && c.Expired:
		c.Status, c.Reason = Rejected, ReasonExpired
		return nil
	case c.QualifiedAt == nil:
		return nil
	}
	if c.Decision == ApprovedByBroker || terms.Approval == reward.AutomaticApproval {
		c.Status = Approved
	}
	c.EarnsUSD, err = terms.Earns(c.FirstDepositUSD)
	return err
}

// owed returns the amounts that the ledger must contain for the client.
func (c *Client) owed() (usd, amount money.Amount) {
	if c.Day == nil || c.Reversed {
		return 0, 0
	}
	return c.USD, c.Amount
}

// cause returns the Cause of the client's postings.
func (c *Client) cause() string { return c.ClientUID.Hex() }

// terms returns the client's bundle. The caller passes all plans, as
// reward.LoadPlans returns them. If no plan has the bundle, the store is damaged,
// because plans are never removed. Then terms returns an error.
func (c *Client) terms(plans []*reward.Plan) (*reward.CPA, error) {
	plan, err := reward.PlanWithID(plans, c.PlanID)
	if err != nil {
		return nil, err
	}
	if terms := plan.CPANamed(c.Bundle); terms != nil {
		return terms, nil
	}
	return nil, fmt.Errorf("plan %s has no bundle %q", c.PlanID, c.Bundle)
}

// changed returns the event for a change of the client, or false if the partner
// sees no difference.
func (c *Client) changed(was *Client, now time.Time) (event.Event, bool) {
	if was.Status == c.Status && was.Reason == c.Reason && was.EarnsUSD == c.EarnsUSD &&
		(was.QualifiedAt == nil) == (c.QualifiedAt == nil) && (was.Day == nil) == (c.Day == nil) {
		return event.Event{}, false
	}
	return event.New(c.PartnerID, event.CPAChanged, now, event.CPA{
		ClientUID: c.ClientUID, Bundle: c.Bundle, Status: string(c.Status), PreviousStatus: string(was.Status), Reason: c.Reason,
		EarnsUSD: c.EarnsUSD, QualifiedAt: c.QualifiedAt, PaidOn: c.Day,
	}), true
}
