package staff

import (
	"context"
	"fmt"

	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/identity"
	"github.com/tributary-server/tributary/internal/identity/caller"
)

// signInFailed is the action in the audit log for a failure of SignIn and Enrol.
const signInFailed = "staff.sign_in_failed"

// Credentials prove who a person is.
type Credentials struct {
	Email     string // ignoring case and surrounding spaces
	Password  string
	Code      string // code of the authenticator app, or a recovery code
	Address   string // caller's IP address
	UserAgent string
}

// SignedIn is the result of a sign-in.
type SignedIn struct {
	Session

	Token    string
	Recovery []string // recovery codes, only after the first sign-in; they cannot be read again
}

// SignIn checks an e-mail, a password and a code, and begins a session. The first
// sign-in after Enrol confirms the authenticator app and returns recovery codes.
//
// It returns AuthenticationFailed if the e-mail is unknown or the password is wrong.
// The following errors occur only if the password is right:
//   - PermissionDenied if the member is disabled, or if the password expired before the
//     first sign-in
//   - PermissionDenied with the code "enrolment_required" on the field "code" if the
//     member has no authenticator app; the person must call Enrol
//   - PermissionDenied with the code "verification_required" on the field "code" if
//     the code is missing
//   - ValidationError on "code" if the code is wrong
//
// It returns Throttled after too many failures, with the limits for partners.
func (s *Service) SignIn(ctx context.Context, in Credentials) (out SignedIn, err error) {
	member, ctx, tried, err := s.try(ctx, in)
	if err != nil {
		return SignedIn{}, err
	}
	err = s.decide(ctx, &member, tried, signInFailed, func(ctx context.Context) (answer, err error) {
		out = SignedIn{}
		switch {
		case member.SecretAt == nil, member.ConfirmedAt == nil && in.Code == "":
			return enrolmentRequired(), tried.Held(ctx)
		case in.Code == "":
			return identity.CodeRequired(), tried.Held(ctx)
		}
		first := member.ConfirmedAt == nil
		if answer, err = s.useCode(ctx, &member, tried, in.Code, signInFailed); err != nil || answer != nil {
			return answer, err
		}
		if first {
			if out.Recovery, err = s.confirm(ctx, &member); err != nil {
				return nil, err
			}
		}
		if out.Token, out.Session, err = s.openSession(ctx, &member, in); err != nil {
			return nil, err
		}
		return nil, tried.Succeeded(ctx)
	})
	if err != nil {
		return SignedIn{}, err
	}
	return out, nil
}

// Enrol replaces the password and creates a secret for the authenticator app. The next
// SignIn with a code of the app confirms it. Until then the person may call Enrol
// again, with the new password. The new password expires when the one-time password
// would have, unless an app is confirmed before that.
//
// It returns the errors of SignIn for the password, ValidationError on
// "new_password", and PermissionDenied if an app is in use.
func (s *Service) Enrol(ctx context.Context, in Credentials, newPassword string) (out identity.Enrolment, err error) {
	if err := identity.Renamed(identity.CheckNewPassword(newPassword), "new_password"); err != nil {
		return identity.Enrolment{}, err
	}
	member, ctx, tried, err := s.try(ctx, in)
	if err != nil {
		return identity.Enrolment{}, err
	}
	hash, err := s.identity.HashPassword(ctx, newPassword) // also if the password is wrong, so that the time reveals nothing
	if err != nil {
		return identity.Enrolment{}, err
	}
	err = s.decide(ctx, &member, tried, signInFailed, func(ctx context.Context) (answer, err error) {
		switch {
		case member.ConfirmedAt != nil:
			return &fault.Error{Code: fault.PermissionDenied, Message: "An authenticator app is in use. Sign in with its code, or ask for a reset."},
				tried.Held(ctx)
		case member.SecretAt == nil && newPassword == in.Password:
			return fault.Invalid("new_password", "invalid", "Choose another password than the one-time password."), tried.Held(ctx)
		}
		if out, err = s.identity.NewEnrolment(member.Email); err != nil {
			return nil, err
		}
		now := s.clock.Now()
		member.PasswordHash = hash
		member.Secret, member.SecretAt, member.LastStep = out.Secret, &now, 0
		if err := s.record(asMember(ctx, &member, id.Nil), "staff.enrolled", member.ID, nil); err != nil {
			return nil, err
		}
		return nil, tried.Held(ctx)
	})
	if err != nil {
		return identity.Enrolment{}, err
	}
	return out, nil
}

func enrolmentRequired() error {
	return &fault.Error{Code: fault.PermissionDenied, Fields: []fault.Field{{
		Name: "code", Code: "enrolment_required", Message: "Add an authenticator app first, with POST /broker/v1/auth/enrol/.",
	}}}
}

// try checks the password. If no member has this e-mail, it returns an empty member.
func (s *Service) try(ctx context.Context, in Credentials) (m Member, with context.Context, tried *identity.Tried, err error) {
	address := identity.NormalEmail(in.Email)
	if address != "" {
		if m, _, err = s.store.ByEmail(ctx, address); err != nil {
			return Member{}, ctx, nil, fmt.Errorf("finding a staff member: %w", err)
		}
	}
	ctx, tried, err = s.identity.Try(ctx, identity.Attempt{
		Account: "staff\x00" + address, Address: in.Address, Hash: m.PasswordHash, Password: in.Password,
	})
	return m, ctx, tried, err
}

// decide runs the rest of a sign-in in one transaction, with the member locked, and
// stores the member. It calls next only if the password is right and the member may
// sign in. If next returns an answer, decide commits the transaction, which may count a
// failure, and returns the answer to the caller. If next returns another error, decide
// rolls back. The audit log records a failure under the given action.
func (s *Service) decide(ctx context.Context, m *Member, tried *identity.Tried, failed string, next func(context.Context) (answer, err error)) error {
	checked := m.PasswordHash
	var answer error
	err := s.store.Atomically(ctx, func(ctx context.Context) (err error) {
		if answer = fault.New(fault.AuthenticationFailed); !tried.Right {
			return s.wrongPassword(ctx, m.ID, tried, failed)
		}
		if *m, err = s.store.Hold(ctx, m.ID); err != nil {
			return err
		}
		switch {
		case m.PasswordHash != checked: // another request changed it meanwhile
			return tried.Held(ctx)
		case m.DisabledAt != nil:
			answer = &fault.Error{Code: fault.PermissionDenied, Message: "This account is disabled."}
			return s.refuse(ctx, m.ID, tried, failed, "disabled")
		case m.PasswordUntil != nil && !s.clock.Now().Before(*m.PasswordUntil):
			answer = &fault.Error{Code: fault.PermissionDenied, Message: "This password expired before the first sign-in. Ask for a reset."}
			return s.refuse(ctx, m.ID, tried, failed, "expired")
		}
		if answer, err = next(ctx); err != nil {
			return err
		}
		return s.store.Save(ctx, *m)
	})
	if err != nil {
		return err
	}
	return answer
}

// wrongPassword counts a wrong password. The audit log gets an entry only if the
// failures cause a wait, because otherwise strangers could fill it.
func (s *Service) wrongPassword(ctx context.Context, staffID id.UUID, tried *identity.Tried, failed string) error {
	failures, waits, err := tried.Failed(ctx)
	if err != nil || !waits || staffID == id.Nil {
		return err
	}
	return s.record(ctx, failed, staffID, map[string]any{"reason": "password", "failures": failures})
}

// refuse records why a person with the right password was refused.
func (s *Service) refuse(ctx context.Context, staffID id.UUID, tried *identity.Tried, failed, reason string) error {
	if err := tried.Held(ctx); err != nil {
		return err
	}
	return s.record(ctx, failed, staffID, map[string]any{"reason": reason})
}

// useCode uses up a code of the app or a recovery code. If the code is wrong, it counts
// a failure of the attempt, and returns an answer for the caller.
func (s *Service) useCode(ctx context.Context, m *Member, tried *identity.Tried, code, failed string) (answer, err error) {
	if hash, recovery := identity.RecoveryCode(m.ID, code); recovery {
		answer, err = s.useRecoveryCode(ctx, m, hash)
	} else {
		answer, err = s.useAppCode(ctx, m, code)
	}
	if err != nil || answer == nil {
		return nil, err
	}
	failures, _, err := tried.Failed(ctx)
	if err != nil {
		return nil, err
	}
	return answer, s.record(ctx, failed, m.ID, map[string]any{"reason": "code", "failures": failures})
}

func (s *Service) useAppCode(ctx context.Context, m *Member, code string) (answer, err error) {
	step, right, err := s.identity.MatchTOTP(m.totp(), code)
	switch {
	case fault.CodeOf(err) == fault.ValidationError: // an app that was never confirmed
		return err, nil
	case err != nil:
		return nil, err
	case right:
		m.LastStep = step
	}
	return s.countCode(ctx, m, right)
}

func (s *Service) useRecoveryCode(ctx context.Context, m *Member, hash identity.RecoveryHash) (answer, err error) {
	right, left, err := s.store.UseRecoveryCode(ctx, m.ID, hash)
	if err != nil {
		return nil, fmt.Errorf("using a recovery code: %w", err)
	}
	if answer, err = s.countCode(ctx, m, right); err != nil || answer != nil {
		return answer, err
	}
	return nil, s.record(asMember(ctx, m, id.Nil), "staff.recovery_code_used", m.ID, map[string]any{"left": left})
}

func (s *Service) countCode(ctx context.Context, m *Member, right bool) (answer, err error) {
	if err := s.identity.CountCode(ctx, m.ID, right); err != nil || right {
		return nil, err
	}
	return identity.WrongCode(), nil
}

// confirm puts the authenticator app into use, keeps the password for good, and returns
// recovery codes.
func (s *Service) confirm(ctx context.Context, m *Member) (codes []string, err error) {
	now := s.clock.Now()
	m.ConfirmedAt, m.PasswordUntil = &now, nil
	codes, hashes := identity.NewRecoveryCodes(m.ID)
	if err := s.store.SetRecoveryCodes(ctx, m.ID, hashes); err != nil {
		return nil, fmt.Errorf("storing recovery codes: %w", err)
	}
	return codes, nil
}

// asMember returns a context in which the member is the caller, for the audit
// log.
func asMember(ctx context.Context, m *Member, sessionID id.UUID) context.Context {
	return caller.With(ctx, caller.Caller{Role: caller.Broker, StaffID: m.ID, StaffRole: m.Role, TokenID: sessionID.String()})
}
