// Package idempotency lets a caller repeat a request whose result is unknown.
// Requests with the same key take effect only once. Every repetition gets the
// first response again.
//
// The caller chooses the key, preferably at random. The store has only the
// key's hash. It encrypts the response with the key, because the response may
// contain secrets that are shown only once. A person who can read the store can
// therefore read neither the key nor the response.
package idempotency

import (
	"context"
	"crypto/sha256"
	"fmt"
	"strings"
	"time"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
)

// Field is the name of the request header with the key. It is also the name of
// the field in errors about the key.
const Field = "Idempotency-Key"

const (
	// MaxKey is the maximum length of a key in characters, which must be ASCII.
	MaxKey = 255
	// kept is the time for which a response can be replayed. The API promises 24
	// hours.
	kept = 48 * time.Hour
	// purged is the maximum number of responses that one transaction removes.
	purged = 5000
)

// Call is a request with a key.
type Call struct {
	Owner      id.UUID // the partner; id.Nil for the broker or a caller without credentials
	Credential string  // id of the broker's key
	Operation  string
	Key        string // as the caller sent it
	Content    Digest // digest of everything that makes the request different from others
}

// Digest identifies a request's content.
type Digest [sha256.Size]byte

// DigestOf returns the digest of the parts of a request. Parts with different
// bytes have different digests, even if they are the same JSON in another form.
func DigestOf(parts ...[]byte) Digest { return hash(parts...) }

// hash returns the SHA-256 of parts. It includes their lengths, so that
// different lists of parts have different hashes.
func hash(parts ...[]byte) (sum [sha256.Size]byte) {
	h := sha256.New()
	for _, part := range parts {
		fmt.Fprintf(h, "%d:", len(part))
		h.Write(part)
	}
	return [sha256.Size]byte(h.Sum(nil))
}

// Answer is the response to a request.
type Answer struct {
	Status int
	Body   []byte // as the caller got it; nil if the response has no body
}

// Record is the stored form of a request that took effect.
type Record struct {
	Owner     id.UUID
	KeyHash   [sha256.Size]byte // hash of the credential, the operation and the key
	Operation string
	Content   Digest
	Status    int
	Sealed    []byte // encrypted body
	CreatedAt time.Time
}

// Store stores responses. SQLStore implements it.
type Store interface {
	// Lock runs fn in one transaction. Other Locks of the same owner wait. All
	// changes that fn makes with its context are committed together or not at all.
	// Lock may call fn several times, and only the last call takes effect.
	Lock(ctx context.Context, owner id.UUID, fn func(ctx context.Context) error) error
	Find(ctx context.Context, owner id.UUID, keyHash [sha256.Size]byte) (record Record, found bool, err error)
	Add(ctx context.Context, record Record) error
	// Purge removes up to limit records from before a time.
	Purge(ctx context.Context, before time.Time, limit int) (removed int64, err error)
}

// Service makes each request take effect once.
type Service struct {
	store Store
	clock clock.Clock
}

// New returns a Service. Several processes may use one store at the same time.
func New(store Store, clk clock.Clock) *Service { return &Service{store, clk} }

// Once calls do to make a request take effect. If the request has already taken
// effect, it returns the earlier response instead. The changes that do makes
// with its context are stored in the same transaction as the response. If do
// fails, nothing is stored, and the key can be used again. Once may call do
// several times, and only the last call takes effect.
//
// It returns ValidationError for Idempotency-Key if the key is malformed, or
// was used with a different request. It returns other errors of do unchanged.
func (s *Service) Once(ctx context.Context, call Call, do func(ctx context.Context) (Answer, error)) (answer Answer, replayed bool, err error) {
	if answer, replayed, err = s.Replay(ctx, call); err != nil || replayed {
		return answer, replayed, err
	}
	keyHash := call.keyHash()
	err = s.store.Lock(ctx, call.Owner, func(ctx context.Context) error {
		// Another request with the same key may have been completed meanwhile.
		if answer, replayed, err = s.replay(ctx, call, keyHash); err != nil || replayed {
			return err
		}
		if answer, err = do(ctx); err != nil {
			return err
		}
		sealed, err := seal(call.Key, keyHash, answer)
		if err != nil {
			return err
		}
		return s.store.Add(ctx, Record{
			Owner: call.Owner, KeyHash: keyHash, Operation: call.Operation, Content: call.Content,
			Status: answer.Status, Sealed: sealed, CreatedAt: s.clock.Now(),
		})
	})
	if err != nil {
		return Answer{}, false, err
	}
	return answer, replayed, nil
}

// Replay returns the earlier response to a request that has already taken
// effect. replayed is false if it has not. Replay is for callers whose
// preparations are slow, because a repetition does not need them.
//
// It returns ValidationError for Idempotency-Key in the same cases as Once.
func (s *Service) Replay(ctx context.Context, call Call) (answer Answer, replayed bool, err error) {
	if err := checkKey(call.Key); err != nil {
		return Answer{}, false, err
	}
	return s.replay(ctx, call, call.keyHash())
}

func (c *Call) keyHash() [sha256.Size]byte {
	return hash([]byte(c.Credential), []byte(c.Operation), []byte(c.Key))
}

func (s *Service) replay(ctx context.Context, call Call, keyHash [sha256.Size]byte) (answer Answer, found bool, err error) {
	record, found, err := s.store.Find(ctx, call.Owner, keyHash)
	if err != nil {
		return Answer{}, false, fmt.Errorf("looking for an earlier response: %w", err)
	}
	if !found {
		return Answer{}, false, nil
	}
	if record.Content != call.Content {
		return Answer{}, false, fault.Invalid(Field, "already_used", "This key was used for another request. Use a new key for each request.")
	}
	answer, err = open(call.Key, keyHash, record)
	return answer, err == nil, err
}

// Purge removes responses that are 48 hours old.
func (s *Service) Purge(ctx context.Context) error {
	before := s.clock.Now().Add(-kept)
	for {
		removed, err := s.store.Purge(ctx, before, purged)
		if err != nil {
			return fmt.Errorf("removing old responses: %w", err)
		}
		if removed < purged {
			return nil
		}
	}
}

func checkKey(key string) error {
	switch {
	case key == "":
		return fault.Invalid(Field, "blank", "This field may not be blank.")
	case len(key) > MaxKey:
		return fault.Invalid(Field, "max_length", fmt.Sprintf("Ensure this field has no more than %d characters.", MaxKey))
	case strings.IndexFunc(key, func(c rune) bool { return c < ' ' || c > '~' }) >= 0:
		return fault.Invalid(Field, "invalid", "Only printable ASCII characters are allowed.")
	}
	return nil
}
