package intake

import (
	"errors"
	"net/http"
	"sync"

	"github.com/tributary-server/tributary/internal/clock"
)

// ErrStopping ends a stream that still comes in when the server stops.
var ErrStopping = errors.New("the server is stopping: send the rest again")

// Gate is a handler with bounds on how its requests come in, which can end the
// streams among them.
type Gate struct {
	next     http.Handler
	patience Patience

	mu       sync.Mutex
	streams  map[*body]struct{} // those that are not at their end
	stopping bool
}

// Stop ends each stream that still comes in, and those to come, with
// ErrStopping. Their handlers can then answer what they have taken.
func (g *Gate) Stop() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.stopping = true
	for b := range g.streams {
		b.interrupt()
	}
}

func (g *Gate) add(b *body) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.streams[b] = struct{}{}
	if g.stopping {
		b.interrupt()
	}
}

func (g *Gate) remove(b *body) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.streams, b)
}

// interrupt wakes a Read that waits for bytes. It looks at stopped after it set
// its deadline, so one of the two always comes second.
func (b *body) interrupt() {
	b.stopped.Store(true)
	b.deadline(clock.System().Now())
}
