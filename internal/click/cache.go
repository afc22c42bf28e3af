package click

import (
	"sync"
	"time"

	"github.com/tributary-server/tributary/internal/clock"
)

// cacheLife is how long a value is cached. A changed link therefore takes
// effect after this time at the latest.
const cacheLife = 3 * time.Second

// cache stores values for cacheLife, and also remembers that a value does not
// exist. A full cache removes all its entries.
type cache[K comparable, V any] struct {
	clock clock.Clock
	most  int
	mu    sync.Mutex
	rows  map[K]cached[V]
}

type cached[V any] struct {
	value V
	at    time.Time
}

func newCache[K comparable, V any](c clock.Clock, most int) *cache[K, V] {
	return &cache[K, V]{clock: c, most: most, rows: map[K]cached[V]{}}
}

func (c *cache[K, V]) find(key K, now time.Time) (value V, fresh bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	row, found := c.rows[key]
	age := now.Sub(row.at)
	return row.value, found && age >= 0 && age < cacheLife
}

func (c *cache[K, V]) get(key K, load func() (V, error)) (V, error) {
	now := c.clock.Now()
	if value, fresh := c.find(key, now); fresh {
		return value, nil
	}
	value, err := load()
	if err != nil {
		return value, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.rows) >= c.most {
		clear(c.rows)
	}
	c.rows[key] = cached[V]{value, now}
	return value, nil
}
