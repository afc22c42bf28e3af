package identity

import (
	"crypto/sha256"
	"sync"
	"time"
)

// verifiedFor is how long the result of a signature check is cached. It is also
// how long tokens stay valid after an operator removes a leaked signing key.
const verifiedFor = 5 * time.Minute

// verifiedTokens caches, by hash, the tokens whose signature was valid, so that
// a program that calls often costs one check. It keeps only valid tokens, so
// that forged ones cannot push them out.
type verifiedTokens struct {
	mu    sync.RWMutex
	limit int
	by    map[[sha256.Size]byte]verifiedToken
}

type verifiedToken struct {
	session Session
	until   time.Time
}

func newVerifiedTokens(limit int) *verifiedTokens {
	return &verifiedTokens{limit: limit, by: map[[sha256.Size]byte]verifiedToken{}}
}

func (v *verifiedTokens) get(hash [sha256.Size]byte, now time.Time) (Session, bool) {
	v.mu.RLock()
	found, ok := v.by[hash]
	v.mu.RUnlock()
	return found.session, ok && now.Before(found.until)
}

func (v *verifiedTokens) put(hash [sha256.Size]byte, session Session, now time.Time) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if _, ok := v.by[hash]; !ok && len(v.by) >= v.limit {
		v.evict(now)
	}
	v.by[hash] = verifiedToken{session: session, until: now.Add(verifiedFor)}
}

// evict frees space. It looks at a few entries in the map's random order and
// removes the first, and any other that has expired. Losing a live entry costs
// one RSA check.
func (v *verifiedTokens) evict(now time.Time) {
	looked := 0
	for hash, entry := range v.by {
		dead := !now.Before(entry.until)
		if dead || looked == 0 {
			delete(v.by, hash)
		}
		if looked++; looked >= 8 {
			return
		}
	}
}
