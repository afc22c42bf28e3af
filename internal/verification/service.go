package verification

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/tributary-server/tributary/internal/audit"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/mail"
)

// Security is how partners prove that it is they who ask.
type Security interface {
	// Channel tells where a partner gets its codes from, and its e-mail.
	// NotFound: there is no such partner.
	Channel(ctx context.Context, partnerID id.UUID) (channel Channel, email string, err error)
	// UseCode tells whether a code is one that the partner's authenticator app
	// shows now or one of its recovery codes, and uses it up. Throttled: too
	// many wrong ones came before in the same count.
	UseCode(ctx context.Context, partnerID id.UUID, count, code string) (right bool, err error)
}

// Config is what a Service needs beside its store.
type Config struct {
	Binders   map[Type]Binder // of the operations that there are
	Security  Security
	Mails     mail.Queue
	Audit     audit.Log
	MemoryKiB uint32 // of a code's hash; 0: 19 MiB
}

// Service starts and completes operations. It is safe for concurrent use, by
// several processes on one store as well.
type Service struct {
	store    Store
	clock    clock.Clock
	binders  map[Type]Binder
	security Security
	mails    mail.Queue
	audit    audit.Log
	hasher   *hasher
}

// New returns a Service.
func New(store Store, clk clock.Clock, c Config) *Service {
	return &Service{
		store: store, clock: clk, binders: c.Binders, security: c.Security, mails: c.Mails, audit: c.Audit,
		hasher: newHasher(c.MemoryKiB),
	}
}

// Started is what a partner is told about an operation.
type Started struct {
	ID        id.UUID
	Channel   Channel
	ExpiresAt time.Time
}

// Start begins an operation: what payload says is bound to a code, which goes
// to the partner's mailbox, or is shown by its authenticator app.
//
// ValidationError on "operation_type", or on "payload" and its fields, such as
// "payload.amount", as the type's Binder says: NotFound too. Throttled: the partner started too many.
func (s *Service) Start(ctx context.Context, partnerID id.UUID, t Type, payload json.RawMessage) (Started, error) {
	return s.StartBy(ctx, partnerID, t, payload, "")
}

// StartBy is Start for a code that comes by one channel; empty: the partner's.
// ValidationError on "verification_method": it is not the partner's.
func (s *Service) StartBy(ctx context.Context, partnerID id.UUID, t Type, payload json.RawMessage, by Channel) (Started, error) {
	binder, known := s.binders[t]
	if !known {
		return Started{}, fault.Invalid("operation_type", "invalid_choice", "There is no such operation that needs a code.")
	}
	bound, err := binder.Bind(ctx, partnerID, payload)
	if err != nil {
		return Started{}, fault.Renamed(err, within)
	}
	for {
		op, ok, err := s.start(ctx, partnerID, t, bound, by)
		if err != nil || ok {
			return Started{ID: op.ID, Channel: op.Channel, ExpiresAt: op.ExpiresAt}, err
		}
	}
}

// start is one attempt at it. ok = false: the partner's channel was changed
// meanwhile.
func (s *Service) start(ctx context.Context, partnerID id.UUID, t Type, bound Bound, by Channel) (op Operation, ok bool, err error) {
	channel, email, err := s.security.Channel(ctx, partnerID)
	if err != nil {
		return Operation{}, false, err
	}
	if by != "" && by != channel {
		return Operation{}, false, fault.Invalid("verification_method", "wrong_channel",
			fmt.Sprintf("Your codes come by %s. Send that, or leave the field out.", channel))
	}
	// Looked at again below: here so that what is refused costs no hash.
	if err := s.limit(ctx, partnerID, t, s.clock.Now()); err != nil {
		return Operation{}, false, err
	}
	var code, hash string
	if channel == Email { // before the transaction: a hash takes long
		code = newCode()
		if hash, err = s.hasher.hash(ctx, code); err != nil {
			return Operation{}, false, err
		}
	}
	err = s.store.Atomically(ctx, func(ctx context.Context) error {
		if err := s.store.Hold(ctx, partnerID); err != nil {
			return fmt.Errorf("starting a verification: %w", err)
		}
		var current Channel
		if current, email, err = s.security.Channel(ctx, partnerID); err != nil {
			return err
		}
		if ok = current == channel; !ok {
			return nil
		}
		now := s.clock.Now()
		if err := s.limit(ctx, partnerID, t, now); err != nil {
			return err
		}
		op = Operation{
			PartnerID: partnerID, ID: id.New(), Type: t, Digest: bound.Digest, Summary: bound.Summary,
			Channel: channel, CodeHash: hash, Credential: credentialOf(ctx), CreatedAt: now, ExpiresAt: now.Add(CodeLife),
		}
		if err := s.store.Add(ctx, op); err != nil {
			return fmt.Errorf("starting a verification: %w", err)
		}
		if channel != Email {
			return nil
		}
		return s.mails.Enqueue(ctx, codeMail(partnerID, email, bound.Summary, code))
	})
	return op, ok, err
}

// limit refuses the caller that starts too many.
func (s *Service) limit(ctx context.Context, partnerID id.UUID, t Type, now time.Time) error {
	var wait time.Duration
	for _, l := range boundsOf(credentialOf(ctx), t) {
		at, found, err := s.store.Latest(ctx, partnerID, l.pool, l.operations)
		if err != nil {
			return fmt.Errorf("counting verifications: %w", err)
		}
		// A clock that was set back must not keep anybody waiting for years.
		if age := now.Sub(at); found && age < l.window && age > -l.window {
			wait = max(wait, min(l.window-age, l.window))
		}
	}
	if wait > 0 {
		return &fault.Error{Code: fault.Throttled, RetryAfter: wait}
	}
	return nil
}

// Purge removes operations that nobody asks about any more: what a job does
// each hour.
func (s *Service) Purge(ctx context.Context) error {
	if err := s.store.Purge(ctx, s.clock.Now().Add(-keep)); err != nil {
		return fmt.Errorf("removing old verifications: %w", err)
	}
	return nil
}
