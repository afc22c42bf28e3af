// Package operator lets the broker manage the programme's partners and reward
// plans.
package operator

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/tributary-server/tributary/internal/audit"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/email"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/page"
	"github.com/tributary-server/tributary/internal/partner"
	"github.com/tributary-server/tributary/internal/reward"
	"github.com/tributary-server/tributary/internal/text"
)

// Filter selects which partners to list, newest first. The house is never
// listed.
type Filter struct {
	Email     string   // exactly; empty: any
	Statuses  []string // none: any
	Countries []string // none: any
	Verified  *bool    // nil: any
	Page      page.Page
}

// ErrUnknown is what a Store returns for a partner that does not exist.
var ErrUnknown = fault.Unknown("no such partner")

// Plans stores reward plans.
type Plans interface {
	// List returns every plan by date, beginning with the one that ships.
	List(ctx context.Context) ([]*reward.Plan, error)
	// Add stores a checked plan and gives it its id. added is false if the plan
	// changes nothing.
	Add(ctx context.Context, plan *reward.Plan, now time.Time) (added bool, err error)
}

// Service manages partners and plans for the broker. Its errors are
// *fault.Error if the caller can do something about them.
type Service struct {
	store Store
	plans Plans
	clock clock.Clock
	audit audit.Log
	drain func(ctx context.Context)
}

// New returns a Service. drain is called in the transaction of a new plan, so
// that facts that waited for one take effect after it.
func New(store Store, plans Plans, clk clock.Clock, log audit.Log, drain func(ctx context.Context)) *Service {
	return &Service{store, plans, clk, log, drain}
}

// Partners lists partners.
func (s *Service) Partners(ctx context.Context, f Filter) (list []partner.Partner, count int64, err error) {
	f.Email = email.Normal(f.Email)
	return s.store.List(ctx, f)
}

// Partner returns a partner. NotFound.
func (s *Service) Partner(ctx context.Context, partnerID id.UUID) (partner.Partner, error) {
	p, err := s.store.Partner(ctx, partnerID)
	return p, err
}

// Verify marks a partner as verified. NotFound.
func (s *Service) Verify(ctx context.Context, partnerID id.UUID) (partner.Partner, error) {
	return s.change(ctx, partnerID, "verified", "", func(p *partner.Partner) { p.Verified = true })
}

// Suspend refuses a partner's tokens and keys from the next call on. The
// partner continues to earn. The reason goes into the programme's own log,
// which no partner can read. NotFound; ValidationError on reason.
func (s *Service) Suspend(ctx context.Context, partnerID id.UUID, reason string) (partner.Partner, error) {
	reason = strings.TrimSpace(reason)
	var faults fault.Fields
	faults.Lines("reason", reason, text.Reason)
	if err := faults.Err(); err != nil {
		return partner.Partner{}, err
	}
	return s.change(ctx, partnerID, "suspended", reason, func(p *partner.Partner) { p.Status = partner.Suspended })
}

// Resume ends a partner's suspension. NotFound.
func (s *Service) Resume(ctx context.Context, partnerID id.UUID) (partner.Partner, error) {
	return s.change(ctx, partnerID, "resumed", "", func(p *partner.Partner) { p.Status = partner.Active })
}

// change changes a partner's standing. It does nothing if the partner already
// has it.
func (s *Service) change(ctx context.Context, partnerID id.UUID, done, reason string, change func(*partner.Partner)) (p partner.Partner, err error) {
	err = s.store.Atomically(ctx, func(ctx context.Context) error {
		if p, err = s.store.Partner(ctx, partnerID); err != nil {
			return err
		}
		status, verified := p.Status, p.Verified
		if change(&p); p.Status == status && p.Verified == verified {
			return nil
		}
		if err := s.store.SetStanding(ctx, &p); err != nil {
			return err
		}
		entry := audit.Entry{PartnerID: partnerID, Action: "partner." + done, Subject: partnerID.String()}
		if err := s.audit.Record(ctx, entry); err != nil || reason == "" {
			return err
		}
		// The reason is for the broker only, and the partner can read its own
		// log.
		entry.PartnerID, entry.Details = id.Nil, map[string]any{"reason": reason}
		return s.audit.Record(ctx, entry)
	})
	return p, err
}

// Plans lists the plans, newest date first.
func (s *Service) Plans(ctx context.Context) ([]*reward.Plan, error) {
	plans, err := s.plans.List(ctx)
	slices.Reverse(plans)
	return plans, err
}

// ApplyPlan checks a plan and puts it in force from its date on. Orders that
// are already in the books keep what they earned. A plan that equals the one in
// force at that date is not stored, and added is false.
//
// ValidationError: what is wrong with it.
func (s *Service) ApplyPlan(ctx context.Context, text []byte) (plan *reward.Plan, added bool, err error) {
	if plan, err = reward.ParsePlan(text); err != nil {
		return nil, false, err
	}
	err = s.store.Atomically(ctx, func(ctx context.Context) error {
		if added, err = s.plans.Add(ctx, plan, s.clock.Now()); err != nil || !added {
			return err
		}
		s.drain(ctx)
		return s.audit.Record(ctx, audit.Entry{Action: "plan.applied", Subject: plan.ID.String(), Details: map[string]any{"from": plan.From}})
	})
	return plan, added, err
}
