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
	// RegistrationLife is how long the link of a registration works.
	RegistrationLife = 48 * time.Hour
	// ResetLife is how long the link of a password reset works.
	ResetLife             = time.Hour
	registrationPurgeStep = 1000
)

// These constants are paths of pages. A mail contains the public URL followed by
// one of these paths.
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
	PublicURL string        // address at which people reach this server, such as "https://partners.example.com"
	Closed    bool          // true if people cannot register themselves
	ResetTime time.Duration // minimum time that AskReset takes; 0 means 250 ms, negative means no minimum
	Processes func() int    // number of processes that share the limits; nil means only this one
}

// Registrations registers new partners and resets forgotten passwords. In both cases a
// link in a mail proves that the e-mail address belongs to the person. Registrations
// does not reveal who is a partner, because the response, the work and the time are
// the same for any address. Only the mail differs.
//
// Registrations is safe for concurrent use, also by several processes on one
// store. The limit on the requests from an address is divided equally among the
// processes.
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

	asking     *limit.Limiter // limits the requests that send mails: registrations and resets
	confirming *limit.Limiter
}

// NewRegistrations returns the Registrations of a store.
func NewRegistrations(store RegistrationStore, c RegistrationConfig) *Registrations {
	if c.ResetTime == 0 {
		c.ResetTime = 250 * time.Millisecond
	}
	return &Registrations{
		store: store, apply: c.Apply, passwords: c.Passwords, setUps: c.SetUps, mails: c.Mails, audit: c.Audit, clock: c.Clock,
		base: strings.TrimRight(c.PublicURL, "/"), closed: c.Closed, resetTime: c.ResetTime,
		asking:     limit.NewLimiter("asking", limit.Every(30*time.Second, 60), limit.Among(c.Processes), c.Clock),
		confirming: limit.NewLimiter("confirming", limit.Every(5*time.Second, 60), limit.Among(c.Processes), c.Clock),
	}
}

// RegistrationRequest is a request to become a partner.
type RegistrationRequest struct {
	Email     string
	Password  string // optional; checked but not stored, because the person chooses a password at the confirmation
	Country   string // ISO 3166 alpha-2, ignoring case
	Programme string // partner.IB or partner.Affiliate
	Address   string // caller's IP address
}

// PendingRegistration is a registration that is not confirmed yet.
type PendingRegistration struct {
	Email     string // normalised
	Country   string
	Programme string
	CreatedAt time.Time
	ExpiresAt time.Time
}

// Register stores a registration and mails a link to confirm it. The
// registration replaces earlier ones with the same e-mail. If the e-mail
// already belongs to a partner, the mail says so instead. When the quota of mails
// (mail.QuotaQueue) is used up, Register sends no mail and does not replace an
// earlier registration, but the response is the same.
//
// It returns ValidationError on email, password or country. It returns
// Throttled if there were too many requests from this address, and
// PermissionDenied if registration is closed.
func (s *Registrations) Register(ctx context.Context, in RegistrationRequest) (expires time.Time, err error) {
	if err := s.checkOpen(); err != nil {
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
		// Store the registration even if the e-mail belongs to a partner, so that the
		// work is the same. In that case no mail contains the token.
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

func (s *Registrations) checkOpen() error {
	if !s.closed {
		return nil
	}
	return &fault.Error{Code: fault.PermissionDenied, Message: "Registration is closed. Ask the broker to open a Personal Area for you."}
}

// Closed reports whether registration is closed.
func (s *Registrations) Closed() bool { return s.closed }

// asker returns the name under which mail.QuotaQueue counts the mails that one IP
// address causes. The name consists of the kind of mail and the network of the
// address.
func asker(kind, address string) string { return kind + " " + limit.AddressKeyOf(address) }

// check returns ValidationError if Confirm would later fail, for example because the
// country is unknown.
func (p *PendingRegistration) check() error {
	var faults fault.Fields
	if p.Email == "" {
		faults.Add("email", "invalid", "Enter a valid email address.")
	}
	if len(p.Country) != 2 || strings.Trim(p.Country, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		faults.Add("country", "invalid", "Expected an ISO 3166 alpha-2 code, such as ZA.")
	}
	return faults.Err()
}

// Registered is a partner who has just registered.
type Registered struct {
	PartnerID id.UUID
	Email     string
	Country   string
	Programme string
	Code      string // code of the partner's default link
}

// Confirmation holds the token of a registration and the hash of the password
// that the person chose.
type Confirmation struct{ token, hash string }

// Prepare checks the token of a registration and hashes the password that the
// owner of the mailbox chose. It must run before the transaction that calls
// Confirm, because hashing is slow.
//
// It returns ValidationError on token if the token is unknown, used, replaced
// or expired, and ValidationError on password. It returns Throttled if there
// were too many requests from this address or if too many passwords are being
// hashed. It returns PermissionDenied if registration is closed.
func (s *Registrations) Prepare(ctx context.Context, token, password, address string) (Confirmation, error) {
	if err := s.checkOpen(); err != nil {
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

// Confirm registers the partner and removes the registration in one
// transaction.
//
// It returns ValidationError on token if the token is unknown, used, replaced
// or expired. It returns ValidationError on email if the e-mail now belongs to
// a partner.
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

// Waiting returns the registration of a token if its link still works. It does
// not use the link up, because programs that scan mails open links.
func (s *Registrations) Waiting(ctx context.Context, token string) (p PendingRegistration, waits bool, err error) {
	return s.store.FindRegistration(ctx, MailedHash(token), s.clock.Now())
}

// PurgeRegistrations returns a job that removes expired registrations and
// resets.
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
					return fmt.Errorf("deleting expired registrations and password resets: %w", err)
				}
			}
		}
		return nil
	}
}

// MailedHash returns the stored form of the token in a mailed link.
func MailedHash(token string) [sha256.Size]byte { return sha256.Sum256([]byte(token)) }

// newMailedToken creates a random secret of 32 letters. It contains no digits,
// because a program could mistake six of them for a verification code.
func newMailedToken() string {
	const letters = "abcdefghijklmnopqrstuvwxyzabcdef" // 32 letters, because 256 is a multiple of 32; a to f therefore occur twice
	token := make([]byte, 32)
	rand.Read(token)
	for i, b := range token {
		token[i] = letters[b%byte(len(letters))]
	}
	return string(token)
}

func wrongMailedToken() error {
	return fault.Invalid("token", "invalid", "This link is unknown, was already used, was replaced by a newer link, or has expired.")
}

func (s *Registrations) link(path, token string) string {
	if token == "" {
		return s.base + path
	}
	return s.base + path + "?token=" + url.QueryEscape(token)
}
