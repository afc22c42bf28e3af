// Package limittest provides a fake limit.Counter for tests. It is not part of
// the server.
package limittest

import (
	"context"
	"sync"
	"time"

	"github.com/tributary-server/tributary/internal/limit"
)

// Counter returns the same result for every call and records the keys.
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

// Keys returns the keys of all calls in order.
func (c *Counter) Keys() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]string(nil), c.keys...)
}
