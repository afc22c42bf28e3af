package intake

import (
	"errors"
	"net/http"
	"sync"

	"github.com/tributary-server/tributary/internal/clock"
)

// ErrStopping is the error of a stream that is still being read when the server
// stops.
var ErrStopping = errors.New("the server is stopping: send the rest again")

// Gate is a handler that limits the time of its requests. It can also end those
// requests that are streams.
type Gate struct {
	next     http.Handler
	patience Patience

	mu       sync.Mutex
	streams  map[*body]struct{} // streams that have not ended
	stopping bool
}

// Stop ends all current and future streams with ErrStopping. Their handlers can
// then respond with the result of the part that they have read.
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

// interrupt ends a Read that waits for bytes. Read sets its deadline before it
// checks stopped, and interrupt sets stopped before the deadline. Read
// therefore always notices the interruption.
func (b *body) interrupt() {
	b.stopped.Store(true)
	b.deadline(clock.System().Now())
}
