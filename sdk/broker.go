package sdk

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
)

// FeedResult is the server's summary of a request with facts. Each fact counts
// once, as accepted, as a duplicate or as rejected.
type FeedResult struct {
	Accepted      int64       `json:"accepted"`
	Duplicates    int64       `json:"duplicates"`
	Unattributed  int64       `json:"unattributed"` // number of accepted facts that are waiting for another fact
	Rejected      []Rejection `json:"rejected"`     // rejected lines, at most the first 1,000
	RejectedCount int64       `json:"rejected_count"`
}

// Rejection describes a line that the server has rejected.
type Rejection struct {
	Line    int64       `json:"line"` // number of the line, from 1
	ID      string      `json:"id"`   // id of the fact; empty if the server could not read the id
	Code    string      `json:"code"` // code of the first fault
	Message string      `json:"message"`
	Details []LineFault `json:"details"` // all faults of the line
}

// LineFault is a fault of a rejected line.
type LineFault struct {
	Field   string `json:"field"` // empty if the fault concerns the whole line
	Code    string `json:"code"`
	Message string `json:"message"`
}

// Broker is a client of the Broker API. It sends a broker's key, or the token of
// a staff member, with each request. It is safe for concurrent use.
type Broker struct {
	*Client
}

// NewBroker returns a client of the server at baseURL, such as
// https://partners.example.com. The server's operator creates the key with the
// command tributary key create --role broker. key can also be a token that SignIn
// has returned. It can be empty for SignIn and Enrol.
func NewBroker(baseURL, key string, options ...Option) (*Broker, error) {
	c, err := newClient(baseURL, append(options, WithToken(key)))
	if err != nil {
		return nil, err
	}
	return &Broker{c}, nil
}

// Fact is something that happened at the broker. Every type in this package
// whose name begins with Fact implements it.
type Fact interface {
	// Type returns the fact's type, such as order.closed.
	Type() string
}

// PushFacts sends facts, and returns when the server has stored them durably.
// It returns the same errors as PushEvents.
func (b *Broker) PushFacts(ctx context.Context, facts ...Fact) (*FeedResult, error) {
	var lines bytes.Buffer
	for _, fact := range facts {
		text, err := json.Marshal(fact)
		if err != nil {
			return nil, fmt.Errorf("encoding a fact %s: %w", fact.Type(), err)
		}
		fmt.Fprintf(&lines, "{%q:%q,%s\n", "type", fact.Type(), text[1:])
	}
	return b.PushEvents(ctx, bytes.NewReader(lines.Bytes()), lines.Len() > 1<<10)
}

// PushEvents sends the facts in r, and returns when the server has stored them
// durably. r has one JSON object on each line, and is not compressed. If
// compress is true, PushEvents compresses the facts with gzip.
//
// If the server rejected some lines, the error is nil and the result lists
// these lines. If the server rejected all lines, PushEvents returns both a
// result and an error. After any error, you can send the same facts again,
// because a repeated fact has no effect.
//
// If the server is busy and responds with 429 or 503, PushEvents sends the
// request again only if r is an io.Seeker. It then starts at the offset that r
// had at first.
func (b *Broker) PushEvents(ctx context.Context, r io.Reader, compress bool) (*FeedResult, error) {
	seeker, again := r.(io.Seeker)
	var start int64
	if again {
		var err error
		if start, err = seeker.Seek(0, io.SeekCurrent); err != nil {
			again = false // r has the method Seek but cannot seek, as is the case for a pipe
		}
	}
	for repeats := 0; ; repeats++ {
		body := newBody(r, compress)
		result, err := b.push(ctx, body, compress)
		refused, ok := errors.AsType[*Error](err)
		if !ok || !again || !b.shouldRepeat(refused, repeats) {
			return result, err
		}
		if err := body.wait(ctx); err != nil {
			return nil, err
		}
		if err := pause(ctx, refused.wait()); err != nil {
			return nil, err
		}
		if _, err := seeker.Seek(start, io.SeekStart); err != nil {
			return nil, fmt.Errorf("sending the facts again: %w", err)
		}
	}
}

func (b *Broker) push(ctx context.Context, body io.ReadCloser, compress bool) (*FeedResult, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, b.base.JoinPath("/broker/v1/events").String(), body)
	if err != nil {
		return nil, fmt.Errorf("sending facts: %w", err)
	}
	req.Header.Set("Content-Type", "application/x-ndjson")
	req.Header.Set("Accept", "application/json")
	if compress {
		req.Header.Set("Content-Encoding", "gzip")
	}
	b.sign(req, b.currentToken())
	answer, err := b.http.Do(req)
	if err != nil {
		return nil, fmt.Errorf("sending facts: %w", err)
	}
	defer answer.Body.Close()
	content, err := io.ReadAll(answer.Body)
	if err != nil {
		return nil, fmt.Errorf("reading the feed's response: %w", err)
	}
	result := &FeedResult{}
	err = json.Unmarshal(content, result)
	if answer.StatusCode/100 != 2 {
		if err != nil || result.RejectedCount+result.Accepted+result.Duplicates == 0 {
			result = nil
		}
		return result, refusalOf(answer, content)
	}
	if err != nil {
		return nil, fmt.Errorf("reading the feed's response: %w", err)
	}
	return result, nil
}

// body is a request body that reads from the caller's reader but never closes
// it. The transport may still use the reader after the response. body signals
// when the reader is free again.
type body struct {
	io.Reader

	done chan struct{}
}

func newBody(r io.Reader, compress bool) *body {
	if compress {
		z := &zipper{plain: r, chunk: make([]byte, 64<<10)}
		z.gzip = gzip.NewWriter(&z.ready)
		r = z
	}
	return &body{Reader: r, done: make(chan struct{}, 1)}
}

func (b *body) Close() error {
	select {
	case b.done <- struct{}{}:
	default: // the body has been closed already
	}
	return nil
}

func (b *body) wait(ctx context.Context) error {
	select {
	case <-b.done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

type zipper struct {
	plain io.Reader
	gzip  *gzip.Writer
	ready bytes.Buffer
	chunk []byte
	err   error
}

func (z *zipper) Read(p []byte) (int, error) {
	for z.ready.Len() == 0 {
		if z.err != nil {
			return 0, z.err
		}
		n, err := z.plain.Read(z.chunk)
		if _, failed := z.gzip.Write(z.chunk[:n]); failed != nil {
			return 0, failed
		}
		if errors.Is(err, io.EOF) {
			if failed := z.gzip.Close(); failed != nil {
				return 0, failed
			}
		}
		z.err = err
	}
	return z.ready.Read(p)
}
