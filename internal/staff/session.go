package staff

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"strings"
	"time"

	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/identity"
	"github.com/tributary-server/tributary/internal/identity/caller"
)

// A token has the form trs_<session>_<secret>. The session is not secret. The secret
// has 130 bits, and only its hash is stored.
const tokenPrefix = "trs_"

// Session is a sign-in that has not ended.
type Session struct {
	ID         id.UUID           `db:"session_id"`
	StaffID    id.UUID           `db:"staff_id"`
	SecretHash [sha256.Size]byte `db:"secret_hash"`
	BeganAt    time.Time         `db:"began_at"`
	ExpiresAt  time.Time         `db:"expires_at"`
	Address    string            `db:"address"`
	UserAgent  string            `db:"user_agent"`
}

// openSession begins a session in the transaction of ctx.
func (s *Service) openSession(ctx context.Context, m *Member, in Credentials) (token string, session Session, err error) {
	now, secret := s.clock.Now(), rand.Text()
	session = Session{
		ID: id.New(), StaffID: m.ID, SecretHash: sha256.Sum256([]byte(secret)), BeganAt: now, ExpiresAt: now.Add(TokenLife),
		Address: identity.Storable(in.Address), UserAgent: identity.Storable(in.UserAgent),
	}
	if err := s.store.AddSession(ctx, session, now); err != nil {
		return "", Session{}, fmt.Errorf("adding a session: %w", err)
	}
	err = s.record(asMember(ctx, m, session.ID), "staff.signed_in", session.ID, nil)
	return tokenPrefix + session.ID.Hex() + "_" + secret, session, err
}

// Authenticate returns the caller to whom a token or key belongs. It reads the session
// and the member at every call, so that the end of a session and a change of role
// take effect immediately in every process. It passes the tokens of partners and all
// keys on to package identity.
//
// It returns AuthenticationFailed if the token is malformed, or its session has ended.
// It returns TokenExpired if it has expired.
func (s *Service) Authenticate(ctx context.Context, token string) (caller.Caller, error) {
	rest, ours := strings.CutPrefix(token, tokenPrefix)
	if !ours {
		return s.identity.Authenticate(ctx, token)
	}
	named, secret, _ := strings.Cut(rest, "_")
	sessionID, err := id.Parse(named)
	if err != nil || sessionID.Hex() != named {
		return caller.Caller{}, fault.New(fault.AuthenticationFailed)
	}
	session, role, found, err := s.store.Session(ctx, sessionID)
	if err != nil {
		return caller.Caller{}, fmt.Errorf("reading a staff session: %w", err)
	}
	hash := sha256.Sum256([]byte(secret))
	if right := subtle.ConstantTimeCompare(hash[:], session.SecretHash[:]) == 1; !right || !found {
		return caller.Caller{}, fault.New(fault.AuthenticationFailed)
	}
	if !s.clock.Now().Before(session.ExpiresAt) {
		return caller.Caller{}, fault.New(fault.TokenExpired)
	}
	return caller.Caller{
		Role: caller.Broker, StaffID: session.StaffID, StaffRole: role,
		TokenID: session.ID.String(), IssuedAt: session.BeganAt, ExpiresAt: session.ExpiresAt,
	}, nil
}

// Renew makes the caller's token valid for TokenLife from now, but not longer than
// SessionLife after the sign-in. It returns AuthenticationFailed if the session has
// ended meanwhile.
func (s *Service) Renew(ctx context.Context, who caller.Caller) (expires time.Time, err error) {
	expires = s.clock.Now().Add(TokenLife)
	if last := who.IssuedAt.Add(SessionLife); expires.After(last) {
		expires = last
	}
	renewed, err := s.store.Extend(ctx, sessionOf(who), expires)
	if err != nil {
		return time.Time{}, fmt.Errorf("renewing a staff session: %w", err)
	}
	if !renewed {
		return time.Time{}, fault.New(fault.AuthenticationFailed)
	}
	return expires, nil
}

// SignOut ends the caller's session.
func (s *Service) SignOut(ctx context.Context, who caller.Caller) error {
	return s.store.Atomically(ctx, func(ctx context.Context) error {
		if err := s.store.EndSession(ctx, sessionOf(who)); err != nil {
			return fmt.Errorf("ending a staff session: %w", err)
		}
		return s.record(ctx, "staff.signed_out", sessionOf(who), nil)
	})
}

func sessionOf(who caller.Caller) id.UUID {
	sessionID, err := id.Parse(who.TokenID)
	if err != nil {
		panic("staff: the caller is not a staff member: " + who.TokenID)
	}
	return sessionID
}

// PasswordChange is a request to change one's own password.
type PasswordChange struct {
	Old, New string
	Code     string // code of the authenticator app, or a recovery code
}

// ChangePassword changes the caller's own password and ends the caller's other
// sessions.
//
// It returns ValidationError on "old_password", "new_password" or "code", and
// Throttled after too many failures.
func (s *Service) ChangePassword(ctx context.Context, who caller.Caller, in PasswordChange) error {
	if err := identity.Renamed(identity.CheckNewPassword(in.New), "new_password"); err != nil {
		return err
	}
	member, err := s.store.Member(ctx, who.StaffID)
	if err != nil {
		return err
	}
	ctx, tried, err := s.identity.Try(ctx, identity.Attempt{
		Account: "staff password\x00" + who.StaffID.Hex(), Hash: member.PasswordHash, Password: in.Old,
	})
	if err != nil {
		return err
	}
	hash, err := s.identity.HashPassword(ctx, in.New)
	if err != nil {
		return err
	}
	const failed = "staff.password_change_failed"
	err = s.decide(ctx, &member, tried, failed, func(ctx context.Context) (answer, err error) {
		if answer, err = s.useCode(ctx, &member, tried, in.Code, failed); err != nil || answer != nil {
			return answer, err
		}
		member.PasswordHash = hash
		if err := s.store.EndSessions(ctx, member.ID, sessionOf(who)); err != nil {
			return nil, fmt.Errorf("ending other sessions: %w", err)
		}
		if err := s.record(ctx, "staff.password_changed", member.ID, nil); err != nil {
			return nil, err
		}
		return nil, tried.Succeeded(ctx)
	})
	if fault.CodeOf(err) == fault.AuthenticationFailed {
		return fault.Invalid("old_password", "invalid", "This is not your password.")
	}
	return err
}
