package identity

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/tributary-server/tributary/internal/clock"
)

const (
	keyBits    = 2048
	keyIDBytes = 8
	// keyGrace is how long a retired key still verifies tokens. The last token
	// that the key signed is valid for TokenLife. Another process whose clock
	// is behind may sign with the key for up to an hour longer.
	keyGrace = TokenLife + time.Hour
	// keyFreshness is how long the keyring uses its cached keys before it reads
	// them from the store again.
	keyFreshness = 5 * time.Minute
	// keyLookups limits how many times a second the keyring reads the store
	// because of unknown key ids, so that a flood of invented ids does not
	// overload the store. Even during such a flood, a new key is found within a
	// second, because each read fetches all keys.
	keyLookups = 20
)

// keyring caches the signing keys of the store. When a token names a key that
// is not in the cache, because another process created it, the keyring reads
// the keys again.
type keyring struct {
	store       Store
	clock       clock.Clock
	rotateAfter time.Duration

	making sync.Mutex // locked while a key is created, which is slow

	mu      sync.Mutex
	by      map[string]heldKey
	loaded  time.Time
	second  time.Time // second for which lookups counts the reads of the store
	lookups int
}

type heldKey struct {
	private *rsa.PrivateKey
	retired *time.Time
}

func newKeyring(store Store, clk clock.Clock, rotateAfter time.Duration) *keyring {
	return &keyring{store: store, clock: clk, rotateAfter: rotateAfter, by: map[string]heldKey{}}
}

// signer returns the key to sign with. It reads the store each time, so that
// processes soon agree on the newest key.
func (k *keyring) signer(ctx context.Context) (kid string, private *rsa.PrivateKey, err error) {
	current, due, err := k.currentKey(ctx)
	if err != nil {
		return "", nil, err
	}
	if due {
		if current, err = k.rotate(ctx); err != nil {
			return "", nil, err
		}
	}
	held, err := k.hold(current)
	if err != nil {
		return "", nil, err
	}
	return current.ID, held.private, nil
}

// currentKey returns the newest key and reports whether it is due for replacement.
func (k *keyring) currentKey(ctx context.Context) (key SigningKey, due bool, err error) {
	key, found, err := k.store.CurrentSigningKey(ctx)
	if err != nil {
		return SigningKey{}, false, fmt.Errorf("reading the signing key: %w", err)
	}
	return key, !found || k.clock.Now().Sub(key.CreatedAt) >= k.rotateAfter, nil
}

// rotate creates the next key. If another process creates one first, rotate
// returns that key.
func (k *keyring) rotate(ctx context.Context) (SigningKey, error) {
	k.making.Lock()
	defer k.making.Unlock()
	current, due, err := k.currentKey(ctx)
	if err != nil || !due {
		return current, err
	}
	next, err := newSigningKey(current.Generation+1, k.clock.Now())
	if err != nil {
		return SigningKey{}, err
	}
	if err := k.store.AddSigningKey(ctx, next, k.clock.Now().Add(-keyGrace)); err != nil {
		return SigningKey{}, fmt.Errorf("storing a signing key: %w", err)
	}
	current, _, err = k.currentKey(ctx)
	return current, err
}

func newSigningKey(generation int64, now time.Time) (SigningKey, error) {
	private, err := rsa.GenerateKey(rand.Reader, keyBits)
	if err != nil {
		return SigningKey{}, fmt.Errorf("generating a signing key: %w", err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return SigningKey{}, fmt.Errorf("encoding a signing key: %w", err)
	}
	kid := make([]byte, keyIDBytes)
	rand.Read(kid)
	return SigningKey{
		ID:         hex.EncodeToString(kid),
		Generation: generation,
		PrivatePEM: string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})),
		CreatedAt:  now,
	}, nil
}

// publicKey returns the key that verifies tokens with the given kid. found is false
// if there is no such key or if it is no longer accepted.
func (k *keyring) publicKey(ctx context.Context, kid string) (key *rsa.PublicKey, found bool, err error) {
	if len(kid) != 2*keyIDBytes {
		return nil, false, nil
	}
	now := k.clock.Now()
	held, known, ask := k.lookup(kid, now)
	if ask {
		if err := k.load(ctx, now); err != nil {
			return nil, false, err
		}
		held, known, _ = k.lookup(kid, now)
	}
	if !known || (held.retired != nil && now.After(held.retired.Add(keyGrace))) {
		return nil, false, nil
	}
	return &held.private.PublicKey, true, nil
}

// lookup returns the cached key with the given kid. mustRead is true if the
// caller must read the keys from the store.
func (k *keyring) lookup(kid string, now time.Time) (held heldKey, known, mustRead bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	held, known = k.by[kid]
	if age := now.Sub(k.loaded); age < 0 || age >= keyFreshness {
		return held, known, true
	}
	if known {
		return held, true, false
	}
	if second := now.Truncate(time.Second); !second.Equal(k.second) {
		k.second, k.lookups = second, 0
	}
	k.lookups++
	return heldKey{}, false, k.lookups <= keyLookups
}

func (k *keyring) load(ctx context.Context, now time.Time) error {
	keys, err := k.store.SigningKeys(ctx)
	if err != nil {
		return fmt.Errorf("reading the signing keys: %w", err)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	by := make(map[string]heldKey, len(keys))
	for _, key := range keys {
		held, err := k.parsedKey(key)
		if err != nil {
			return err
		}
		by[key.ID] = held
	}
	k.by, k.loaded = by, now
	return nil
}

func (k *keyring) hold(key SigningKey) (heldKey, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	held, err := k.parsedKey(key)
	if err != nil {
		return heldKey{}, err
	}
	k.by[key.ID] = held
	return held, nil
}

// parsedKey returns the parsed form of a key from the store. It parses each key
// only once. The caller holds mu.
func (k *keyring) parsedKey(key SigningKey) (heldKey, error) {
	if held, known := k.by[key.ID]; known {
		return heldKey{private: held.private, retired: key.RetiredAt}, nil
	}
	private, err := parsePrivate(key.PrivatePEM)
	if err != nil {
		return heldKey{}, fmt.Errorf("reading the signing key %s: %w", key.ID, err)
	}
	return heldKey{private: private, retired: key.RetiredAt}, nil
}

func parsePrivate(text string) (*rsa.PrivateKey, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, errors.New("the stored key is not in PEM format")
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, errors.New("the stored key is not in PKCS #8 format") // the cause might contain part of the key
	}
	private, ok := parsed.(*rsa.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("expected an RSA key, found %T", parsed)
	}
	return private, nil
}
