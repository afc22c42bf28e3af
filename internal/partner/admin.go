package partner

import (
	"context"
	"strings"

	"github.com/tributary-server/tributary/internal/audit"
	"github.com/tributary-server/tributary/internal/email"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/page"
	"github.com/tributary-server/tributary/internal/text"
)

// Filter selects partners for a list. The list is sorted by the time of
// registration, newest first. It never contains the house, which is the
// programme itself.
type Filter struct {
	Email     string   // whole address; empty matches all
	Statuses  []string // empty matches all
	Countries []string // empty matches all
	Verified  *bool    // nil matches all
	Page      page.Page
}

// Admin lets the broker manage partners. Its methods return a *fault.Error for
// an error that the caller can correct.
type Admin struct {
	store AdminStore
	audit audit.Log
}

// NewAdmin returns an Admin.
func NewAdmin(store AdminStore, log audit.Log) *Admin { return &Admin{store, log} }

// Partners returns one page of the partners that match f. count is the number
// of matches on all pages.
func (s *Admin) Partners(ctx context.Context, f Filter) (list []Partner, count int64, err error) {
	f.Email = email.Normal(f.Email)
	return s.store.List(ctx, f)
}

// Partner returns a partner. It returns NotFound if there is no such partner.
func (s *Admin) Partner(ctx context.Context, partnerID id.UUID) (Partner, error) {
	return s.store.Partner(ctx, partnerID)
}

// Verify marks a partner as verified. It returns NotFound if there is no such
// partner.
func (s *Admin) Verify(ctx context.Context, partnerID id.UUID) (Partner, error) {
	return s.change(ctx, partnerID, "verified", "", func(p *Partner) { p.Verified = true })
}

// Suspend suspends a partner. From the next request onwards the server refuses
// the partner's tokens and keys, but the partner continues to earn. The reason
// goes into the programme's own log, which partners cannot read. Suspend
// returns NotFound if there is no such partner, and ValidationError if the
// reason is invalid.
func (s *Admin) Suspend(ctx context.Context, partnerID id.UUID, reason string) (Partner, error) {
	reason = strings.TrimSpace(reason)
	var faults fault.Fields
	faults.Lines("reason", reason, text.Reason)
	if err := faults.Err(); err != nil {
		return Partner{}, err
	}
	return s.change(ctx, partnerID, "suspended", reason, func(p *Partner) { p.Status = Suspended })
}

// Resume makes a suspended partner active again. It returns NotFound if there
// is no such partner.
func (s *Admin) Resume(ctx context.Context, partnerID id.UUID) (Partner, error) {
	return s.change(ctx, partnerID, "resumed", "", func(p *Partner) { p.Status = Active })
}

// change changes a partner's status or verification, and records the change in
// the audit log as partner.<done>. If nothing changes, it records nothing.
func (s *Admin) change(ctx context.Context, partnerID id.UUID, done, reason string, change func(*Partner)) (p Partner, err error) {
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
		// The reason has its own entry, because partners can read their own log, and
		// the reason is only for the broker.
		entry.PartnerID, entry.Details = id.Nil, map[string]any{"reason": reason}
		return s.audit.Record(ctx, entry)
	})
	return p, err
}
