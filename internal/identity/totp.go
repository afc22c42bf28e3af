package identity

import (
	"bytes"
	"context"
	"crypto/subtle"
	"fmt"
	"image/png"
	"time"

	"github.com/pquerna/otp/hotp"
	"github.com/pquerna/otp/totp"

	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/identity/caller"
	"github.com/tributary-server/tributary/internal/verification"
)

const (
	totpPeriod = 30 // seconds per step
	totpSkew   = 1  // maximum number of steps that the app's clock may be ahead or behind
	// totpPatience is how long a partner has to confirm a new secret.
	totpPatience = 15 * time.Minute
	qrPixels     = 264
)

func stepAt(at time.Time) int64 { return at.Unix() / totpPeriod }

// matchStep finds the time step to which a code belongs. It accepts only steps
// that are later than lastStep, and at most totpSkew steps before or after the
// current one.
func matchStep(secret, code string, lastStep int64, now time.Time) (step int64, found bool, err error) {
	for step := stepAt(now) - totpSkew; step <= stepAt(now)+totpSkew; step++ {
		want, err := hotp.GenerateCode(secret, uint64(step))
		if err != nil {
			return 0, false, fmt.Errorf("computing an authenticator's code: %w", err)
		}
		if step > lastStep && subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 {
			return step, true, nil
		}
	}
	return 0, false, nil
}

// Enrolment holds the data that an authenticator app needs to produce codes.
type Enrolment struct {
	Secret    string // base32
	URI       string // otpauth://totp/...
	QR        []byte // PNG image of the URI
	ExpiresAt time.Time
}

// StartTOTP creates a secret for an authenticator app. It replaces a secret
// that was never confirmed. The secret is in use only after ConfirmTOTP.
//
// It returns PermissionDenied if an app is already in use. The partner must
// remove that app first.
func (s *Service) StartTOTP(ctx context.Context, who caller.Caller) (Enrolment, error) {
	settings, err := s.Security(ctx, who.PartnerID)
	if err != nil {
		return Enrolment{}, err
	}
	name := settings.Email
	if name == "" {
		name = settings.PartnerID.Hex()
	}
	enrolment, err := s.NewEnrolment(name)
	if err != nil {
		return Enrolment{}, err
	}
	now := s.clock.Now()
	var started bool
	err = s.store.Atomically(ctx, func(ctx context.Context) error {
		if settings, err = foundSettings(s.store.HoldSecurity(ctx, who.PartnerID)); err != nil || settings.ConfirmedAt != nil {
			return err
		}
		started, err = s.store.StartTOTP(ctx, who.PartnerID, enrolment.Secret, now)
		return err
	})
	if err != nil {
		return Enrolment{}, fmt.Errorf("starting an authenticator: %w", err)
	}
	if !started {
		return Enrolment{}, inUse()
	}
	return enrolment, nil
}

// NewEnrolment creates a secret for the authenticator app of an account. name tells
// people which account a code in their app is for. NewEnrolment stores nothing.
func (s *Service) NewEnrolment(name string) (Enrolment, error) {
	key, err := totp.Generate(totp.GenerateOpts{Issuer: s.name, AccountName: name})
	if err != nil {
		return Enrolment{}, fmt.Errorf("generating an authenticator's secret: %w", err)
	}
	picture, err := key.Image(qrPixels, qrPixels)
	if err != nil {
		return Enrolment{}, fmt.Errorf("drawing an authenticator's QR code: %w", err)
	}
	var qr bytes.Buffer
	if err := png.Encode(&qr, picture); err != nil {
		return Enrolment{}, fmt.Errorf("drawing an authenticator's QR code: %w", err)
	}
	return Enrolment{Secret: key.Secret(), URI: key.URL(), QR: qr.Bytes(), ExpiresAt: s.clock.Now().Add(totpPatience)}, nil
}

func inUse() error {
	return &fault.Error{Code: fault.PermissionDenied, Message: "An authenticator app is in use. Remove it first."}
}

// ConfirmTOTP puts a started secret into use if code proves that an app knows
// the secret. It returns recovery codes, which cannot be read again later.
//
// It returns ValidationError on "code" if the code is wrong or the secret is
// too old. It returns NotFound if no secret was started, and PermissionDenied
// if the secret is already in use. It returns Throttled after too many wrong
// codes.
func (s *Service) ConfirmTOTP(ctx context.Context, who caller.Caller, code string) (recovery []string, err error) {
	recovery, hashes := NewRecoveryCodes(who.PartnerID)
	var answer error
	err = s.store.Atomically(ctx, func(ctx context.Context) error {
		answer = nil
		settings, err := foundSettings(s.store.HoldSecurity(ctx, who.PartnerID))
		if err != nil {
			return err
		}
		secret, found, err := s.store.TOTP(ctx, who.PartnerID)
		now := s.clock.Now()
		switch {
		case err != nil:
			return err
		case !found:
			return fault.New(fault.NotFound)
		case secret.ConfirmedAt != nil:
			return inUse()
		case !now.Before(secret.CreatedAt.Add(totpPatience)):
			return secretExpired()
		}
		step, right, err := matchStep(secret.Secret, verification.PlainCode(code), secret.LastStep, now)
		if err != nil {
			return err
		}
		if _, err := s.settle(ctx, codeThrottle, forEnrolment.key(who.PartnerID), outcomeOf(right)); err != nil {
			return err
		}
		if !right {
			answer = WrongCode()
			return nil
		}
		if confirmed, err := s.store.ConfirmTOTP(ctx, who.PartnerID, secret.Secret, step, hashes, now); err != nil || !confirmed {
			return orInUse(err)
		}
		settings.ConfirmedAt = &now
		return s.announce(ctx, &settings, "totp.confirmed", nil, totpAdded)
	})
	if err == nil {
		err = answer
	}
	if err != nil {
		return nil, err
	}
	return recovery, nil
}

func orInUse(err error) error {
	if err != nil {
		return err
	}
	return inUse()
}

// DeleteTOTP removes the caller's authenticator app and its recovery codes. A
// secure partner becomes standard. token is a token for CHANGE_SECURITY with
// the action delete_totp. To remove an app that was never confirmed, the caller
// needs no token.
//
// It returns NotFound if there is no app, and PermissionDenied if the token is
// not valid for this change.
func (s *Service) DeleteTOTP(ctx context.Context, who caller.Caller, token string) error {
	sessionID, err := sessionOf(who)
	if err != nil {
		return err
	}
	return s.store.Atomically(ctx, func(ctx context.Context) error {
		settings, err := foundSettings(s.store.HoldSecurity(ctx, who.PartnerID))
		if err != nil {
			return err
		}
		if settings.ConfirmedAt == nil {
			return s.dropSecret(ctx, who.PartnerID)
		}
		now := s.clock.Now()
		if err := s.spend(ctx, &settings, digestOfDelete(&settings), token, now); err != nil {
			return err
		}
		if settings.Type == Secure {
			if err := s.setType(ctx, &settings, Standard, sessionID, now); err != nil {
				return err
			}
		}
		if err := s.store.DeleteTOTP(ctx, who.PartnerID); err != nil {
			return fmt.Errorf("removing an authenticator: %w", err)
		}
		return s.announce(ctx, &settings, "totp.deleted", map[string]any{"security_type": settings.Type}, totpRemoved)
	})
}

func (s *Service) dropSecret(ctx context.Context, partnerID id.UUID) error {
	_, found, err := s.store.TOTP(ctx, partnerID)
	if err != nil {
		return fmt.Errorf("reading an authenticator: %w", err)
	}
	if !found {
		return fault.New(fault.NotFound)
	}
	return s.store.DeleteTOTP(ctx, partnerID)
}

// TOTPSecret is the secret that an authenticator app shares with this server.
type TOTPSecret struct {
	Secret      string // base32
	CreatedAt   time.Time
	ConfirmedAt *time.Time // nil if the secret is not in use
	LastStep    int64      // codes of this step and earlier steps are refused
}
