package identity

import (
	"context"
	"crypto/sha256"
	"fmt"
	"strings"

	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/verification"
)

const (
	recoveryCodes  = 10
	recoveryLetter = 16 // number of letters in a code; these have 79 random bits, so a fast hash is safe
	recoveryGroup  = 4
)

// NewRecoveryCodes creates an account's recovery codes and their hashes. Only the
// hashes are stored, so the codes can be shown only once.
func NewRecoveryCodes(account id.UUID) (codes []string, hashes []RecoveryHash) {
	for range recoveryCodes {
		letters := randomText(passwordLetters, recoveryLetter)
		var groups []string
		for i := 0; i < recoveryLetter; i += recoveryGroup {
			groups = append(groups, letters[i:i+recoveryGroup])
		}
		codes = append(codes, strings.Join(groups, "-"))
		hashes = append(hashes, recoveryHash(account, letters))
	}
	return codes, hashes
}

// recoveryHash returns the stored form of a recovery code. letters is the code
// without hyphens. The hash includes the partner, so that equal codes of two
// partners have different hashes.
func recoveryHash(partnerID id.UUID, letters string) RecoveryHash {
	return sha256.Sum256([]byte(partnerID.Hex() + letters))
}

// UseCode implements verification.Security. It checks a code of the
// authenticator app or a recovery code, and uses it up.
func (s *Service) UseCode(ctx context.Context, partnerID id.UUID, count, code string) (right bool, err error) {
	return s.codeFor(ctx, forOperation+purpose(count), partnerID, code)
}

// codeFor uses up a code for a purpose. It counts wrong codes for each partner
// and not for each address, because the guesser already has the partner's
// password, token or key, and may have many addresses. Each purpose has a
// separate count, so that a leaked key cannot keep the partner from logging in.
func (s *Service) codeFor(ctx context.Context, what purpose, partnerID id.UUID, code string) (right bool, err error) {
	err = s.store.Atomically(ctx, func(ctx context.Context) error {
		if right, err = s.useCode(ctx, partnerID, verification.PlainCode(code)); err != nil {
			return err
		}
		_, err := s.settle(ctx, codeThrottle, what.key(partnerID), outcomeOf(right))
		return err
	})
	return right && err == nil, err
}

func (s *Service) useCode(ctx context.Context, partnerID id.UUID, code string) (right bool, err error) {
	secret, found, err := s.store.TOTP(ctx, partnerID)
	if err != nil {
		return false, fmt.Errorf("reading an authenticator: %w", err)
	}
	if !found || secret.ConfirmedAt == nil {
		return false, nil
	}
	if len(code) == recoveryLetter {
		return s.useRecoveryCode(ctx, partnerID, code)
	}
	step, found, err := matchStep(secret.Secret, code, secret.LastStep, s.clock.Now())
	if err != nil || !found {
		return false, err
	}
	if right, err = s.store.UseStep(ctx, partnerID, secret.Secret, step); err != nil {
		return false, fmt.Errorf("using an authenticator's code: %w", err)
	}
	return right, nil
}

func (s *Service) useRecoveryCode(ctx context.Context, partnerID id.UUID, code string) (right bool, err error) {
	right, left, err := s.store.UseRecoveryCode(ctx, partnerID, recoveryHash(partnerID, code), s.clock.Now())
	if err != nil {
		return false, fmt.Errorf("using a recovery code: %w", err)
	}
	if !right {
		return false, nil
	}
	settings, err := s.Security(ctx, partnerID)
	if err != nil {
		return false, err
	}
	return true, s.announce(ctx, &settings, "recovery_code.used", map[string]any{"left": left}, recoveryUsed(left))
}

// codeThrottle allows a person several mistakes, but allows a guesser only
// slightly more than 100 guesses a day.
var codeThrottle = Throttle{Free: 20, First: DefaultThrottle.First, Max: DefaultThrottle.Max}

type purpose string

const (
	forLogin     purpose = "login"
	forOperation purpose = "operation" // followed by the name of a count; see verification.Security
	forEnrolment purpose = "enrolment" // for a code that confirms an authenticator app
	forPassword  purpose = "password"  // for a code that authorises a change of password
)

// key returns the key that counts a partner's wrong codes for this purpose, from
// all addresses together.
func (p purpose) key(partnerID id.UUID) ThrottleKey {
	return sha256.Sum256([]byte(string(p) + "\x00" + partnerID.Hex()))
}

// WrongCode returns the error for a code that is wrong or was used before.
func WrongCode() error {
	return fault.Invalid("code", "invalid", "This code is wrong, or has already been used.")
}

// RecoveryHash is the stored form of a recovery code.
type RecoveryHash [sha256.Size]byte
