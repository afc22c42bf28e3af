// Package idempotency lets a caller safely repeat a request whose result it
// does not know. With the same key the request takes effect once, and every
// repetition gets the first answer.
//
// A key is a text that the caller chooses, preferably at random. Only its hash
// is stored. The answer is stored encrypted with the key, because it may
// contain secrets that are shown only once. A reader of the store can therefore
// read neither.
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

// Field is the name of the key, as a request's header and in errors.
const Field = "Idempotency-Key"

const (
	// MaxKey is the longest key, in characters, which are all ASCII.
	MaxKey = 255
	// kept is how long an answer can be replayed. The contract asks for 24
	// hours.
	kept = 48 * time.Hour
	// purged is how many answers are removed in one transaction.
	purged = 5000
)

// Call is a request with a key.
type Call struct {
	Owner      id.UUID // the partner; id.Nil: the broker, or a caller without credentials
	Credential string  // for the broker: the id of its key
	Operation  string
	Key        string // as the caller sent it
	Content    Digest // digest of everything that defines the request
}

// Digest identifies a request's content.
type Digest [sha256.Size]byte

// DigestOf returns the digest of a content's parts, byte for byte. The same
// JSON in another format has another digest.
func DigestOf(parts ...[]byte) Digest { return hash(parts...) }

// hash is SHA-256 over parts with their lengths, so that different lists of
// parts have different hashes.
func hash(parts ...[]byte) (sum [sha256.Size]byte) {
	h := sha256.New()
	for _, part := range parts {
		fmt.Fprintf(h, "%d:", len(part))
		h.Write(part)
	}
	return [sha256.Size]byte(h.Sum(nil))
}

// Answer is the answer to a request.
type Answer struct {
	Status int
	Body   []byte // as the caller got it; nil: none
}

// Record is what is stored about a request that took effect.
type Record struct {
	Owner     id.UUID
	KeyHash   [sha256.Size]byte // hash of the credential, the operation and the key
	Operation string
	Content   Digest
	Status    int
	Sealed    []byte // the body
	CreatedAt time.Time
}

// Store stores the answers. SQLStore implements it; httpapi's tests count what
// theirs is asked, and this package's carry out each transaction twice.
type Store interface {
	// Lock runs fn in one transaction, while every other Lock waits. Everything
	// that fn does with its context is committed together or not at all. fn may
	// be called several times; the last call counts.
	Lock(ctx context.Context, fn func(ctx context.Context) error) error
	Find(ctx context.Context, owner id.UUID, keyHash [sha256.Size]byte) (record Record, found bool, err error)
	Add(ctx context.Context, record Record) error
	// Purge removes up to limit records made before a moment.
	Purge(ctx context.Context, before time.Time, limit int) (removed int64, err error)
}

// Service carries out each request once.
type Service struct {
	store Store
	clock clock.Clock
}

// New returns a Service. It is safe for concurrent use, also by several
// processes on one store.
func New(store Store, clk clock.Clock) *Service { return &Service{store, clk} }

// Once carries out a request by calling do. If the request was carried out
// before, Once returns the earlier answer instead. Everything that do does with
// its context, and storing the answer, is one transaction. If do fails, nothing
// is stored, and the key can be used again. do may be called several times; the
// last call counts.
//
// Once returns a ValidationError on Idempotency-Key if the key is malformed, or
// was used before with other content. Other errors are those of do.
func (s *Service) Once(ctx context.Context, call Call, do func(ctx context.Context) (Answer, error)) (answer Answer, replayed bool, err error) {
	if answer, replayed, err = s.Replay(ctx, call); err != nil || replayed {
		return answer, replayed, err
	}
	keyHash := call.keyHash()
	err = s.store.Lock(ctx, func(ctx context.Context) error {
		// Another request with the same key may have finished meanwhile.
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

// Replay returns the earlier answer to a request, if it was carried out before.
// Call it before slow preparations that a repetition does not need.
//
// It returns a ValidationError on Idempotency-Key as Once does.
func (s *Service) Replay(ctx context.Context, call Call) (answer Answer, replayed bool, err error) {
	if err := checkKey(call.Key); err != nil {
		return Answer{}, false, err
	}
	return s.replay(ctx, call, call.keyHash())
}

func (c *Call) keyHash() [sha256.Size]byte {
	return hash([]byte(c.Credential), []byte(c.Operation), []byte(c.Key))
}

// replay finds the earlier answer to a request.
func (s *Service) replay(ctx context.Context, call Call, keyHash [sha256.Size]byte) (answer Answer, found bool, err error) {
	record, found, err := s.store.Find(ctx, call.Owner, keyHash)
	if err != nil {
		return Answer{}, false, fmt.Errorf("looking for an earlier answer: %w", err)
	}
	if !found {
		return Answer{}, false, nil
	}
	if record.Content != call.Content {
		return Answer{}, false, fault.Invalid(Field, "already_used", "This key was used for another request. Choose a new one for each.")
	}
	answer, err = open(call.Key, keyHash, record)
	return answer, err == nil, err
}

// Purge removes answers that are 48 hours old: see kept.
func (s *Service) Purge(ctx context.Context) error {
	before := s.clock.Now().Add(-kept)
	for {
		removed, err := s.store.Purge(ctx, before, purged)
		if err != nil {
			return fmt.Errorf("removing old answers: %w", err)
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
