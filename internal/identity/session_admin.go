package identity

import (
	"context"
	"fmt"

	"github.com/tributary-server/tributary/internal/audit"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/identity/caller"
)

// Sessions lists one page of a partner's valid sessions, newest first. count is
// the number of valid sessions on all pages.
func (s *Service) Sessions(ctx context.Context, partnerID id.UUID, limit, offset int) (sessions []ListedSession, count int64, err error) {
	sessions, count, err = s.store.Sessions(ctx, partnerID, s.clock.Now(), limit, offset)
	if err != nil {
		return nil, 0, fmt.Errorf("listing sessions: %w", err)
	}
	return sessions, count, nil
}

// EndSession immediately revokes a session of a partner and all sessions that
// were renewed from the same login. It returns NotFound if the partner has no
// valid session with this id.
func (s *Service) EndSession(ctx context.Context, partnerID, sessionID id.UUID) error {
	return s.store.Atomically(ctx, func(ctx context.Context) error {
		ended, err := s.store.EndSession(ctx, partnerID, sessionID, s.clock.Now())
		if err != nil {
			return fmt.Errorf("revoking a session: %w", err)
		}
		if !ended {
			return fault.New(fault.NotFound)
		}
		return s.record(ctx, audit.Entry{PartnerID: partnerID, Action: "session.ended", Subject: sessionID.String()})
	})
}

// EndOtherSessions immediately revokes all of a partner's sessions except the
// caller's own. A login that is in progress fails. It returns PermissionDenied
// if the caller used a key.
func (s *Service) EndOtherSessions(ctx context.Context, who caller.Caller) error {
	current, err := sessionOf(who)
	if err != nil {
		return err
	}
	return s.store.Atomically(ctx, func(ctx context.Context) error {
		if err := s.store.EndOtherSessions(ctx, who.PartnerID, current, s.clock.Now()); err != nil {
			return fmt.Errorf("revoking other sessions: %w", err)
		}
		return s.record(ctx, audit.Entry{PartnerID: who.PartnerID, Action: "sessions.ended", Subject: current.String()})
	})
}
