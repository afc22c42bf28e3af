package identity

import (
	"context"
	"errors"
	"fmt"

	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/identity/caller"
	"github.com/tributary-server/tributary/internal/verification"
)

// PasswordChange is a request to change a password.
type PasswordChange struct {
	Old, New  string
	Token     string // token for CHANGE_SECURITY with the action change_password
	Address   string // caller's IP address
	UserAgent string
}

// ChangePassword changes the caller's password. It revokes all sessions of the
// caller and returns a token for a new one.
//
// It returns ValidationError on "old_password" or "new_password", and
// PermissionDenied if in.Token is not valid for this change. It returns
// Throttled after too many wrong old passwords.
func (s *Service) ChangePassword(ctx context.Context, who caller.Caller, in PasswordChange) (token string, err error) {
	if in.Token == "" {
		return "", verification.Required(verification.ChangeSecurity)
	}
	if err := Renamed(CheckNewPassword(in.New), "new_password"); err != nil {
		return "", err
	}
	if err := s.checkPassword(ctx, who.PartnerID, in.Old); err != nil {
		return "", err
	}
	hash, err := s.hasher.hash(ctx, in.New)
	if err != nil {
		return "", err
	}
	err = s.store.Atomically(ctx, func(ctx context.Context) error {
		settings, err := foundSettings(s.store.HoldSecurity(ctx, who.PartnerID))
		if err != nil {
			return err
		}
		account, _, err := s.store.AccountOf(ctx, who.PartnerID)
		if err != nil {
			return err
		}
		if err := s.spend(ctx, &settings, digestOfPassword(account), in.Token, s.clock.Now()); err != nil {
			return err
		}
		if err := s.storePassword(ctx, who.PartnerID, hash, 0); err != nil {
			return err
		}
		return s.announce(ctx, &settings, "password.changed", nil, passwordChanged)
	})
	if err != nil {
		return "", fmt.Errorf("changing a password: %w", err)
	}
	account, _, err := s.store.AccountOf(ctx, who.PartnerID)
	if err != nil {
		return "", fmt.Errorf("finding an account: %w", err)
	}
	return s.openSession(ctx, account, in.Address, in.UserAgent)
}

func (s *Service) checkPassword(ctx context.Context, partnerID id.UUID, password string) error {
	key := forPassword.key(partnerID)
	if err := s.checkThrottle(ctx, s.throttle, key); err != nil {
		return err
	}
	account, found, err := s.store.AccountOf(ctx, partnerID)
	if err != nil {
		return fmt.Errorf("finding an account: %w", err)
	}
	if !found {
		return fault.New(fault.NotFound)
	}
	verdict, err := s.hasher.check(ctx, account.PasswordHash, password, 0)
	if err != nil {
		return err
	}
	if _, err := s.settle(ctx, s.throttle, key, outcomeOf(verdict.right)); err != nil {
		return err
	}
	if !verdict.right {
		return fault.Invalid("old_password", "invalid", "This is not your password.")
	}
	return nil
}

// Renamed returns the error of CheckNewPassword with another name for the field.
func Renamed(err error, name string) error {
	e, ok := errors.AsType[*fault.Error](err)
	if !ok {
		return err
	}
	out := *e
	out.Fields = nil
	for _, f := range e.Fields {
		f.Name = name
		out.Fields = append(out.Fields, f)
	}
	return &out
}
