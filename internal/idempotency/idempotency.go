// Package idempotency lets a caller repeat a request whose result is unknown.
// Requests with the same key take effect only once. Every repetition of a
// request gets the first response again.
//
// The caller chooses the key, preferably at random. The database contains only the
// key's hash. The response is encrypted with the key, because it may contain secrets
// that are shown only once. Therefore a person who can read the database can read no
// key and no response.
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

// Field is the name of the request header that contains the key. Errors about the
// key use it as the name of the field.
const Field = "Idempotency-Key"

const (
	// MaxKey is the maximum length of a key, which must be ASCII.
	MaxKey = 255
	// kept is how long a response can be replayed. The API promises 24 hours.
	kept = 48 * time.Hour
	// purged is the maximum number of responses that one transaction removes.
	purged = 5000
)

// Call is a request with a key.
type Call struct {
	Owner      id.UUID // the partner; id.Nil for the broker or a caller without credentials
	Credential string  // id of the broker's key or staff member
	Operation  string
	Key        string // value of the Idempotency-Key header
	Content    Digest // digest of everything that distinguishes this request from others
}

// Digest identifies a request's content.
type Digest [sha256.Size]byte

// DigestOf returns the digest of a request's parts. Two encodings of the same JSON
// have different digests, because their bytes differ.
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
	Body   []byte // body as it was sent; nil if the response has none
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

// Store stores responses. In production it is an SQLStore, and in tests a store in
// memory.
type Store interface {
	// Lock runs fn in one transaction. Other calls of Lock for the same owner wait.
	// All changes that fn makes with its context are committed together or not at
	// all. Lock may call fn several times, and only the changes of the last call are
	// committed.
	Lock(ctx context.Context, owner id.UUID, fn func(ctx context.Context) error) error
	Find(ctx context.Context, owner id.UUID, keyHash [sha256.Size]byte) (record Record, found bool, err error)
	Add(ctx context.Context, record Record) error
	// Purge removes up to limit records that were stored before cutoff.
	Purge(ctx context.Context, cutoff time.Time, limit int) (removed int64, err error)
}

// Service makes sure that a request with a key takes effect only once.
type Service struct {
	store Store
	clock clock.Clock
}

// New returns a Service. Several processes may use one store at the same time.
func New(store Store, clk clock.Clock) *Service { return &Service{store, clk} }

// Once carries out a request by calling fn. If the request has already taken
// effect, Once returns the earlier response instead. The changes that fn makes
// with its context are stored in the same transaction as the response. If fn
// fails, nothing is stored, and the key can be used again. Once may call fn
// several times, and stores only the changes of the last call.
//
// It returns ValidationError for Idempotency-Key if the key is malformed, or
// was used with a different request. It returns other errors of fn unchanged.
func (s *Service) Once(ctx context.Context, call Call, fn func(ctx context.Context) (Answer, error)) (answer Answer, replayed bool, err error) {
	if answer, replayed, err = s.Replay(ctx, call); err != nil || replayed {
		return answer, replayed, err
	}
	keyHash := call.keyHash()
	err = s.store.Lock(ctx, call.Owner, func(ctx context.Context) error {
		// Another request with the same key may have been completed meanwhile.
		if answer, replayed, err = s.replay(ctx, call, keyHash); err != nil || replayed {
			return err
		}
		if answer, err = fn(ctx); err != nil {
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

// Replay returns the earlier response to a request. replayed is false if the
// request has not been carried out yet. If a caller has to prepare a request
// and that is slow, it calls Replay first, because a repeated request needs no
// preparation.
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
