package broker

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/tributary-server/tributary/internal/accrual"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/httpapi"
	"github.com/tributary-server/tributary/internal/httpapi/intake"
)

// errFeed means that the body itself cannot be read.
var errFeed = errors.New("the body of the feed cannot be read")

// errNothingInIt is the fault of a body that unpacks to very much without a
// fact.
var errNothingInIt = errors.New("it unpacks to more than 200 times what was sent and has no fact")

// These bound what a packed body may unpack to between two facts. It is refused
// only if both are exceeded.
const (
	maxExpansion = 200
	maxEmpty     = 64 << 20
)

// body is the unpacked body of the feed. One goroutine reads it.
type body struct {
	plain  io.Reader // nil: nothing was read yet
	gzip   bool      // the headers say that it is packed
	sent   *counted  // the body as it was sent
	before int64     // bytes of sent that were read before the last fact
	empty  int64     // bytes unpacked since the last fact
}

func feedBody(req *http.Request) (*body, error) {
	b := &body{sent: &counted{r: req.Body}}
	switch codings := strings.ToLower(strings.TrimSpace(strings.Join(req.Header.Values("Content-Encoding"), ","))); codings {
	case "", "identity":
		return b, nil
	case "gzip", "x-gzip":
		b.gzip = true
		return b, nil
	default:
		return nil, fault.Invalid("Content-Encoding", "invalid_choice", "Only gzip and identity are taken.")
	}
}

// open unpacks the body as Content-Encoding says. Without that header it looks
// at the first two bytes: no line of the feed begins with those of gzip.
func (b *body) open() error {
	in := bufio.NewReader(b.sent)
	b.plain = in
	start, _ := in.Peek(2) // the error comes again when the body is read
	if len(start) == 0 || !b.gzip && !bytes.Equal(start, []byte{0x1f, 0x8b}) {
		return nil // an empty body is an empty feed, packed or not
	}
	unpacked, err := gzip.NewReader(in)
	if err == nil {
		b.plain = unpacked
	}
	return err
}

// Read implements io.Reader. It marks errors of the body with errFeed.
func (b *body) Read(p []byte) (int, error) {
	if b.plain == nil {
		if err := b.open(); err != nil {
			return 0, fmt.Errorf("%w: %w", errFeed, err)
		}
	}
	n, err := b.plain.Read(p)
	b.empty += int64(n)
	if b.empty > maxEmpty && b.empty > maxExpansion*(b.sent.n-b.before) {
		return n, fmt.Errorf("%w: %w", errFeed, errNothingInIt)
	}
	if err != nil && !errors.Is(err, io.EOF) {
		err = fmt.Errorf("%w: %w", errFeed, err)
	}
	return n, err
}

// source returns the body's lines. Each fact resets the count of unpacked
// bytes.
func (b *body) source() accrual.Source {
	lines := accrual.Lines(b)
	return func(yield func(line int, fact feed.Fact, err error) error) error {
		return lines(func(line int, fact feed.Fact, err error) error {
			if err == nil {
				b.before, b.empty = b.sent.n, 0
			}
			return yield(line, fact, err)
		})
	}
}

// counted counts the bytes that are read through it.
type counted struct {
	r io.Reader
	n int64
}

// Read implements io.Reader.
func (c *counted) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

// partialFeed is the answer to a body that was not taken to its end, including
// a body without a single accepted line.
type partialFeed struct {
	Code    fault.Code `json:"code"`
	Message string     `json:"message"`
	accrual.Summary
}

// feedAnswer returns the answer to a feed that ended with err, or at its end if
// err is nil.
func feedAnswer(s accrual.Summary, err error) (httpapi.Response, error) {
	switch {
	case errors.Is(err, intake.ErrStopping):
		return httpapi.Response{
			Status: http.StatusServiceUnavailable, Header: http.Header{"Retry-After": {retryStopped}},
			Value: partialFeed{fault.ServiceUnavailable, "The service is temporarily unavailable", s},
		}, nil
	case errors.Is(err, errFeed):
		return httpapi.Response{}, fault.New(fault.ParseError)
	case err != nil:
		return httpapi.Response{}, err
	case s.RejectedCount > 0 && s.Accepted == 0 && s.Duplicates == 0:
		return httpapi.Response{Status: http.StatusBadRequest, Value: partialFeed{fault.ValidationError, "Bad request", s}}, nil
	default:
		return httpapi.Response{Value: s}, nil
	}
}

// retryStopped is how many seconds a stopping server asks the feed's sender to
// wait. By then another server has usually taken its place.
const retryStopped = "10"
