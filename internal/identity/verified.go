package identity

import (
	"crypto/sha256"
	"sync"
	"time"
)

// verifiedFor is how long a signature stays checked: also how long a token
// outlives its key when an operator removes a key that leaked.
const verifiedFor = 5 * time.Minute

// verifiedTokens remembers tokens whose signature was good, by hash, so that
// a program that calls often pays for it once. Only good tokens are kept, so
// nobody without one can push others out.
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

// evict makes room: of a few entries in the map's random order the dead ones
// go, or else the first. A live one that is lost costs one RSA check.
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
