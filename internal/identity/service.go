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

// Config is what an operator may choose. Zero values mean the defaults.
type Config struct {
	Issuer      string        // iss of every token; default "tributary"
	Params      Params        // costs of new password hashes; default DefaultParams
	Hashes      int           // passwords checked at the same time; default: one per core, at most 8
	Throttle    Throttle      // delays failed logins of an account from an address; default DefaultThrottle
	ByAddress   Throttle      // delays failed logins of an address; default DefaultAddressThrottle
	RotateAfter time.Duration // age at which a signing key is replaced; default 30 days
	Remembered  int           // verified tokens kept in memory; default 10,000
	Audit       audit.Log     // records log-ins, keys and sessions; nil: nothing is recorded
	Mails       mail.Queue    // sends partners the mails about their security; nil: none are sent
	Name        string        // the programme's name in authenticator apps; default "Tributary"
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

// hashPatience is how long a login waits until its password is checked.
const hashPatience = 10 * time.Second

// Service signs partners in and finds who a token or key belongs to. It is safe
// for concurrent use, by several processes on one store as well.
type Service struct {
	store     Store
	clock     clock.Clock
	log       *slog.Logger
	throttle  Throttle
	byAddress Throttle
	hasher    *hasher
	tokens    *tokens
	legacy    legacyCost
	touched   touches
	audit     audit.Log
	mails     mail.Queue
	name      string
}

// New returns a Service. Close it once no request uses it.
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

// record adds an entry to the audit log, in the transaction that ctx is inside
// of: see Store.Atomically.
func (s *Service) record(ctx context.Context, e audit.Entry) error {
	if s.audit == nil {
		return nil
	}
	return s.audit.Record(ctx, e)
}

// Prepare makes a signing key if there is none, or if the next one is due, so
// that the first login does not have to wait for it.
func (s *Service) Prepare(ctx context.Context) error {
	if _, _, err := s.tokens.keys.signer(ctx); err != nil {
		return fmt.Errorf("preparing the signing keys: %w", err)
	}
	return nil
}

// Close waits until the last-used times of keys are written. Closing twice is
// allowed.
func (s *Service) Close() error {
	s.touched.writes.Wait()
	return nil
}

// Work returns what checking passwords has cost, for metrics.
func (s *Service) Work() Work { return s.hasher.work() }

// PartnerByEmail returns the partner who signs in with an e-mail.
func (s *Service) PartnerByEmail(ctx context.Context, email string) (partnerID id.UUID, found bool, err error) {
	account, found, err := s.store.FindAccount(ctx, NormalEmail(email))
	if err != nil {
		return id.Nil, false, fmt.Errorf("finding a partner by e-mail: %w", err)
	}
	return account.PartnerID, found, nil
}

// legacyCost remembers for a minute whether imported hashes are left, so that
// not every login has to ask the store.
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
