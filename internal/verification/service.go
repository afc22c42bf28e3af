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

// Security proves the identity of partners. identity.Service implements it. Tests
// use programmetest.Mailed instead.
type Security interface {
	// Channel returns the channel by which a partner gets codes, and the partner's
	// e-mail address. It returns NotFound if there is no such partner.
	Channel(ctx context.Context, partnerID id.UUID) (channel Channel, email string, err error)
	// UseCode reports whether a code is the one that the partner's authenticator
	// app shows now, or is one of the partner's recovery codes. A right code can be
	// used only once. The named counter counts wrong codes. After too many of them,
	// UseCode returns Throttled.
	UseCode(ctx context.Context, partnerID id.UUID, counter, code string) (right bool, err error)
}

// Config is the configuration of a Service.
type Config struct {
	Binders   map[Type]Binder // by type of operation; operations of other types are refused
	Security  Security
	Mails     mail.Queue
	Audit     audit.Log
	MemoryKiB uint32 // memory for hashing a code; 0 means 19 MiB
}

// Service starts and completes operations. It is safe for concurrent use.
// Several processes may use one store.
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

// Started describes a started operation to the partner.
type Started struct {
	ID        id.UUID
	Channel   Channel
	ExpiresAt time.Time
}

// Start starts an operation, and sends the partner a code that authorises only the
// content of the given payload. A secure partner's authenticator app shows the
// code.
//
// It returns ValidationError for operation_type if the type is unknown. It also
// returns the Binder's errors, which are NotFound, or ValidationError for
// payload or one of its fields, such as payload.amount. It returns Throttled if
// the partner has started too many operations.
func (s *Service) Start(ctx context.Context, partnerID id.UUID, t Type, payload json.RawMessage) (Started, error) {
	return s.StartBy(ctx, partnerID, t, payload, "")
}

// StartBy is like Start, but also requires a channel for the code. An empty
// channel means the partner's channel. StartBy returns ValidationError for
// verification_method if the partner has a different channel.
func (s *Service) StartBy(ctx context.Context, partnerID id.UUID, t Type, payload json.RawMessage, by Channel) (Started, error) {
	binder, known := s.binders[t]
	if !known {
		return Started{}, fault.Invalid("operation_type", "invalid_choice", "No operation of this type needs a code.")
	}
	bound, err := binder.Bind(ctx, partnerID, payload)
	if err != nil {
		return Started{}, fault.Renamed(err, payloadField)
	}
	for {
		op, ok, err := s.start(ctx, partnerID, t, bound, by)
		if err != nil || ok {
			return Started{ID: op.ID, Channel: op.Channel, ExpiresAt: op.ExpiresAt}, err
		}
	}
}

// start tries once to start an operation. ok is false if the partner's channel
// changed meanwhile. The caller must then try again.
func (s *Service) start(ctx context.Context, partnerID id.UUID, t Type, bound Bound, by Channel) (op Operation, ok bool, err error) {
	channel, email, err := s.security.Channel(ctx, partnerID)
	if err != nil {
		return Operation{}, false, err
	}
	if by != "" && by != channel {
		return Operation{}, false, fault.Invalid("verification_method", "wrong_channel",
			fmt.Sprintf("Your codes are sent by %s. Send that value, or omit the field.", channel))
	}
	// The transaction below checks the limit again. This check only avoids
	// computing a hash for an operation that will be refused.
	if err := s.limit(ctx, partnerID, t, s.clock.Now()); err != nil {
		return Operation{}, false, err
	}
	var code, hash string
	if channel == Email { // hash before the transaction, because hashing is slow
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

func (s *Service) limit(ctx context.Context, partnerID id.UUID, t Type, now time.Time) error {
	var wait time.Duration
	for _, l := range boundsOf(credentialOf(ctx), t) {
		at, found, err := s.store.Latest(ctx, partnerID, l.pool, l.operations)
		if err != nil {
			return fmt.Errorf("counting verifications: %w", err)
		}
		// If the clock was set back, an operation seems to be in the future, and must not
		// make anyone wait for years.
		if age := now.Sub(at); found && age < l.window && age > -l.window {
			wait = max(wait, min(l.window-age, l.window))
		}
	}
	if wait > 0 {
		return &fault.Error{Code: fault.Throttled, RetryAfter: wait}
	}
	return nil
}

// Purge removes operations that are older than 30 days.
func (s *Service) Purge(ctx context.Context) error {
	if err := s.store.Purge(ctx, s.clock.Now().Add(-keep)); err != nil {
		return fmt.Errorf("removing old verifications: %w", err)
	}
	return nil
}
