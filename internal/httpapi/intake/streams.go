package intake

import (
	"errors"
	"net/http"
	"sync"

	"github.com/tributary-server/tributary/internal/clock"
)

// ErrStopping is returned when a stream is read while the server is stopping.
var ErrStopping = errors.New("the server is stopping: send the rest again")

// Gate is the handler that Handler returns. Its method Stop ends all streams.
type Gate struct {
	next     http.Handler
	patience Patience

	mu       sync.Mutex
	streams  map[*body]struct{} // streams that are being read
	stopping bool
}

// Stop makes reads from all present and future streams fail with ErrStopping. A
// handler can then respond with the result for what it has already read.
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

// interrupt ends a Read that waits for bytes. Read sets its deadline and then
// checks b.stopped, while interrupt sets b.stopped and then the deadline. Read
// therefore always notices the interruption.
func (b *body) interrupt() {
	b.stopped.Store(true)
	b.deadline(clock.System().Now())
}
