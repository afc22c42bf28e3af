package identity

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/tributary-server/tributary/internal/audit"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/limit"
	"github.com/tributary-server/tributary/internal/mail"
	"github.com/tributary-server/tributary/internal/partner"
)

const (
	// RegistrationLife is how long a registration's link works.
	RegistrationLife = 48 * time.Hour
	// ResetLife is how long a reset's link works.
	ResetLife             = time.Hour
	registrationPurgeStep = 1000
)

// These are the paths, below the public address, of the pages that the links in
// mails lead to.
const (
	ConfirmPath = "/api/registration/confirm/"
	ResetPath   = "/api/auth/password/reset/confirm/"
	ForgotPath  = "/api/auth/password/reset/"
)

// RegistrationConfig holds the settings of Registrations.
type RegistrationConfig struct {
	Apply     feed.Apply
	Passwords *Service
	SetUps    SetUps
	Mails     mail.QuotaQueue
	Audit     audit.Log
	Clock     clock.Clock
	PublicURL string        // the address at which people reach this server: "https://partners.example.com"
	Closed    bool          // strangers cannot register
	ResetTime time.Duration // how long a request for a reset takes at least; 0: a quarter of a second; negative: no minimum
}

// Registrations registers new partners and resets forgotten passwords. In both
// cases people prove that an e-mail address is theirs by a link in a mail. It
// does not reveal who is a partner: for any address the answer, the work and
// the time are the same, and only the mail differs.
//
// It is safe for concurrent use, by several processes on one store as well.
// Each process counts requests per address on its own.
type Registrations struct {
	store     RegistrationStore
	apply     feed.Apply
	passwords *Service
	setUps    SetUps
	mails     mail.QuotaQueue
	audit     audit.Log
	clock     clock.Clock
	base      string
	closed    bool
	resetTime time.Duration

	asking     *limit.Limiter // limits registrations and resets, which send mails
	confirming *limit.Limiter
}

// NewRegistrations returns a Registrations.
func NewRegistrations(store RegistrationStore, c RegistrationConfig) *Registrations {
	if c.ResetTime == 0 {
		c.ResetTime = 250 * time.Millisecond
	}
	return &Registrations{
		store: store, apply: c.Apply, passwords: c.Passwords, setUps: c.SetUps, mails: c.Mails, audit: c.Audit, clock: c.Clock,
		base: strings.TrimRight(c.PublicURL, "/"), closed: c.Closed, resetTime: c.ResetTime,
		asking:     limit.NewLimiter("asking", limit.Every(30*time.Second, 60), nil, c.Clock),
		confirming: limit.NewLimiter("confirming", limit.Every(5*time.Second, 60), nil, c.Clock),
	}
}

// RegistrationRequest is a request to become a partner.
type RegistrationRequest struct {
	Email     string
	Password  string // checked if it is set, but not stored: the account's password is chosen at confirmation
	Country   string // ISO 3166 alpha-2, in any case
	Programme string // partner.IB or partner.Affiliate
	Address   string // the caller's IP address
}

// PendingRegistration is a registration that waits to be confirmed.
type PendingRegistration struct {
	Email     string // normalised
	Country   string
	Programme string
	CreatedAt time.Time
	ExpiresAt time.Time
}

// Register stores a registration, which replaces earlier ones of its e-mail,
// and mails a link to confirm it. If the e-mail is already a partner's, the
// mail says that instead. Beyond the quota (mail.QuotaQueue) the answer is the same,
// but no mail is sent and an earlier registration is kept.
//
// ValidationError on email, password, country. Throttled: too many from this
// address. PermissionDenied: registration is closed.
func (s *Registrations) Register(ctx context.Context, in RegistrationRequest) (expires time.Time, err error) {
	if err := s.open(); err != nil {
		return time.Time{}, err
	}
	if err := s.asking.Allow(ctx, limit.AddressKeyOf(in.Address)); err != nil {
		return time.Time{}, err
	}
	pending := PendingRegistration{Email: NormalEmail(in.Email), Country: strings.ToUpper(in.Country), Programme: in.Programme}
	if err := pending.check(); err != nil {
		return time.Time{}, err
	}
	if in.Password != "" {
		if err := CheckNewPassword(in.Password); err != nil {
			return time.Time{}, err
		}
	}
	err = s.store.Atomically(ctx, func(ctx context.Context) error {
		now := s.clock.Now()
		pending.CreatedAt, pending.ExpiresAt = now, now.Add(RegistrationLife)
		_, taken, err := s.passwords.PartnerByEmail(ctx, pending.Email)
		if err != nil {
			return err
		}
		if allowed, err := s.mails.Allow(ctx, pending.Email, asker("registration", in.Address)); err != nil || !allowed {
			return err
		}
		// The registration of a taken address is stored too, although no mail
		// contains its token, so that the work is the same.
		token := newMailedToken()
		if err := s.store.AddRegistration(ctx, MailedHash(token), &pending); err != nil {
			return err
		}
		letter, kind := s.confirmLetter(token, &pending), "registration"
		if taken {
			letter, kind = s.takenLetter(), "registration_taken"
		}
		return s.mails.Enqueue(ctx, letter.Message(kind, pending.Email))
	})
	return pending.ExpiresAt, err
}

// open returns an error if registration is closed.
func (s *Registrations) open() error {
	if !s.closed {
		return nil
	}
	return &fault.Error{Code: fault.PermissionDenied, Message: "Registration is closed. Ask the broker to open a Personal Area for you."}
}

// Closed reports whether registration is closed.
func (s *Registrations) Closed() bool { return s.closed }

// asker returns the asker that the quota counts a mail for: the network that
// asks, separately for each kind of mail.
func asker(kind, address string) string { return kind + " " + limit.AddressKeyOf(address) }

// check finds faults that would prevent the registration from being confirmed
// later.
func (p *PendingRegistration) check() error {
	var faults fault.Fields
	if p.Email == "" {
		faults.Add("email", "invalid", "Enter a valid email address.")
	}
	if len(p.Country) != 2 || strings.Trim(p.Country, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		faults.Add("country", "invalid", "Expected an ISO 3166 alpha-2 code, as in ZA.")
	}
	return faults.Err()
}

// Registered is a partner who has just registered.
type Registered struct {
	PartnerID id.UUID
	Email     string
	Country   string
	Programme string
	Code      string // the code of its default link
}

// Confirmation holds the token of a registration and the hash of the password
// chosen for it.
type Confirmation struct{ token, hash string }

// Prepare checks the token of a registration and hashes the password that the
// mailbox's owner chose. Call it before the transaction of Confirm, because
// hashing is slow.
//
// ValidationError on token: it is unknown, used, replaced or expired; or on
// password. Throttled: too many from this address, or too many passwords are
// being hashed. PermissionDenied: registration is closed.
func (s *Registrations) Prepare(ctx context.Context, token, password, address string) (Confirmation, error) {
	if err := s.open(); err != nil {
		return Confirmation{}, err
	}
	if err := s.confirming.Allow(ctx, limit.AddressKeyOf(address)); err != nil {
		return Confirmation{}, err
	}
	_, waits, err := s.Waiting(ctx, token)
	if err != nil {
		return Confirmation{}, err
	}
	if !waits {
		return Confirmation{}, wrongMailedToken()
	}
	hash, err := s.passwords.HashPassword(ctx, password)
	return Confirmation{token, hash}, err
}

// Confirm registers the partner of a registration and removes the registration,
// in one transaction.
//
// ValidationError on token: it is unknown, used, replaced or expired.
// ValidationError on email: it became a partner's meanwhile.
func (s *Registrations) Confirm(ctx context.Context, c Confirmation) (*Registered, error) {
	var opened *Registered
	err := s.store.Atomically(ctx, func(ctx context.Context) error {
		now := s.clock.Now()
		pending, found, err := s.store.FindRegistration(ctx, MailedHash(c.token), now)
		if err != nil {
			return err
		}
		if !found {
			return wrongMailedToken()
		}
		if err := s.store.RemoveRegistrations(ctx, pending.Email); err != nil {
			return err
		}
		partnerID, code, err := partner.Register(ctx, s.apply, now, "registration", partner.Registration{
			Email: pending.Email, Country: pending.Country, Programme: pending.Programme, Currency: "USD",
		})
		if err != nil {
			return err
		}
		if err := s.passwords.ImportPassword(ctx, partnerID, c.hash); err != nil {
			return err
		}
		opened = &Registered{
			PartnerID: partnerID, Email: pending.Email, Country: pending.Country, Programme: pending.Programme, Code: code,
		}
		return s.audit.Record(ctx, audit.Entry{
			PartnerID: partnerID, Action: "partner.registered", Subject: partnerID.String(),
			Details: map[string]any{"email": pending.Email, "programme": pending.Programme, "country": pending.Country},
		})
	})
	return opened, err
}

// Waiting returns the registration of a token if its link still works. It
// changes nothing, because programs that scan mails follow links.
func (s *Registrations) Waiting(ctx context.Context, token string) (p PendingRegistration, waits bool, err error) {
	return s.store.FindRegistration(ctx, MailedHash(token), s.clock.Now())
}

// PurgeRegistrations returns the job that removes expired registrations and resets.
func PurgeRegistrations(store RegistrationStore, clk clock.Clock) func(context.Context) error {
	return func(ctx context.Context) error {
		now := clk.Now()
		for _, purge := range []func(context.Context, time.Time, int) (int64, error){
			store.PurgeRegistrations,
			store.PurgeResets,
		} {
			for removed := int64(registrationPurgeStep); removed == registrationPurgeStep; {
				var err error
				if removed, err = purge(ctx, now, registrationPurgeStep); err != nil {
					return fmt.Errorf("forgetting what has expired: %w", err)
				}
			}
		}
		return nil
	}
}

// MailedHash returns the stored form of the token of a mailed link.
func MailedHash(token string) [sha256.Size]byte { return sha256.Sum256([]byte(token)) }

// newToken makes a secret with 149 bits. It has only letters, so that no
// program mistakes a part of it for a code.
func newMailedToken() string {
	const letters = "abcdefghijklmnopqrstuvwxyzabcdef" // some occur twice: 4.7 bits per letter
	token := make([]byte, 32)
	rand.Read(token)
	for i, b := range token {
		token[i] = letters[b%byte(len(letters))]
	}
	return string(token)
}

func wrongMailedToken() error {
	return fault.Invalid("token", "invalid", "This link is not known, was used or replaced by a newer one, or has expired.")
}

// link returns the URL that a mail contains.
func (s *Registrations) link(path, token string) string {
	if token == "" {
		return s.base + path
	}
	return s.base + path + "?token=" + url.QueryEscape(token)
}
