package outbox

import "github.com/tributary-server/tributary/internal/id"

// These bound concurrent work. Each endpoint with work is served by its own
// goroutine, so a slow endpoint holds up only itself.
const (
	maxServed        = 64 // endpoints
	maxServedPartner = 4  // endpoints of one partner
	// kept is how many places are reserved for partners that have no place yet
	// and whose endpoints work. So partners with slow or dead receivers cannot
	// take all places.
	kept = 16

	maxCalls = 4 // calls of one endpoint; 1 while it fails
)

// serving lists the endpoints that are being served.
func (c *Courier) serving() []id.UUID {
	c.mu.Lock()
	defer c.mu.Unlock()
	ids := make([]id.UUID, 0, len(c.served))
	for key := range c.served {
		ids = append(ids, key.EndpointID)
	}
	return ids
}

// take reserves a place for an endpoint. It returns false if none is free for
// it.
func (c *Courier) take(e *Endpoint) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	free, has := maxServed-len(c.served), c.by[e.PartnerID]
	if has > 0 || e.FailingSince != nil {
		free -= kept
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
