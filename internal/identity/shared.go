package identity

import (
	"context"

	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/limit"
	"github.com/tributary-server/tributary/internal/verification"
)

// The methods in this file are the parts of a login for accounts that another
// package stores. Package staff uses them, so that the password hashing, the limits
// on guesses and the codes are the same as for partners.

// Attempt is an attempt to log in with a password.
type Attempt struct {
	Account  string // identifies the account among all accounts of all packages
	Address  string // caller's IP address
	Hash     string // stored hash; empty if there is no such account
	Password string
}

// Tried is an Attempt whose password was checked.
type Tried struct {
	Right bool // whether the password is right; the caller reveals it only after it has counted the attempt

	service *Service
	guess   guess
}

// Try checks a password. It takes the same time whether the account exists or
// not. The caller must then count the attempt with a method of Tried. Try returns
// Throttled if earlier failures require a wait; see DefaultThrottle.
func (s *Service) Try(ctx context.Context, in Attempt) (context.Context, *Tried, error) {
	if in.Address != "" {
		ctx = limit.WithAddress(ctx, limit.AddressKeyOf(in.Address))
	}
	guess := s.guessOf(in.Account, in.Address)
	if err := s.refuseGuess(ctx, guess); err != nil {
		return ctx, nil, err
	}
	found, err := s.hasher.check(ctx, in.Hash, in.Password, 0)
	if err != nil {
		return ctx, nil, err
	}
	return ctx, &Tried{Right: found.right, service: s, guess: guess}, nil
}

// Succeeded counts the attempt as a success. From then on, the passwords from its address
// are hashed first, as after a partner's log-in. ctx must come from Try. Like the other
// methods, Succeeded returns Throttled if other failures have caused a wait in the
// meantime.
func (t *Tried) Succeeded(ctx context.Context) error {
	err := t.settle(ctx, succeeded)
	if err == nil {
		t.service.hasher.trust(ctx, t.service.clock.Now())
	}
	return err
}

// Failed counts the attempt as a failure. It returns the number of failures of the
// account from the address, and whether they cause a wait.
func (t *Tried) Failed(ctx context.Context) (failures int, waits bool, err error) {
	after, err := t.service.settleGuess(ctx, t.guess, failed)
	return after.Count, after.Count >= t.service.throttle.Free, err
}

// Held counts the attempt neither as a success nor as a failure, because only the
// code is missing.
func (t *Tried) Held(ctx context.Context) error { return t.settle(ctx, held) }

func (t *Tried) settle(ctx context.Context, counts outcome) error {
	_, err := t.service.settleGuess(ctx, t.guess, counts)
	return err
}

// MatchTOTP finds the time step to which a code of an authenticator app belongs.
// found is false if the code is wrong or was used before. The caller must store the
// step as the secret's LastStep. MatchTOTP returns ValidationError on "code" if the
// secret was started too long ago and never confirmed.
func (s *Service) MatchTOTP(secret TOTPSecret, code string) (step int64, found bool, err error) {
	now := s.clock.Now()
	if secret.ConfirmedAt == nil && !now.Before(secret.CreatedAt.Add(totpPatience)) {
		return 0, false, secretExpired()
	}
	return matchStep(secret.Secret, verification.PlainCode(code), secret.LastStep, now)
}

func secretExpired() error {
	return fault.Invalid("code", "expired", "This secret has expired. Start again to get another one.")
}

// CountCode counts a code of an account as right or wrong. It returns Throttled
// after too many wrong codes; see codeThrottle.
func (s *Service) CountCode(ctx context.Context, account id.UUID, right bool) error {
	_, err := s.settle(ctx, codeThrottle, forLogin.key(account), outcomeOf(right))
	return err
}

// RecoveryCode returns the stored form of a recovery code of an account. ok is false
// if the code does not have the form of a recovery code.
func RecoveryCode(account id.UUID, code string) (hash RecoveryHash, ok bool) {
	code = verification.PlainCode(code)
	return recoveryHash(account, code), len(code) == recoveryLetter
}

// Storable returns text from a request in a form that can be stored, cut off after
// the length of a User-Agent header.
func Storable(text string) string { return storable(text, userAgentLimit) }
