package cpa

import (
	"context"
	"fmt"

	"github.com/tributary-server/tributary/internal/audit"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/outbox/event"
	"github.com/tributary-server/tributary/internal/page"
	"github.com/tributary-server/tributary/internal/reward"
	"github.com/tributary-server/tributary/internal/text"
)

// ErrUnknown means that no bundle covers a client with this id.
var ErrUnknown = fault.New(fault.NotFound)

// Filter selects clients for the broker's list.
type Filter struct {
	Statuses []string
	Partners []id.UUID
	Bundles  []string
	Page     page.Page
}

// List returns one page of the clients who have met the conditions or about whom
// the broker has decided, the oldest registration first. It also returns the
// number of clients on all pages.
func (s *Service) List(ctx context.Context, f Filter) ([]Client, int64, error) {
	return s.store.list(ctx, f)
}

// Approve approves the CPA for a client, which the next monthly run then pays. It
// changes nothing if the client is already approved, whether by the broker or by
// its bundle.
//
// It returns NotFound if no bundle covers the client, and ValidationError with the
// code conflict if the client has not met the conditions.
func (s *Service) Approve(ctx context.Context, clientUID id.UUID) (*Client, error) {
	return s.decide(ctx, clientUID, ApprovedByBroker, "")
}

// Reject rejects the CPA for a client, whether or not it has met the conditions.
// It changes nothing if the broker has already rejected the client. Approve
// withdraws the rejection.
//
// It returns NotFound if no bundle covers the client, and ValidationError if the
// reason is not valid, or with the code conflict if the CPA was already paid.
func (s *Service) Reject(ctx context.Context, clientUID id.UUID, reason string) (*Client, error) {
	var faults fault.Fields
	faults.Lines("reason", reason, text.Reason)
	if err := faults.Err(); err != nil {
		return nil, err
	}
	return s.decide(ctx, clientUID, RejectedByBroker, reason)
}

func (s *Service) decide(ctx context.Context, clientUID id.UUID, decision Decision, reason string) (decided *Client, err error) {
	partnerID, err := partnerOf(ctx, s.store.db, clientUID)
	if err != nil {
		return nil, err
	}
	err = s.store.db.Lock(ctx, db.Partners(partnerID), func(ctx context.Context, q db.Querier) error {
		load := func() error {
			found, err := clientsOf(ctx, q, []key{{partnerID, clientUID}})
			if err == nil {
				decided = found[0]
			}
			return err
		}
		if err := load(); err != nil || decided.isDecided(decision) {
			return err
		}
		if err := s.runFirst(ctx, q, partnerID); err != nil {
			return fmt.Errorf("paying the CPA of partner %s: %w", partnerID, err)
		}
		if err := load(); err != nil || decided.isDecided(decision) {
			return err
		}
		if err := decided.allows(decision); err != nil {
			return err
		}
		return s.apply(ctx, q, decided, decision, reason)
	})
	return decided, err
}

// runFirst carries out the partner's runs that are due, before the broker's
// decision is stored. A late run would otherwise see the decision, although a
// punctual run would not have seen it. runFirst uses the transaction of the
// decision, which a request with an Idempotency-Key has already begun. Run pays
// the other partners later.
func (s *Service) runFirst(ctx context.Context, q db.Querier, partnerID id.UUID) error {
	_, begun, err := lastRun(ctx, q)
	if err != nil || !begun {
		return err
	}
	day, behind, err := firstMissing(ctx, q, partnerID)
	if err != nil {
		return err
	}
	for ; day <= s.today().FirstOfMonth(); day = day.NextMonth() {
		if err := s.payAll(ctx, q, day, partnerID); err != nil {
			return err
		}
	}
	if behind {
		return deleteRetry(ctx, q, partnerID)
	}
	return nil
}

// isDecided reports whether the decision was already made, so that it would change
// nothing.
func (c *Client) isDecided(decision Decision) bool {
	return c.Decision == decision || (decision == ApprovedByBroker && c.Status == Approved)
}

// allows returns ValidationError if the broker can no longer make this decision.
func (c *Client) allows(decision Decision) error {
	conflict := func(message string) error { return fault.Invalid("client_uid", "conflict", message) }
	switch {
	case decision == RejectedByBroker && c.Day != nil:
		return conflict(fmt.Sprintf("The CPA for this client was paid on %s. Only a reversal of the first deposit takes it back.", c.Day))
	case decision == RejectedByBroker:
		return nil
	case c.Reversed:
		return conflict("The first deposit of this client was reversed.")
	case c.QualifiedAt == nil:
		return conflict("This client has not met the conditions.")
	default:
		return nil
	}
}

func (s *Service) apply(ctx context.Context, q db.Querier, c *Client, decision Decision, reason string) error {
	plans, err := reward.LoadPlans(ctx, q)
	if err != nil {
		return err
	}
	now, was := s.clock.Now(), *c
	c.Decision, c.DecidedAt, c.Note = decision, &now, reason
	if err := c.settle(plans); err != nil {
		return err
	}
	if err := save(ctx, q, c); err != nil {
		return err
	}
	if e, differs := c.changed(&was, now); differs {
		if err := event.Append(ctx, q, []event.Event{e}); err != nil {
			return err
		}
	}
	entry := audit.Entry{PartnerID: c.PartnerID, Action: "cpa." + string(decision), Subject: c.ClientUID.String(), Details: map[string]any{"bundle": c.Bundle}}
	if reason != "" {
		entry.Details["reason"] = reason
	}
	return s.config.Audit.Record(ctx, entry)
}
