package identity

import (
	"context"
	"time"

	"github.com/tributary-server/tributary/internal/limit"
)

// These export the parsers to the tests.

func CanonicalHash(encoded string) (string, error) {
	h, err := parseHash(encoded)
	return h.String(), err
}

// HashAsTyped hashes a password without composing it, as older versions did.
func HashAsTyped(password string) string {
	salt, p := []byte("0123456789abcdef"), Params{MemoryKiB: 64, Passes: 1, Threads: 1}
	return storedHash{params: p, salt: salt, sum: argon2Sum(password, salt, p, hashBytes)}.String()
}

func ParseKey(token string) (keyID, secret string, ok bool) { return parseKey(token) }

func RememberedTokens(s *Service) int {
	s.tokens.verified.mu.RLock()
	defer s.tokens.verified.mu.RUnlock()
	return len(s.tokens.verified.by)
}

// OccupyHasher takes every place of the hasher, so that a login gives up after
// a short wait.
func OccupyHasher(ctx context.Context, s *Service) (release func()) {
	s.hasher.places = limit.NewPool(limit.PoolConfig{Size: 1, Own: 1, Queue: maxHashing, Patience: time.Millisecond})
	release, err := s.hasher.places.Enter(ctx, "another", false)
	if err != nil {
		panic(err) // the pool is new
	}
	return release
}

// Hashing returns how many passwords are being checked and how many wait.
func Hashing(s *Service) limit.Load { return s.hasher.places.Load() }

// HoldHashing takes the only place of a pool, so that the others wait.
func HoldHashing(ctx context.Context, s *Service) (release func()) {
	s.hasher.places = limit.NewPool(limit.PoolConfig{Size: 1, Own: 1, Queue: maxHashing, Patience: time.Minute})
	release, err := s.hasher.places.Enter(ctx, "another", false)
	if err != nil {
		panic(err) // the pool is new
	}
	return release
}
