package accrual

import (
	"sync"
	"time"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
)

// A group of facts is applied in one transaction. The partners of the group
// wait until it ends, so a group ends after this much work or this many facts.
// A short group has more commits for the same facts.
const (
	groupTime = 15 * time.Millisecond
	maxGroup  = 1000
	minGroup  = 100
	newGroup  = 250 // the size before any group was measured
)

// maxFamilies is how many partners groups remembers.
const maxFamilies = 100_000

// groups decides how large groups are and which keys they need. What it knows
// only saves work: a group that was given too few keys starts again with more.
// It is safe for concurrent use.
type groups struct {
	mu       sync.Mutex
	perFact  time.Duration // the recent average
	families map[id.UUID]db.Keys
}

func newGroups() *groups { return &groups{families: map[id.UUID]db.Keys{}} }

// size returns how many facts fit into a group.
func (g *groups) size() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.perFact == 0 {
		return newGroup
	}
	return min(maxGroup, max(minGroup, int(groupTime/g.perFact)))
}

// took records how long a group of n facts worked.
func (g *groups) took(n int, worked time.Duration) {
	if n < minGroup {
		return // what every group costs would count as the cost of its facts
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	perFact := max(1, worked/time.Duration(n))
	if g.perFact == 0 {
		g.perFact = perFact
	}
	g.perFact = (3*g.perFact + perFact) / 4
}

// keys returns the keys that groups of these partners needed before. Among them
// are the partners above and the agents, who earn by the same orders.
func (g *groups) keys(partners []id.UUID) db.Keys {
	keys := db.Partners(partners...)
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, partnerID := range partners {
		if family, known := g.families[partnerID]; known {
			keys = keys.And(family)
		}
	}
	return keys
}

// needsKeys ends a group that concerns more partners than it has locked.
type needsKeys struct{ keys db.Keys }

// Error implements error.
func (*needsKeys) Error() string { return "the facts concern partners that are not locked" }

// learn records that a group of these partners needs more keys.
func (g *groups) learn(partners []id.UUID, more db.Keys) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.families) >= maxFamilies {
		clear(g.families)
	}
	for _, partnerID := range partners {
		g.families[partnerID] = g.families[partnerID].And(more)
	}
}
