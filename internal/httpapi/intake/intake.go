// Package intake limits how slowly clients may send requests and read responses.
// Every body has a deadline. If the handler did not read a body to its end, the
// server closes the connection after the response. First, however, it reads the
// rest of the body for a limited time, because a client that is still sending
// could otherwise not read the response.
package intake

import (
	"net/http"
	"time"

	"github.com/tributary-server/tributary/internal/clock"
)

// Patience sets how long the server waits for the client.
type Patience struct {
	Step   time.Duration // maximum wait for each KiB of a body
	Whole  time.Duration // maximum time for a whole body marked by AsWhole
	Stream time.Duration // maximum wait for the next byte of a body marked by AsStream
	Linger time.Duration // maximum time to read the rest of a body after the response
	Idle   time.Duration // maximum wait for the next byte of this rest
	Send   time.Duration // maximum wait until the client reads a piece of a response
}

// Default contains the limits that the server uses. If a client announces a body
// but does not send it, the request ends within 30 seconds. A stream of facts
// ends after a minute without new bytes.
var Default = Patience{
	Step: 10 * time.Second, Whole: 20 * time.Second, Stream: 50 * time.Second,
	Linger: 10 * time.Second, Idle: 2 * time.Second, Send: time.Minute,
}

// Handler returns a handler that passes requests to next, and limits the time
// to read each request and to send each response. It must be the outermost
// handler of the server.
func Handler(next http.Handler, p Patience) *Gate {
	return &Gate{next: next, patience: p, streams: map[*body]struct{}{}}
}

// ServeHTTP implements http.Handler.
func (g *Gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	out := &writer{ResponseWriter: w, control: http.NewResponseController(w), patience: g.patience, mixed: hadBothHeaders(r.Context())}
	// An earlier request on this connection may have set a deadline that has passed
	// by now.
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

// writer sends a response. If the request was not read to its end, writer closes
// the connection afterwards.
type writer struct {
	http.ResponseWriter

	control  *http.ResponseController
	patience Patience
	body     *body // nil if the request has no body
	mixed    bool  // true if the connection had a request that gives its length in two ways
	wrote    bool
}

// allow sets the deadline for the next piece of the response. It ignores
// errors, because a test's recorder has no deadlines.
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

func (w *writer) finish() {
	if !w.wrote {
		w.WriteHeader(http.StatusOK)
	}
	if w.body == nil || w.body.ended {
		return
	}
	_ = w.FlushError() // an error means that the client has closed the connection
	w.body.drain()
}
