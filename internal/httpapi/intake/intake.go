// Package intake bounds how requests come in. It gives every body a deadline
// that is never lifted before the body's end. It closes a connection whose
// request was not read to its end, and first reads the rest of the body for a
// while, so that a caller that is still sending can read the answer.
package intake

import (
	"net/http"
	"time"

	"github.com/tributary-server/tributary/internal/clock"
)

// Patience is how long the other end of a connection may take.
type Patience struct {
	Step   time.Duration // for each KiB of a body
	Whole  time.Duration // for the whole of a body that is read at once
	Stream time.Duration // for each byte of a body marked by AsStream
	Linger time.Duration // for the rest of a body after the answer
	Idle   time.Duration // for any byte of that rest
	Send   time.Duration // for the caller to read each piece of an answer
}

// Default is what a server allows. A body that is announced and never sent is
// answered or cut off within 30 seconds, a stream of facts within a minute.
var Default = Patience{
	Step: 10 * time.Second, Whole: 20 * time.Second, Stream: 50 * time.Second,
	Linger: 10 * time.Second, Idle: 2 * time.Second, Send: time.Minute,
}

// Handler returns next with bounds on how its requests come in and how fast
// callers must read its answers. It wraps every other handler of the server.
func Handler(next http.Handler, p Patience) *Gate {
	return &Gate{next: next, patience: p, streams: map[*body]struct{}{}}
}

// ServeHTTP implements http.Handler.
func (g *Gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	out := &writer{ResponseWriter: w, control: http.NewResponseController(w), patience: g.patience, mixed: mixed(r.Context())}
	// An earlier request on the connection may have set a deadline that has
	// passed.
	out.allow()
	if r.Body != nil && r.Body != http.NoBody && r.ContentLength != 0 {
		out.body = newBody(r, out.control, g)
		defer g.remove(out.body)
		limited := *r
		limited.Body = out.body
		r = &limited
	}
	g.next.ServeHTTP(out, r)
	out.finish()
}

// writer is an answer that closes its connection if the request was not read to
// its end.
type writer struct {
	http.ResponseWriter

	control  *http.ResponseController
	patience Patience
	body     *body // nil: the request has none
	mixed    bool  // the request gives its length in two ways
	wrote    bool
}

// allow sets the deadline for the next piece of the answer. It ignores a writer
// without deadlines, such as a test's recorder.
func (w *writer) allow() {
	_ = w.control.SetWriteDeadline(clock.System().Now().Add(w.patience.Send))
}

// WriteHeader implements http.ResponseWriter.
func (w *writer) WriteHeader(status int) {
	if status >= http.StatusOK && !w.wrote {
		w.wrote = true
		if w.mixed || (w.body != nil && !w.body.ended) {
			w.Header().Set("Connection", "close")
		}
	}
	w.allow()
	w.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (w *writer) Write(p []byte) (int, error) {
	if !w.wrote {
		w.WriteHeader(http.StatusOK)
	}
	w.allow()
	return w.ResponseWriter.Write(p)
}

// FlushError flushes the answer for http.ResponseController.
func (w *writer) FlushError() error {
	if !w.wrote {
		w.WriteHeader(http.StatusOK)
	}
	w.allow()
	return w.control.Flush()
}

// Unwrap lets http.ResponseController reach the connection.
func (w *writer) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// finish sends the answer and reads what is left of the body.
func (w *writer) finish() {
	if !w.wrote {
		w.WriteHeader(http.StatusOK)
	}
	if w.body == nil || w.body.ended {
		return
	}
	_ = w.FlushError() // a caller that went away needs no answer
	w.body.drain()
}
