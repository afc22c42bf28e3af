package outbox

import "github.com/tributary-server/tributary/internal/id"

// These are the limits on concurrent work. Each endpoint that has work gets its
// own goroutine, so a slow endpoint delays no other endpoint.
const (
	maxServed        = 64 // maximum number of endpoints that are served concurrently
	maxServedPartner = 4  // maximum number of one partner's endpoints that are served concurrently
	// firstSlots is the number of slots that only a partner's first endpoint may
	// use, and only if that endpoint is not failing. Without these slots,
	// partners with slow or dead receivers could use up all slots.
	firstSlots = 16

	maxCalls = 4 // maximum number of concurrent requests to one endpoint; 1 while the endpoint fails
)

// maxCalls returns how many concurrent requests this process may send to one
// endpoint.
func (c *Courier) maxCalls() int {
	if c.Processes == nil {
		return maxCalls
	}
	return max(1, maxCalls/c.Processes())
}

func (c *Courier) servedEndpoints() []id.UUID {
	c.mu.Lock()
	defer c.mu.Unlock()
	ids := make([]id.UUID, 0, len(c.served))
	for key := range c.served {
		ids = append(ids, key.EndpointID)
	}
	return ids
}

// take reserves a slot for an endpoint. It returns false if the endpoint cannot
// get a slot now.
func (c *Courier) take(e *Endpoint) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	free, has := maxServed-len(c.served), c.by[e.PartnerID]
	if has > 0 || e.FailingSince != nil {
		free -= firstSlots
	}
	if c.served[e.Key] || free <= 0 || has >= maxServedPartner {
		return false
	}
	c.served[e.Key] = true
	c.by[e.PartnerID]++
	return true
}

func (c *Courier) leave(key Key) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.served, key)
	if c.by[key.PartnerID]--; c.by[key.PartnerID] == 0 {
		delete(c.by, key.PartnerID)
	}
}
