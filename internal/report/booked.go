package report

import (
	"sync"

	"github.com/tributary-server/tributary/internal/id"
)

// totalsCache holds the totals of unfiltered reports that depend only on a partner's
// books. They are valid while the partner's revision stays the same. Every request
// reads the revision in its snapshot.
type totalsCache struct {
	mu sync.Mutex
	by map[bookedKey]bookedTotals
}

type bookedKey struct {
	report    string
	partnerID id.UUID
}

type bookedTotals struct {
	revision int64
	values   []value
}

// maxBooked is the maximum number of cached totals. Each needs about 500 bytes.
const maxBooked = 20_000

// get returns the totals of a revision, or nil if they are not cached. The
// caller must not change them.
func (b *totalsCache) get(key bookedKey, revision int64) []value {
	b.mu.Lock()
	defer b.mu.Unlock()
	if found := b.by[key]; found.revision == revision {
		return found.values
	}
	return nil
}

func (b *totalsCache) put(key bookedKey, revision int64, values []value) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.by) >= maxBooked {
		clear(b.by)
	}
	b.by[key] = bookedTotals{revision, values}
}
