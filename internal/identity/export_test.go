package identity

import (
	"context"
	"time"

	"github.com/tributary-server/tributary/internal/limit"
)

func CanonicalHash(encoded string) (string, error) {
	h, err := parseHash(encoded)
	return h.String(), err
}

// HashAsTyped hashes a password without normalising it to NFC, as older
// versions did.
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

// OccupyHasher occupies the whole capacity of the hasher, so that a login fails
// after it has waited for a millisecond.
func OccupyHasher(ctx context.Context, s *Service) (release func()) {
	s.hasher.places = limit.NewPool(limit.PoolConfig{Size: 1, Own: 1, Queue: maxHashing, Patience: time.Millisecond})
	release, err := s.hasher.places.Enter(ctx, "another", false)
	if err != nil {
		panic(err)
	}
	return release
}

func Hashing(s *Service) limit.Load { return s.hasher.places.Load() }

// HoldHashing occupies the whole capacity of the hasher, so that logins wait
// until the test calls the returned function.
func HoldHashing(ctx context.Context, s *Service) (release func()) {
	s.hasher.places = limit.NewPool(limit.PoolConfig{Size: 1, Own: 1, Queue: maxHashing, Patience: time.Minute})
	release, err := s.hasher.places.Enter(ctx, "another", false)
	if err != nil {
		panic(err)
	}
	return release
}

// Trusts reports whether passwords from an IP address are hashed first.
func Trusts(s *Service, address string) bool {
	return s.hasher.trusted.Has(limit.AddressKeyOf(address), s.clock.Now())
}
