package intake

import (
	"errors"
	"io"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"github.com/tributary-server/tributary/internal/clock"
)

// step is the number of bytes of a body after which its deadline is extended.
const step = 1 << 10

// maxLinger is the maximum number of bytes that drain reads and discards.
const maxLinger = 256 << 20

// body is a request's body with a deadline. The deadline limits how long the
// server waits for bytes. Time that the handler spends between two reads does not
// count.
type body struct {
	io.ReadCloser

	control  *http.ResponseController
	gate     *Gate
	patience Patience
	expects  bool // true if the client waits for "100 Continue" before it sends the body

	left   time.Duration // remaining waiting time for the current step
	since  int           // bytes received in the current step
	until  time.Time     // deadline of the whole body; zero means none
	stream bool
	asked  bool // true once the handler has started to read
	err    error
	ended  bool // true once the body was read to its end

	stopped atomic.Bool // true once the server is stopping; reads of a stream then fail
}

func newBody(r *http.Request, control *http.ResponseController, g *Gate) *body {
	p := g.patience
	b := &body{
		ReadCloser: r.Body, control: control, gate: g, patience: p, left: p.Step,
		expects: strings.EqualFold(r.Header.Get("Expect"), "100-continue"),
	}
	b.deadline(clock.System().Now().Add(p.Step)) // applies until the handler reads for the first time
	return b
}

// AsStream removes the limit on the total time of a body, as long as bytes arrive.
// Call it only for authenticated senders. Gate.Stop ends the stream.
func AsStream(from io.ReadCloser) {
	if b, is := from.(*body); is {
		b.stream = true
		b.gate.add(b)
	}
}

// AsWhole limits the total time of a body that the handler reads as a whole.
func AsWhole(from io.ReadCloser) {
	if b, is := from.(*body); is && b.until.IsZero() {
		b.until = clock.System().Now().Add(b.patience.Whole)
	}
}

func (b *body) deadline(at time.Time) { _ = b.control.SetReadDeadline(at) }

func (b *body) Read(p []byte) (int, error) {
	if b.err != nil {
		return 0, b.err
	}
	b.asked = true
	began := clock.System().Now()
	wait := b.left
	if b.stream {
		wait = b.patience.Stream
	}
	if !b.until.IsZero() {
		wait = min(wait, b.until.Sub(began))
	}
	if wait <= 0 {
		b.err = os.ErrDeadlineExceeded
		return 0, b.err
	}
	b.deadline(began.Add(wait))
	if b.stopped.Load() {
		return 0, ErrStopping // drain reads the rest later, so that the client can read the response
	}
	n, err := b.ReadCloser.Read(p)
	b.left -= clock.System().Now().Sub(began)
	if b.since += n; b.since >= step {
		b.left, b.since = b.patience.Step, 0
	}
	if err != nil {
		b.err, b.ended = err, errors.Is(err, io.EOF)
		if b.stopped.Load() && errors.Is(err, os.ErrDeadlineExceeded) {
			b.err, err = ErrStopping, ErrStopping
		}
	}
	if b.ended {
		b.gate.remove(b)
		b.deadline(time.Time{}) // without a deadline, net/http can notice that the client closes the connection
	}
	return n, err //nolint:wrapcheck // callers compare the error with io.EOF
}

// drain reads the rest of the body after the response was sent. If the server
// closed the connection while the client was still sending, the client might
// not receive the response.
func (b *body) drain() {
	if b.err == nil && (b.asked || !b.expects) {
		until := clock.System().Now().Add(b.patience.Linger)
		piece := make([]byte, 32<<10)
		for taken := 0; taken < maxLinger && b.err == nil; {
			now := clock.System().Now()
			if !now.Before(until) {
				break
			}
			b.deadline(now.Add(min(b.patience.Idle, until.Sub(now))))
			n, err := b.ReadCloser.Read(piece)
			taken += n
			b.err = err
		}
	}
	// net/http reads a little more before it closes the connection. A deadline in the
	// past makes this read return at once.
	b.deadline(clock.System().Now().Add(-time.Second))
}
