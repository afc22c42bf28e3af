package traffic

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/tributary-server/tributary/internal/audit"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/limit"
	"github.com/tributary-server/tributary/internal/outbox/guard"
	"github.com/tributary-server/tributary/internal/page"
	"github.com/tributary-server/tributary/internal/text"
)

// Config configures a Service.
type Config struct {
	Clock  clock.Clock
	Caller *guard.Client // fetches the pages of sources
	Audit  audit.Log
	// Approve says that the broker must approve a source after the meta tag was
	// found on its page.
	Approve   bool
	Processes func() int // returns how many processes share the limits; nil means only this process
}

// Service manages sources and checks their pages. An error that the caller can
// correct is a *fault.Error. Service is safe for concurrent use.
type Service struct {
	Config

	store  Store
	places *limit.Pool
	pace   *limit.Limiter
}

// New returns a Service that stores sources in store.
func New(store Store, config Config) *Service {
	return &Service{
		Config: config, store: store,
		places: limit.NewPool(limit.PoolConfig{Size: maxChecks, Own: ownChecks}),
		pace:   limit.NewLimiter("traffic", limit.Every(checkPause, checkBurst), limit.Among(config.Processes), config.Clock),
	}
}

// Change is a change to a source. A nil field leaves its value unchanged.
type Change struct{ Name, Type, URL *string }

func (s *Service) apply(c Change, to *Source) error {
	var faults fault.Fields
	if c.Name != nil {
		to.Name = strings.TrimSpace(*c.Name)
		if to.Name == "" || text.Name.Exceeded(to.Name) {
			faults.Add("name", "invalid", fmt.Sprintf("Enter 1 to %d characters.", text.Name))
		}
	}
	if c.Type != nil {
		if to.Type = *c.Type; !slices.Contains(Types, to.Type) {
			faults.Add("type", "invalid_choice", "Send one of "+strings.Join(Types, ", ")+".")
		}
	}
	if c.URL != nil && *c.URL != to.URL {
		to.URL, to.Status, to.CheckedAt = *c.URL, Draft, nil // the reason for a rejection stays
		if text.URL.Exceeded(to.URL) || s.Caller.Spelling(to.URL) != nil {
			faults.Add("url", "invalid", notPublic)
		}
	}
	return faults.Err()
}

// Create adds a source as a draft. It returns ValidationError for each invalid
// field. If the partner already has MaxSources sources, the error is for name
// and has the code limit_reached.
func (s *Service) Create(ctx context.Context, partnerID id.UUID, name, kind, url string) (Source, error) {
	source := Source{PartnerID: partnerID, ID: id.New(), Status: Draft, CreatedAt: s.Clock.Now()}
	if err := s.apply(Change{&name, &kind, &url}, &source); err != nil {
		return Source{}, err
	}
	err := s.store.Atomically(ctx, func(ctx context.Context) error {
		_, count, err := s.store.List(ctx, Filter{PartnerIDs: []id.UUID{partnerID}, Page: page.Page{Limit: 1}})
		if err != nil {
			return err
		}
		if count >= MaxSources {
			return fault.Invalid("name", "limit_reached", fmt.Sprintf("A partner can have at most %d traffic sources. Delete one first.", MaxSources))
		}
		return s.save(ctx, &source, "created")
	})
	return source, err
}

func (s *Service) save(ctx context.Context, source *Source, done string) error {
	if err := s.store.Save(ctx, *source); err != nil {
		return err
	}
	return s.record(ctx, source, done)
}

func (s *Service) record(ctx context.Context, source *Source, done string) error {
	details := map[string]any{"name": source.Name, "type": source.Type, "url": source.URL, "status": source.Status}
	if source.Reason != "" {
		details["reason"] = source.Reason
	}
	return s.Audit.Record(ctx, audit.Entry{
		PartnerID: source.PartnerID, Action: "traffic_source." + done, Subject: source.ID.String(), Details: details,
	})
}

// List returns a page of sources, the newest first, and how many sources match
// in total.
func (s *Service) List(ctx context.Context, f Filter) (list []Source, count int64, err error) {
	return s.store.List(ctx, f)
}

// Source returns a partner's source, or NotFound if there is no such source.
func (s *Service) Source(ctx context.Context, partnerID, sourceID id.UUID) (Source, error) {
	source, err := s.store.Source(ctx, partnerID, sourceID)
	return source, err
}

// Change changes a partner's source. If the URL changes, the source becomes a
// draft. It returns NotFound if there is no such source, and ValidationError
// for each invalid field.
func (s *Service) Change(ctx context.Context, partnerID, sourceID id.UUID, c Change) (source Source, err error) {
	err = s.store.Atomically(ctx, func(ctx context.Context) error {
		if source, err = s.store.Source(ctx, partnerID, sourceID); err != nil {
			return err
		}
		if err := s.apply(c, &source); err != nil {
			return err
		}
		return s.save(ctx, &source, "changed")
	})
	return source, err
}

// Delete removes a partner's source. It returns NotFound if there is no such
// source. It returns PermissionDenied if the broker has rejected the source.
// Otherwise, a partner could get rid of a rejection by creating the source
// again.
func (s *Service) Delete(ctx context.Context, partnerID, sourceID id.UUID) error {
	return s.store.Atomically(ctx, func(ctx context.Context) error {
		source, err := s.store.Source(ctx, partnerID, sourceID)
		if err != nil {
			return err
		}
		if source.Reason != "" {
			return &fault.Error{Code: fault.PermissionDenied, Message: "The broker has rejected this source, so it cannot be deleted."}
		}
		if err := s.store.Delete(ctx, partnerID, sourceID); err != nil {
			return err
		}
		return s.record(ctx, &source, "deleted")
	})
}

// ApproveSource approves a source in any status, so that the broker can approve
// a source even if its partner cannot put the meta tag on the page. It returns
// NotFound if there is no such source.
func (s *Service) ApproveSource(ctx context.Context, sourceID id.UUID) (Source, error) {
	return s.decide(ctx, sourceID, Verified, "")
}

// RejectSource rejects a source. It returns NotFound if there is no such
// source, and ValidationError for reason if the reason is empty or too long.
func (s *Service) RejectSource(ctx context.Context, sourceID id.UUID, reason string) (Source, error) {
	reason = strings.TrimSpace(reason)
	if reason == "" || text.Reason.Exceeded(reason) {
		return Source{}, fault.Invalid("reason", "invalid", fmt.Sprintf("Send a reason of 1 to %d characters.", text.Reason))
	}
	return s.decide(ctx, sourceID, Rejected, reason)
}

func (s *Service) decide(ctx context.Context, sourceID id.UUID, status Status, reason string) (source Source, err error) {
	err = s.store.Atomically(ctx, func(ctx context.Context) error {
		if source, err = s.store.Find(ctx, sourceID); err != nil {
			return err
		}
		if source.Status == status && source.Reason == reason {
			return nil // the broker has already made this decision
		}
		now := s.Clock.Now()
		source.Status, source.Reason, source.CheckedAt = status, reason, &now
		return s.save(ctx, &source, map[Status]string{Verified: "approved", Rejected: "rejected"}[status])
	})
	return source, err
}
