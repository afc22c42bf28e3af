// Package intake limits how slowly clients may send requests and read
// responses. Every body has a deadline until its end. If a request was not read
// to its end, the server closes the connection. Before that, the server reads
// the rest of the body for a limited time, so that a client that is still
// sending can read the response.
package intake

import (
	"net/http"
	"time"

	"github.com/tributary-server/tributary/internal/clock"
)

// Patience sets how long the server waits for the client.
type Patience struct {
	Step   time.Duration // for each KiB of a body
	Whole  time.Duration // for the whole of a body that is read at once
	Stream time.Duration // for each byte of a body marked by AsStream
	Linger time.Duration // for the rest of a body after the response
	Idle   time.Duration // for any byte of that rest
	Send   time.Duration // until the client has read a piece of a response
}

// Default holds the limits of a server. If a body is announced and never sent,
// the request ends within 30 seconds. A stream of facts without new bytes ends
// within a minute.
var Default = Patience{
	Step: 10 * time.Second, Whole: 20 * time.Second, Stream: 50 * time.Second,
	Linger: 10 * time.Second, Idle: 2 * time.Second, Send: time.Minute,
}

// Handler returns a handler that limits the time of next's requests and
// responses. It must be the outermost handler of the server.
func Handler(next http.Handler, p Patience) *Gate {
	return &Gate{next: next, patience: p, streams: map[*body]struct{}{}}
}

// ServeHTTP implements http.Handler.
func (g *Gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	out := &writer{ResponseWriter: w, control: http.NewResponseController(w), patience: g.patience, mixed: mixed(r.Context())}
	// An earlier request on the connection may have set a deadline that is
	// already over.
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

// writer is a response that closes its connection if the request was not read
// to its end.
type writer struct {
	http.ResponseWriter

	control  *http.ResponseController
	patience Patience
	body     *body // nil if the request has no body
	mixed    bool  // whether the request gives its length in two ways
	wrote    bool
}

// allow sets the deadline for the next piece of the response. It ignores the
// error of a writer without deadlines, such as a test's recorder.
func (w *writer) allow() {
	_ = w.control.SetWriteDeadline(clock.System().Now().Add(w.patience.Send))
}

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

func (w *writer) Write(p []byte) (int, error) {
	if !w.wrote {
		w.WriteHeader(http.StatusOK)
	}
	w.allow()
	return w.ResponseWriter.Write(p)
}

// FlushError flushes the response. http.ResponseController calls it.
func (w *writer) FlushError() error {
	if !w.wrote {
		w.WriteHeader(http.StatusOK)
	}
	w.allow()
	return w.control.Flush()
}

// Unwrap gives http.ResponseController access to the connection.
func (w *writer) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// finish sends the response and reads the rest of the body.
func (w *writer) finish() {
	if !w.wrote {
		w.WriteHeader(http.StatusOK)
	}
	if w.body == nil || w.body.ended {
		return
	}
	_ = w.FlushError() // the client may have closed the connection
	w.body.drain()
}
