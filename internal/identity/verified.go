package identity

import (
	"crypto/sha256"
	"sync"
	"time"
)

// verifiedFor is how long the result of a signature check is cached. When an
// operator removes a leaked signing key, the tokens that it signed remain valid
// for up to this time.
const verifiedFor = 5 * time.Minute

// verifiedTokens caches tokens with a valid signature under their hashes, so
// that a program which sends many requests costs only one check. Forged tokens
// are not cached, so they cannot displace valid ones.
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

// evict removes at least one entry to free space. It looks at up to 8 entries in
// the map's random order. It removes the first of them and all that have expired. If
// a removed entry is still valid, its next use costs one more RSA check.
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
