package accrual

import (
	"sync"
	"time"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
)

// A group of facts is applied in one transaction. Other transactions on its
// partners wait until the group ends, so a group is limited in time and in its
// number of facts. A smaller limit would mean more commits for the same facts.
const (
	groupTime = 15 * time.Millisecond
	maxGroup  = 1000
	minGroup  = 100
	newGroup  = 250 // size of a group before perFact has been measured
)

// maxPartners is the maximum number of partners who share a group. It is small,
// because each of them waits for the facts of all the others.
const maxPartners = 50

// maxFamilies is the maximum number of partners for whom groupPlanner.families holds
// locks.
const maxFamilies = 100_000

// groupPlanner decides how large each group is and which locks it needs. A
// wrong guess costs only time, because a group with too few locks starts again
// with more. A groupPlanner is safe for concurrent use.
type groupPlanner struct {
	mu       sync.Mutex
	perFact  time.Duration // recent average of the time per fact
	families map[id.UUID]db.Keys
}

func newGroupPlanner() *groupPlanner { return &groupPlanner{families: map[id.UUID]db.Keys{}} }

// size returns how many facts a group should have.
func (g *groupPlanner) size() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.perFact == 0 {
		return newGroup
	}
	return min(maxGroup, max(minGroup, int(groupTime/g.perFact)))
}

// record stores how long it took to apply a group of n facts.
func (g *groupPlanner) record(n int, worked time.Duration) {
	if n < minGroup {
		return // in a small group, the cost of the transaction itself would distort the average
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	perFact := max(1, worked/time.Duration(n))
	if g.perFact == 0 {
		g.perFact = perFact
	}
	g.perFact = (3*g.perFact + perFact) / 4
}

// keys returns the locks that groups of these partners needed before. They
// include the locks of the partners above and of agents, because those partners
// and agents earn from the same orders.
func (g *groupPlanner) keys(partners []id.UUID) db.Keys {
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

// needsKeysError means that a group concerns partners that it has not locked.
type needsKeysError struct{ keys db.Keys }

// Error implements error.
func (*needsKeysError) Error() string { return "the facts concern partners that are not locked" }

// learn adds locks to those that groups of this partner need.
func (g *groupPlanner) learn(partnerID id.UUID, more db.Keys) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.families) >= maxFamilies {
		clear(g.families)
	}
	g.families[partnerID] = g.families[partnerID].And(more)
}
