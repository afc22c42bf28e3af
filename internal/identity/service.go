package identity

import (
	"context"
	"fmt"
	"log/slog"
	"runtime"
	"sync"
	"time"

	"github.com/tributary-server/tributary/internal/audit"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/mail"
)

// Config holds the operator's settings. Zero values mean the defaults.
type Config struct {
	Issuer      string        // iss claim of every token; default "tributary"
	Params      Params        // costs of new password hashes; default DefaultParams
	Hashes      int           // maximum number of passwords checked at the same time; default one per core, at most 8
	Throttle    Throttle      // delays failed logins of an account from one address; default DefaultThrottle
	ByAddress   Throttle      // delays failed logins from one address; default DefaultAddressThrottle
	RotateAfter time.Duration // age at which a signing key is replaced; default 30 days
	Remembered  int           // maximum number of verified tokens cached in memory; default 10,000
	Audit       audit.Log     // records logins, keys and sessions; nil records nothing
	Mails       mail.Queue    // sends mails about security to partners; nil sends none
	Name        string        // name of the programme in authenticator apps; default "Tributary"
}

func (c Config) withDefaults() Config {
	if c.Issuer == "" {
		c.Issuer = "tributary"
	}
	if c.Params == (Params{}) {
		c.Params = DefaultParams
	}
	if c.Hashes == 0 {
		c.Hashes = min(runtime.GOMAXPROCS(0), 8)
	}
	if c.Throttle == (Throttle{}) {
		c.Throttle = DefaultThrottle
	}
	if c.ByAddress == (Throttle{}) {
		c.ByAddress = DefaultAddressThrottle
	}
	if c.RotateAfter == 0 {
		c.RotateAfter = 30 * 24 * time.Hour
	}
	if c.Remembered == 0 {
		c.Remembered = 10_000
	}
	if c.Name == "" {
		c.Name = "Tributary"
	}
	return c
}

// hashPatience is how long a login may wait for its turn to hash the password.
const hashPatience = 10 * time.Second

// Service signs partners in and finds the owner of a token or key. It is safe
// for concurrent use, also by several processes on one store.
type Service struct {
	store     Store
	clock     clock.Clock
	log       *slog.Logger
	throttle  Throttle
	byAddress Throttle
	hasher    *hasher
	tokens    *tokenSigner
	legacy    legacyCost
	touched   touches
	audit     audit.Log
	mails     mail.Queue
	name      string
}

// New returns a Service. The caller must close it after its last request.
func New(store Store, clk clock.Clock, log *slog.Logger, config Config) *Service {
	c := config.withDefaults()
	return &Service{
		store:     store,
		clock:     clk,
		log:       log,
		throttle:  c.Throttle,
		byAddress: c.ByAddress,
		hasher:    newHasher(c.Params, c.Hashes, hashPatience, clk),
		tokens:    newTokens(store, clk, c),
		audit:     c.Audit,
		mails:     c.Mails,
		name:      c.Name,
	}
}

// record adds an entry to the audit log in the transaction of ctx; see
// Store.Atomically.
func (s *Service) record(ctx context.Context, e audit.Entry) error {
	if s.audit == nil {
		return nil
	}
	return s.audit.Record(ctx, e)
}

// Prepare creates a signing key if there is none or if the next one is due. The first
// login then does not have to wait for the key.
func (s *Service) Prepare(ctx context.Context) error {
	if _, _, err := s.tokens.keys.signer(ctx); err != nil {
		return fmt.Errorf("preparing the signing keys: %w", err)
	}
	return nil
}

// Close waits until the last-used times of keys are written. A second call has no
// effect.
func (s *Service) Close() error {
	s.touched.writes.Wait()
	return nil
}

// Work returns the cost of all password checks, for metrics.
func (s *Service) Work() Work { return s.hasher.work() }

// PartnerByEmail returns the partner who signs in with an e-mail.
func (s *Service) PartnerByEmail(ctx context.Context, email string) (partnerID id.UUID, found bool, err error) {
	account, found, err := s.store.FindAccount(ctx, NormalEmail(email))
	if err != nil {
		return id.Nil, false, fmt.Errorf("finding a partner by e-mail: %w", err)
	}
	return account.PartnerID, found, nil
}

// legacyCost caches the highest cost of the imported hashes for a minute, so
// that most logins need not read it from the store.
type legacyCost struct {
	mu    sync.Mutex
	cost  int
	until time.Time
}

func (l *legacyCost) get(ctx context.Context, store Store, now time.Time) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if now.Before(l.until) && l.until.Sub(now) <= time.Minute {
		return l.cost, nil
	}
	cost, err := store.LegacyCost(ctx)
	if err != nil {
		return 0, fmt.Errorf("looking for imported passwords: %w", err)
	}
	l.cost, l.until = cost, now.Add(time.Minute)
	return cost, nil
}

func (l *legacyCost) forget() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.until = time.Time{}
}
