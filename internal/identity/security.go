package identity

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/tributary-server/tributary/internal/audit"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/identity/caller"
	"github.com/tributary-server/tributary/internal/verification"
)

// SecurityType is the way in which a partner proves their identity.
type SecurityType string

// These are the security types.
const (
	Standard SecurityType = "standard" // a password; sensitive operations require a code by e-mail
	Secure   SecurityType = "secure"   // logins and sensitive operations require a code of the authenticator app
)

// Channel returns the channel through which a partner of this type gets codes.
func (t SecurityType) Channel() verification.Channel {
	if t == Secure {
		return verification.TOTP
	}
	return verification.Email
}

// Security holds a partner's security settings.
type Security struct {
	PartnerID   id.UUID
	Email       string // address for the partner's mails
	Type        SecurityType
	ChangedAt   *time.Time // nil means never
	ConfirmedAt *time.Time // time at which the authenticator app was confirmed; nil if no app is in use
	Recovery    int        // number of recovery codes that are left
}

// authenticator identifies the authenticator app in use. Its result changes when
// the partner replaces or removes the app.
func (s *Security) authenticator() string {
	if s.ConfirmedAt == nil {
		return ""
	}
	return strconv.FormatInt(s.ConfirmedAt.UnixMicro(), 10)
}

// Security returns a partner's security settings. It returns NotFound if there
// is no such partner.
func (s *Service) Security(ctx context.Context, partnerID id.UUID) (Security, error) {
	return foundSettings(s.store.Security(ctx, partnerID))
}

func foundSettings(settings Security, found bool, err error) (Security, error) {
	if err != nil {
		return Security{}, fmt.Errorf("reading security settings: %w", err)
	}
	if !found {
		return Security{}, fault.New(fault.NotFound)
	}
	return settings, nil
}

// Channel implements verification.Security.
func (s *Service) Channel(ctx context.Context, partnerID id.UUID) (channel verification.Channel, email string, err error) {
	settings, err := s.Security(ctx, partnerID)
	return settings.Type.Channel(), settings.Email, err
}

// SecurityChange is a request for another security type. The request contains
// the type, its channel, or both.
type SecurityChange struct {
	Type    SecurityType         // empty if Channel determines the type
	Channel verification.Channel // empty if Type determines the channel
}

// target returns the requested type, or "" if the request has no type and no channel.
// It returns ValidationError on "security_type" or "channel".
func (c SecurityChange) target() (SecurityType, error) {
	var faults fault.Fields
	target := c.Type
	if target != "" && target != Standard && target != Secure {
		faults.Add("security_type", "invalid_choice", "Choose standard or secure.")
	}
	switch c.Channel {
	case "":
	case verification.Email, verification.TOTP:
		of := Standard
		if c.Channel == verification.TOTP {
			of = Secure
		}
		if target == "" {
			target = of
		} else if target != of && len(faults) == 0 {
			faults.Add("channel", "invalid", "This channel does not belong to this security type. Send standard with email, or secure with totp.")
		}
	default:
		faults.Add("channel", "invalid_choice", "Choose email or totp.")
	}
	return target, faults.Err()
}

func (s *Security) possible(target SecurityType) error {
	if target == Secure && s.ConfirmedAt == nil {
		return fault.Invalid("security_type", "totp_required", "Confirm an authenticator app first.")
	}
	return nil
}

// ChangeSecurity changes the caller's security type to standard or secure. The
// parameter token must be a token for CHANGE_SECURITY that the caller got through
// the current channel. When the type becomes secure, ChangeSecurity revokes the
// caller's other sessions, because those began without a code. If the caller
// already has the type, nothing changes and no token is needed.
//
// It returns ValidationError on "security_type" or "channel", and
// PermissionDenied if the token is not valid for this change.
func (s *Service) ChangeSecurity(ctx context.Context, who caller.Caller, change SecurityChange, token string) (Security, error) {
	target, err := change.target()
	if err != nil {
		return Security{}, err
	}
	sessionID, err := sessionOf(who)
	if err != nil {
		return Security{}, err
	}
	var settings Security
	err = s.store.Atomically(ctx, func(ctx context.Context) error {
		if settings, err = foundSettings(s.store.HoldSecurity(ctx, who.PartnerID)); err != nil {
			return err
		}
		if target == "" || target == settings.Type {
			return nil
		}
		if err := settings.possible(target); err != nil {
			return err
		}
		now := s.clock.Now()
		if err := s.spend(ctx, &settings, digestOfType(&settings, target), token, now); err != nil {
			return err
		}
		if err := s.setType(ctx, &settings, target, sessionID, now); err != nil {
			return err
		}
		return s.announce(ctx, &settings, "security.changed", map[string]any{"security_type": target}, typeChanged(target))
	})
	return settings, err
}

// setType changes a partner's security type. The caller must have locked settings
// with HoldSecurity.
func (s *Service) setType(ctx context.Context, settings *Security, target SecurityType, session id.UUID, now time.Time) error {
	if err := s.store.SetSecurity(ctx, settings.PartnerID, target, now); err != nil {
		return fmt.Errorf("changing security: %w", err)
	}
	settings.Type, settings.ChangedAt = target, &now
	if target == Standard {
		return nil
	}
	if err := s.store.EndOtherSessions(ctx, settings.PartnerID, session, now); err != nil {
		return fmt.Errorf("revoking sessions: %w", err)
	}
	return nil
}

func (s *Service) spend(ctx context.Context, settings *Security, digest verification.Digest, token string, now time.Time) error {
	if token == "" {
		return verification.Required(verification.ChangeSecurity)
	}
	return s.store.SpendToken(ctx, settings.PartnerID, verification.ChangeSecurity, token, digest, now)
}

// announce adds a change to the audit log and mails the change to the partner,
// both in the transaction of the change.
func (s *Service) announce(ctx context.Context, settings *Security, action string, details map[string]any, n notice) error {
	if err := s.record(ctx, audit.Entry{PartnerID: settings.PartnerID, Action: action, Details: details}); err != nil {
		return fmt.Errorf("recording %s: %w", action, err)
	}
	if s.mails == nil {
		return nil
	}
	if err := s.mails.Enqueue(ctx, n.mail(ctx, settings, s.clock.Now())); err != nil {
		return fmt.Errorf("sending a notice about %s: %w", action, err)
	}
	return nil
}
