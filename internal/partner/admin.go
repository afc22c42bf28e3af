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

// Filter selects which partners to list, newest first. The house is never
// listed.
type Filter struct {
	Email     string   // the whole address; empty: any
	Statuses  []string // none: any
	Countries []string // none: any
	Verified  *bool    // nil: any
	Page      page.Page
}

// Admin manages the programme's partners for the broker. Its errors are
// *fault.Error if the caller can do something about them.
type Admin struct {
	store AdminStore
	audit audit.Log
}

// NewAdmin returns an Admin.
func NewAdmin(store AdminStore, log audit.Log) *Admin { return &Admin{store, log} }

// Partners lists partners.
func (s *Admin) Partners(ctx context.Context, f Filter) (list []Partner, count int64, err error) {
	f.Email = email.Normal(f.Email)
	return s.store.List(ctx, f)
}

// Partner returns a partner, or NotFound.
func (s *Admin) Partner(ctx context.Context, partnerID id.UUID) (Partner, error) {
	return s.store.Partner(ctx, partnerID)
}

// Verify marks a partner as verified. It returns NotFound if there is no such
// partner.
func (s *Admin) Verify(ctx context.Context, partnerID id.UUID) (Partner, error) {
	return s.change(ctx, partnerID, "verified", "", func(p *Partner) { p.Verified = true })
}

// Suspend refuses a partner's tokens and keys from the next call on. The
// partner continues to earn. The reason goes into the programme's own log,
// which no partner can read. It returns NotFound if there is no such partner,
// and ValidationError on reason.
func (s *Admin) Suspend(ctx context.Context, partnerID id.UUID, reason string) (Partner, error) {
	reason = strings.TrimSpace(reason)
	var faults fault.Fields
	faults.Lines("reason", reason, text.Reason)
	if err := faults.Err(); err != nil {
		return Partner{}, err
	}
	return s.change(ctx, partnerID, "suspended", reason, func(p *Partner) { p.Status = Suspended })
}

// Resume ends a partner's suspension. It returns NotFound if there is no such
// partner.
func (s *Admin) Resume(ctx context.Context, partnerID id.UUID) (Partner, error) {
	return s.change(ctx, partnerID, "resumed", "", func(p *Partner) { p.Status = Active })
}

// change changes a partner's standing. It does nothing if the partner already
// has it.
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
		// The reason is for the broker only, and the partner can read its own
		// log.
		entry.PartnerID, entry.Details = id.Nil, map[string]any{"reason": reason}
		return s.audit.Record(ctx, entry)
	})
	return p, err
}
