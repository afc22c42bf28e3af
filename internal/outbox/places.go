package outbox

import "github.com/tributary-server/tributary/internal/id"

// The bounds on what is under way at a time. An endpoint that is slow holds up
// itself alone: each that has work is served by a goroutine of its own.
const (
	maxServed        = 64 // endpoints
	maxServedPartner = 4  // endpoints of one partner
	// kept of the places are for partners that have none yet, with endpoints that
	// work: some partners whose receivers are slow or dead can't take them all.
	kept = 16

	maxCalls = 4 // calls of one endpoint; 1 while it fails
)

// serving lists the endpoints that are served.
func (c *Courier) serving() []id.UUID {
	c.mu.Lock()
	defer c.mu.Unlock()
	ids := make([]id.UUID, 0, len(c.served))
	for key := range c.served {
		ids = append(ids, key.EndpointID)
	}
	return ids
}

// take finds a place for an endpoint.
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
