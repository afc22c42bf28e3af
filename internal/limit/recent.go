package limit

import (
	"sync"
	"time"
)

// Recent remembers which keys were marked recently. It is safe for concurrent
// use.
type Recent struct {
	life     time.Duration
	capacity int

	mu sync.Mutex
	at map[string]time.Time
}

// NewRecent returns a Recent that remembers up to capacity keys, each for the
// given time.
func NewRecent(keepFor time.Duration, capacity int) *Recent {
	return &Recent{life: keepFor, capacity: capacity, at: map[string]time.Time{}}
}

// Mark remembers key. If there are already too many keys, it forgets one of them.
func (r *Recent) Mark(key string, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, known := r.at[key]; !known && len(r.at) >= r.capacity {
		r.forget(now)
	}
	r.at[key] = now
}

// Has reports whether key was marked recently.
func (r *Recent) Has(key string, now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	at, known := r.at[key]
	return known && now.Sub(at) < r.life
}

// forget removes expired keys. If none has expired, it removes any other.
func (r *Recent) forget(now time.Time) {
	for key, at := range r.at {
		if now.Sub(at) >= r.life {
			delete(r.at, key)
		}
	}
	for key := range r.at {
		if len(r.at) < r.capacity {
			return
		}
		delete(r.at, key)
	}
}
