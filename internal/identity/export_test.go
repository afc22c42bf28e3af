package identity

import "time"

// What only tests see of the parsers.

func CanonicalHash(encoded string) (string, error) {
	h, err := parseHash(encoded)
	return h.String(), err
}

func ParseKey(token string) (keyID, secret string, ok bool) { return parseKey(token) }

func RememberedTokens(s *Service) int {
	s.tokens.verified.mu.RLock()
	defer s.tokens.verified.mu.RUnlock()
	return len(s.tokens.verified.by)
}

// OccupyHasher takes every slot and lets nobody wait for one.
func OccupyHasher(s *Service) (release func()) {
	for range cap(s.hasher.slots) {
		s.hasher.slots <- struct{}{}
	}
	s.hasher.patience = time.Millisecond
	return func() {
		for range cap(s.hasher.slots) {
			<-s.hasher.slots
		}
	}
}
