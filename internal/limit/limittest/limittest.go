// Package limittest has a fake of what limit counts with. It does not ship.
package limittest

import (
	"context"
	"sync"
	"time"

	"github.com/tributary-server/tributary/internal/limit"
)

// Counter answers every call the same, and remembers whose they were.
type Counter struct {
	Quota limit.Quota
	Err   error

	mu   sync.Mutex
	keys []string
}

// Take implements limit.Counter.
func (c *Counter) Take(_ context.Context, key string, _ limit.Rate, _ time.Time) (limit.Quota, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.keys = append(c.keys, key)
	return c.Quota, c.Err
}

// Keys lists the keys of all calls, in their order.
func (c *Counter) Keys() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]string(nil), c.keys...)
}
