package identity

import (
	"context"
	"time"

	"github.com/tributary-server/tributary/internal/limit"
)

// What only tests see of the parsers.

func CanonicalHash(encoded string) (string, error) {
	h, err := parseHash(encoded)
	return h.String(), err
}

// HashAsTyped is how a password was hashed before its form was looked at.
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

// OccupyHasher takes every place and lets nobody wait long for one.
func OccupyHasher(ctx context.Context, s *Service) (release func()) {
	s.hasher.places = limit.NewPool(limit.PoolConfig{Size: 1, Own: 1, Queue: maxHashing, Patience: time.Millisecond})
	release, err := s.hasher.places.Enter(ctx, "another", false)
	if err != nil {
		panic(err) // the pool is new
	}
	return release
}

// Hashing is how many passwords are being checked and how many wait.
func Hashing(s *Service) limit.Load { return s.hasher.places.Load() }

// HoldHashing takes one place in a pool of one, in which the others wait.
func HoldHashing(ctx context.Context, s *Service) (release func()) {
	s.hasher.places = limit.NewPool(limit.PoolConfig{Size: 1, Own: 1, Queue: maxHashing, Patience: time.Minute})
	release, err := s.hasher.places.Enter(ctx, "another", false)
	if err != nil {
		panic(err) // the pool is new
	}
	return release
}
