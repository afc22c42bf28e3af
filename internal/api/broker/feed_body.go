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

var errFeed = errors.New("the body of the feed cannot be read")

// errNothingInIt means that a large part of the decompressed body contains no
// fact.
var errNothingInIt = errors.New("the body decompresses to a large amount of data without a fact: more than 64 MiB and more than 200 times the compressed size")

// These are the limits on the data between two facts, after decompression. The server
// refuses a body that exceeds both.
const (
	maxExpansion = 200      // times the compressed size
	maxEmpty     = 64 << 20 // bytes
)

// body is the feed after decompression. It is not safe for concurrent use.
type body struct {
	plain  io.Reader // nil before the first read
	gzip   bool      // whether the header Content-Encoding says gzip
	sent   *counted  // counts the compressed bytes
	before int64     // number of compressed bytes read before the last fact
	empty  int64     // number of decompressed bytes since the last fact
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
		return nil, fault.Invalid("Content-Encoding", "invalid_choice", "Only gzip and identity are accepted.")
	}
}

// open decompresses the body according to the header Content-Encoding. Without this
// header, open recognises gzip by its first two bytes, which cannot begin a line of
// the feed.
func (b *body) open() error {
	in := bufio.NewReader(b.sent)
	b.plain = in
	start, _ := in.Peek(2) // on an error, the next read returns the same error
	if len(start) == 0 || !b.gzip && !bytes.Equal(start, []byte{0x1f, 0x8b}) {
		return nil // an empty body is an empty feed, even if the header says gzip
	}
	unpacked, err := gzip.NewReader(in)
	if err == nil {
		b.plain = unpacked
	}
	return err
}

// Read implements io.Reader. It wraps errors of the body in errFeed.
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

// source returns the facts in the body. After each fact, it resets the count of bytes
// without a fact.
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

type counted struct {
	r io.Reader
	n int64
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

// partialFeed is the response if the server is stopping before it has read the
// whole body, or if it rejects every line.
type partialFeed struct {
	Code    fault.Code `json:"code"`
	Message string     `json:"message"`
	accrual.Summary
}

// feedAnswer returns the response to a feed. The caller passes the error that ended
// reading, or nil at the end of the feed.
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

// retryStopped is the value of Retry-After, in seconds, in the response of a
// server that is stopping. After this time, another server has usually started.
const retryStopped = "10"
