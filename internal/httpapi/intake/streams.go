package intake

import (
	"errors"
	"net/http"
	"sync"

	"github.com/tributary-server/tributary/internal/clock"
)

// ErrStopping ends a stream that is still coming in when the server stops.
var ErrStopping = errors.New("the server is stopping: send the rest again")

// Gate is a handler that bounds how its requests come in and can end those that
// are streams.
type Gate struct {
	next     http.Handler
	patience Patience

	mu       sync.Mutex
	streams  map[*body]struct{} // the streams that have not ended
	stopping bool
}

// Stop ends every stream, now and later, with ErrStopping. The handlers can
// then answer for what they have read.
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

// interrupt wakes a Read that waits for bytes. Read checks stopped after it
// sets its deadline, so whichever of the two comes second ends the wait.
func (b *body) interrupt() {
	b.stopped.Store(true)
	b.deadline(clock.System().Now())
}
