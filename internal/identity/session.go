package identity

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/tributary-server/tributary/internal/audit"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/identity/caller"
)

// Authenticate returns the caller to whom a token or key belongs. It reads the
// session or key from the store at every call, so that a revocation or a
// suspension takes effect immediately in every process.
//
// It returns AuthenticationFailed if the token or key is malformed, forged,
// unknown or revoked. It returns TokenExpired if it has expired, and
// PermissionDenied if the partner is suspended.
func (s *Service) Authenticate(ctx context.Context, token string) (caller.Caller, error) {
	if looksLikeKey(token) {
		return s.authenticateKey(ctx, token)
	}
	session, err := s.tokens.verify(ctx, token)
	if err != nil {
		return caller.Caller{}, err
	}
	state, found, err := s.store.FindSession(ctx, session.PartnerID, session.ID)
	if err != nil {
		return caller.Caller{}, fmt.Errorf("reading a session: %w", err)
	}
	if !found || state.Revoked {
		return caller.Caller{}, fault.New(fault.AuthenticationFailed)
	}
	if state.PartnerStatus == StatusSuspended {
		return caller.Caller{}, suspendedError()
	}
	return caller.Caller{
		Role: caller.Partner, PartnerID: session.PartnerID,
		TokenID: session.ID.String(), IssuedAt: session.IssuedAt, ExpiresAt: session.ExpiresAt,
	}, nil
}

// Renew returns another token, which is valid for TokenLife from now. The old
// token stays valid until it expires or is revoked, because other threads of a
// program may still use it. A token cannot be renewed more than RenewalLife
// after its login.
//
// It returns PermissionDenied if the caller used a key, which needs no renewal.
// It returns AuthenticationFailed if the token was revoked meanwhile, or if its
// login was more than RenewalLife ago.
func (s *Service) Renew(ctx context.Context, who caller.Caller, address, userAgent string) (token string, err error) {
	sessionID, err := sessionOf(who)
	if err != nil {
		return "", err
	}
	token, session, err := s.tokens.issue(ctx, who.PartnerID)
	if err != nil {
		return "", err
	}
	session.Address, session.UserAgent = storable(address, addressLimit), storable(userAgent, userAgentLimit)
	created, err := s.store.RenewSession(ctx, sessionID, session, s.clock.Now().Add(-RenewalLife))
	if err != nil {
		return "", fmt.Errorf("renewing a session: %w", err)
	}
	if !created {
		return "", fault.New(fault.AuthenticationFailed)
	}
	return token, nil
}

// Revoke revokes the caller's token and its family, which is every token that
// was renewed from the same login. It returns PermissionDenied if the caller
// used a key; see RevokeKey.
func (s *Service) Revoke(ctx context.Context, who caller.Caller) error {
	sessionID, err := sessionOf(who)
	if err != nil {
		return err
	}
	return s.store.Atomically(ctx, func(ctx context.Context) error {
		if err := s.store.RevokeSession(ctx, who.PartnerID, sessionID, s.clock.Now()); err != nil {
			return fmt.Errorf("revoking a session: %w", err)
		}
		return s.record(ctx, audit.Entry{PartnerID: who.PartnerID, Action: "session.ended", Subject: sessionID.String()})
	})
}

// sessionOf returns the id of the caller's session. It returns PermissionDenied
// if the caller used a key.
func sessionOf(who caller.Caller) (id.UUID, error) {
	sessionID, err := id.Parse(who.TokenID)
	if err != nil || who.Role != caller.Partner {
		return id.Nil, &fault.Error{Code: fault.PermissionDenied, Message: "An API key cannot be used for this. Log in, and send the token that you get."}
	}
	return sessionID, nil
}

// Description describes a token or key.
type Description struct {
	PartnerID *id.UUID // nil for a broker
	IssuedAt  time.Time
	ExpiresAt *time.Time // nil means never
	Scopes    []string   // all scopes of the role if the credential is not limited
}

// Describe describes the caller's token or key.
func Describe(who caller.Caller) Description {
	d := Description{IssuedAt: who.IssuedAt, Scopes: slices.Clone(who.Scopes)}
	if who.Role == caller.Partner {
		d.PartnerID = &who.PartnerID
	}
	if !who.ExpiresAt.IsZero() {
		d.ExpiresAt = &who.ExpiresAt
	}
	if len(d.Scopes) == 0 {
		d.Scopes = allScopes(who.Role)
	}
	return d
}

// Resume authenticates a token. It returns the same token, or a renewed one if
// more than half of its life is over. Resume is for callers that store one token
// and send it again and again. It returns the errors of Authenticate and Renew.
func (s *Service) Resume(ctx context.Context, token, address, userAgent string) (string, caller.Caller, error) {
	who, err := s.Authenticate(ctx, token)
	if err != nil {
		return "", caller.Caller{}, err
	}
	if who.ExpiresAt.Sub(s.clock.Now()) > TokenLife/2 {
		return token, who, nil
	}
	if token, err = s.Renew(ctx, who, address, userAgent); err != nil {
		return "", caller.Caller{}, err
	}
	who, err = s.Authenticate(ctx, token)
	return token, who, err
}

// Left returns how long the caller's token or key still works. It returns 0 for
// a key that does not expire.
func (s *Service) Left(who caller.Caller) time.Duration {
	return max(0, who.ExpiresAt.Sub(s.clock.Now()))
}
