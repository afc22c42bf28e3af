package identity

import (
	"context"
	"crypto/rand"
	"fmt"
	"math/big"
	"net/netip"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/tributary-server/tributary/internal/audit"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/identity/caller"
	"github.com/tributary-server/tributary/internal/limit"
)

// These constants limit the length of passwords. They apply to new passwords. A
// login with a password longer than MaxPasswordBytes fails like one with a
// wrong password, and only the beginning of the password is hashed.
const (
	MinPasswordLength = 8
	MaxPasswordLength = 128 // characters
	MaxPasswordBytes  = 4 * MaxPasswordLength
)

const (
	addressLimit   = 64  // bytes of the address that a session stores
	userAgentLimit = 256 // bytes of the User-Agent header that a session stores
	purgeStep      = 100 // number of expired rows that one login removes
)

// Login is a request for a token.
type Login struct {
	Login     string // e-mail, ignoring case and surrounding spaces
	Password  string
	Code      string // code of a secure partner's authenticator app, or a recovery code
	Address   string // caller's IP address
	UserAgent string
}

// Login checks an e-mail, a password and, for a secure partner, a code. It
// returns a token that is valid for TokenLife.
//
// It returns AuthenticationFailed if the e-mail is unknown or the password is
// wrong. In both cases, the amount of work and the response are the same. The
// following errors occur only if the password is right:
//   - PermissionDenied if the partner is suspended.
//   - PermissionDenied with the code "verification_required" on the field
//     "code" if a secure partner sent no code.
//   - ValidationError on "code" if the code is wrong.
//
// After too many failures, further logins to the account or from the address must
// wait, and Login returns Throttled. DefaultThrottle and DefaultAddressThrottle
// define how long.
//
// Login records a failure after it has checked the password. It reveals the
// result only if no other failure has caused a wait in the meantime. Therefore
// many simultaneous guesses reveal no more than the same guesses made one after
// the other.
func (s *Service) Login(ctx context.Context, in Login) (token string, err error) {
	email := NormalEmail(in.Login)
	if in.Address != "" {
		ctx = limit.WithAddress(ctx, limit.AddressKeyOf(in.Address))
	}
	guess := s.guessOf(email, in.Address)
	if err := s.refuseGuess(ctx, guess); err != nil {
		return "", err
	}
	account, _, err := s.store.FindAccount(ctx, email)
	if err != nil {
		return "", fmt.Errorf("finding an account: %w", err)
	}
	if email == "" {
		account = Account{}
	}
	legacy, err := s.legacy.get(ctx, s.store, s.clock.Now())
	if err != nil {
		return "", err
	}
	found, err := s.hasher.check(ctx, account.PasswordHash, in.Password, legacy)
	if err != nil {
		return "", err
	}
	if err := s.judge(ctx, guess, account, found.right, in.Code); err != nil {
		return "", err
	}
	if found.outdated {
		s.rehash(ctx, account, in.Password)
	}
	return s.openSession(ctx, account, in.Address, in.UserAgent)
}

// outcome is the result of an attempt. It decides how the count of failures
// changes.
type outcome uint8

const (
	failed    outcome = iota
	held              // does not change the count, because only the code is missing
	succeeded         // resets the count
)

func outcomeOf(right bool) outcome {
	if right {
		return succeeded
	}
	return failed
}

// judge records the result of a login after its password was checked, and returns
// an error if the login fails. It uses up a code only if no other failure has
// caused a wait in the meantime.
func (s *Service) judge(ctx context.Context, guess guess, account Account, right bool, code string) error {
	var answer error
	err := s.store.Atomically(ctx, func(ctx context.Context) error {
		answer = nil
		counts := succeeded
		switch {
		case !right:
			answer, counts = fault.New(fault.AuthenticationFailed), failed
		case account.Status == StatusSuspended:
			answer = suspendedError()
		case account.Security != Secure:
		case code == "":
			answer, counts = CodeRequired(), held
		default:
			right, err := s.codeFor(ctx, forLogin, account.PartnerID, code)
			if err != nil {
				return err
			}
			if !right {
				answer, counts = WrongCode(), failed
			}
		}
		failures, err := s.settleGuess(ctx, guess, counts)
		if err != nil {
			return err
		}
		return s.recordFailure(ctx, account, right, counts, failures)
	})
	if err != nil || answer == nil {
		return err
	}
	if err := s.store.PurgeLoginFailures(ctx, s.clock.Now(), purgeStep); err != nil {
		return fmt.Errorf("clearing failed logins: %w", err)
	}
	return answer
}

// recordFailure adds a failed login to the audit log if the password was right
// but the code was wrong, or if wrong passwords have caused a wait. Other
// failures are not recorded, because otherwise strangers could fill the
// partner's log.
func (s *Service) recordFailure(ctx context.Context, account Account, right bool, counts outcome, f Failures) error {
	entry := audit.Entry{PartnerID: account.PartnerID, Action: "login.failed", Details: map[string]any{"reason": "password", "failures": f.Count}}
	switch {
	case counts != failed || account.PartnerID == id.Nil:
		return nil
	case right:
		entry.Details["reason"] = "code"
	case f.Count < s.throttle.Free:
		return nil
	}
	if err := s.record(ctx, entry); err != nil {
		return fmt.Errorf("recording a failed login: %w", err)
	}
	return nil
}

// CodeRequired returns the error for a login that lacks a code.
func CodeRequired() error {
	return &fault.Error{Code: fault.PermissionDenied, Fields: []fault.Field{{
		Name: "code", Code: "verification_required", Message: "Also send the code from your authenticator app, or a recovery code.",
	}}}
}

// guess contains the keys under which the failures of a login are counted.
type guess struct {
	account ThrottleKey // counts failures of one account from one address
	address ThrottleKey // counts failures of one address over all accounts
	counted bool        // true if the address is a valid IP address; failures of other addresses are not counted
}

func (s *Service) guessOf(email, address string) guess {
	_, err := netip.ParseAddr(address)
	return guess{account: throttleKey(email, address), address: addressThrottleKey(address), counted: err == nil}
}

// refuseGuess returns Throttled if earlier failures require a wait. Login calls
// refuseGuess before it hashes the password.
func (s *Service) refuseGuess(ctx context.Context, g guess) error {
	if err := s.checkThrottle(ctx, s.throttle, g.account); err != nil || !g.counted {
		return err
	}
	return s.checkThrottle(ctx, s.byAddress, g.address)
}

// settleGuess records the result of a login after its password was checked. If
// other failures have caused a wait in the meantime, settleGuess returns
// Throttled and records nothing. A success resets the count of the account, but
// not of the address. Otherwise an attacker could log in to their own account to
// get more guesses at other accounts.
func (s *Service) settleGuess(ctx context.Context, g guess, counts outcome) (after Failures, err error) {
	if after, err = s.settle(ctx, s.throttle, g.account, counts); err != nil || !g.counted {
		return after, err
	}
	if counts != failed {
		return after, s.checkThrottle(ctx, s.byAddress, g.address)
	}
	_, err = s.settle(ctx, s.byAddress, g.address, failed)
	return after, err
}

func (s *Service) checkThrottle(ctx context.Context, throttle Throttle, key ThrottleKey) error {
	failures, err := s.store.LoginFailures(ctx, key)
	if err != nil {
		return fmt.Errorf("reading failed logins: %w", err)
	}
	now := s.clock.Now()
	return throttle.Current(failures, now).Refusal(now)
}

// settle records the outcome of an attempt and returns the new count. If other
// failures have caused a wait in the meantime, settle returns Throttled and
// records nothing.
func (s *Service) settle(ctx context.Context, throttle Throttle, key ThrottleKey, counts outcome) (after Failures, err error) {
	var refused error
	err = s.store.UpdateLoginFailures(ctx, key, func(f Failures) Failures {
		now := s.clock.Now()
		after = throttle.Current(f, now)
		refused = after.Refusal(now)
		switch {
		case refused != nil, counts == held:
		case counts == succeeded:
			after = Failures{}
		default:
			after = throttle.Failed(after, now)
		}
		return after
	})
	if err != nil {
		return Failures{}, fmt.Errorf("counting a login attempt: %w", err)
	}
	return after, refused
}

// openSession starts a session, unless the account changed after it was read.
func (s *Service) openSession(ctx context.Context, account Account, address, userAgent string) (token string, err error) {
	token, session, err := s.tokens.issue(ctx, account.PartnerID)
	if err != nil {
		return "", err
	}
	session.Address, session.UserAgent = storable(address, addressLimit), storable(userAgent, userAgentLimit)
	var created bool
	err = s.store.Atomically(ctx, func(ctx context.Context) error {
		if created, err = s.store.CreateSession(ctx, session, account.PasswordVersion); err != nil || !created {
			return err
		}
		ctx = caller.With(ctx, caller.Caller{Role: caller.Partner, PartnerID: session.PartnerID, TokenID: session.ID.String()})
		return s.record(ctx, audit.Entry{PartnerID: session.PartnerID, Action: "login.succeeded", Subject: session.ID.String()})
	})
	if err != nil {
		return "", fmt.Errorf("creating a session: %w", err)
	}
	if !created { // another request changed the account after this login had read it
		return "", fault.New(fault.AuthenticationFailed)
	}
	s.hasher.trust(ctx, s.clock.Now())
	return token, nil
}

// rehash replaces a stored hash with one that has the current parameters. If
// rehash fails, the login still succeeds and the next login tries again.
func (s *Service) rehash(ctx context.Context, account Account, password string) {
	hash, err := s.hasher.hash(ctx, password)
	if err == nil {
		err = s.store.Rehash(ctx, account.PartnerID, account.PasswordVersion, hash)
	}
	if err != nil {
		s.log.WarnContext(ctx, "could not replace a password hash with one that has the current parameters",
			"partner_id", account.PartnerID.String(), "error", err)
	}
}

// SetPassword gives a partner a new password. It revokes every token of the
// partner, so that anyone who knew the old password is signed out.
//
// It returns ValidationError on "password", or NotFound if there is no such
// partner.
func (s *Service) SetPassword(ctx context.Context, partnerID id.UUID, password string) error {
	if err := CheckNewPassword(password); err != nil {
		return err
	}
	hash, err := s.hasher.hash(ctx, password)
	if err != nil {
		return err
	}
	return s.storePassword(ctx, partnerID, hash, 0)
}

// CheckNewPassword returns a ValidationError if a password is not long enough or
// is not valid text.
func CheckNewPassword(password string) error {
	if !utf8.ValidString(password) {
		return fault.Invalid("password", "invalid", "The password is not valid UTF-8.")
	}
	switch n := utf8.RuneCountInString(norm.NFC.String(password)); {
	case n < MinPasswordLength:
		return fault.Invalid("password", "min_length", fmt.Sprintf("Ensure this field has at least %d characters.", MinPasswordLength))
	case n > MaxPasswordLength:
		return fault.Invalid("password", "max_length", fmt.Sprintf("Ensure this field has no more than %d characters.", MaxPasswordLength))
	}
	return nil
}

// ImportPassword gives a partner a password hash from another system. The hash
// has the form $argon2id$... or Django's pbkdf2_sha256$.... The partner's first
// login replaces it with a hash that has this server's parameters.
//
// It returns ValidationError on "password_hash", or NotFound if there is no
// such partner.
func (s *Service) ImportPassword(ctx context.Context, partnerID id.UUID, encoded string) error {
	parsed, err := parseHash(encoded)
	if err != nil {
		return fault.Invalid("password_hash", "invalid", fmt.Sprintf("This hash is not supported. "+
			"Expected $argon2id$v=19$m=M,t=T,p=P$SALT$SUM, with M up to %d, T up to %d and P up to %d, "+
			"or pbkdf2_sha256$N$SALT$SUM, with N up to %d.", maxMemoryKiB, maxPasses, maxThreads, maxLegacyIterations))
	}
	return s.storePassword(ctx, partnerID, parsed.String(), parsed.iterations)
}

func (s *Service) storePassword(ctx context.Context, partnerID id.UUID, hash string, legacyCost int) error {
	if partnerID == id.Nil { // the id Nil means the house, and no one can sign in as the house
		return fault.New(fault.NotFound)
	}
	found, err := s.store.SetPassword(ctx, partnerID, hash, legacyCost, s.clock.Now())
	if err != nil {
		return fmt.Errorf("setting a password: %w", err)
	}
	if !found {
		return fault.New(fault.NotFound)
	}
	s.legacy.forget()
	return nil
}

// passwordLetters omits characters that people confuse, such as 0 and o, or 1 and l.
const passwordLetters = "23456789abcdefghjkmnpqrstuvwxyz"

// RandomPassword creates a password for a partner. It has 20 letters and digits
// in groups of five, with 99 bits of randomness.
func RandomPassword() string {
	var out []byte
	for i := range 20 {
		if i > 0 && i%5 == 0 {
			out = append(out, '-')
		}
		out = append(out, randomLetter(passwordLetters))
	}
	return string(out)
}

func randomLetter(from string) byte {
	n, err := rand.Int(rand.Reader, big.NewInt(int64(len(from))))
	if err != nil {
		panic(err) // crypto/rand never fails
	}
	return from[n.Int64()]
}

func suspendedError() error {
	return &fault.Error{Code: fault.PermissionDenied, Message: "This partner is suspended"}
}
