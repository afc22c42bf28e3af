package sdk

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// CallOption changes one request.
type CallOption func(*request)

// WithIdempotencyKey makes requests with the same key and content take effect
// only once. A repeated request gets the first response again. Create one key
// for each action, and store it with the action. If your program stops between
// the request and the response, it can then repeat the request. Without this
// option, each request gets a random key, which works only for repetitions by
// the client itself.
func WithIdempotencyKey(key string) CallOption { return WithHeader("Idempotency-Key", key) }

// WithTemporaryToken sends a temporary token with the request.
// Partner.CompleteVerification returns such a token.
func WithTemporaryToken(token string) CallOption { return WithHeader("X-Temporary-Token", token) }

// WithHeader sets a header of the request. For example, Prefer: handling=strict
// makes the server refuse unknown parameters.
func WithHeader(name, value string) CallOption {
	return func(r *request) { r.header.Set(name, value) }
}

// Answer describes a response without its content.
type Answer struct {
	Status    int
	Header    http.Header
	RequestID string // id of the request in the server's log
	Replayed  bool   // whether the server sent the first response to the same Idempotency-Key again
}

// WithAnswer fills in the given Answer if the request succeeds. If the request
// fails, the *Error has the same details.
func WithAnswer(answer *Answer) CallOption { return func(r *request) { r.answer = answer } }

// withRandomKey adds a random Idempotency-Key, which the options can replace.
func withRandomKey(options []CallOption) []CallOption {
	return append([]CallOption{WithIdempotencyKey(rand.Text())}, options...)
}

// withoutToken makes the client send no token. A 401 response then causes no new
// login.
func withoutToken(r *request) { r.anonymous = true }

// segment escapes a value so that it stays one part of a path. It also escapes
// "." and "..", which would change the path.
func segment[T string | int64](value T) string {
	text := url.PathEscape(fmt.Sprint(value))
	if strings.Trim(text, ".") == "" {
		return strings.ReplaceAll(text, ".", "%2E")
	}
	return text
}

type request struct {
	method, path string
	query        url.Values
	header       http.Header
	body         []byte // nil if there is no body
	answer       *Answer
	anonymous    bool
}

func newRequest(method, path string, query url.Values, in any, options []CallOption) (*request, error) {
	if strings.Contains(path, "//") {
		return nil, fmt.Errorf("%s %s: a path parameter is empty. Pass the id", method, path)
	}
	r := &request{method: method, path: path, query: query, header: http.Header{"Accept": {"application/json"}}}
	if in != nil {
		contentType, body, err := encode(in)
		if err != nil {
			return nil, fmt.Errorf("encoding the request to %s: %w", path, err)
		}
		r.body = body
		r.header.Set("Content-Type", contentType)
	}
	for _, option := range options {
		option(r)
	}
	return r, nil
}

func encode(in any) (contentType string, body []byte, err error) {
	if upload, ok := in.(*multipartForm); ok {
		return upload.encode()
	}
	body, err = json.Marshal(in)
	return "application/json", body, err
}

// repeatable reports whether sending the request again is safe even if it has
// already taken effect.
func (r *request) repeatable() bool {
	return r.method == http.MethodGet || r.method == http.MethodPut || r.header.Get("Idempotency-Key") != ""
}

// send sends a request, and repeats it if necessary and safe. It returns a
// successful response or an error. The caller must close the body of the
// response.
func (c *Client) send(ctx context.Context, r *request) (*http.Response, error) {
	renewed := false
	for repeats := 0; ; {
		token := ""
		if !r.anonymous {
			token = c.currentToken()
		}
		answer, err := c.sendOnce(ctx, r, token)
		if err != nil {
			if err := c.waitToRepeat(ctx, r, err, repeats); err != nil {
				return nil, err
			}
			repeats++
			continue
		}
		if answer.StatusCode/100 == 2 {
			r.report(answer)
			return answer, nil
		}
		refused := readError(answer)
		switch {
		case refused.Status == http.StatusUnauthorized && !r.anonymous && !renewed:
			able, err := c.renew(ctx, token)
			if err != nil {
				return nil, err
			}
			if !able {
				return nil, refused
			}
			renewed = true
		case c.shouldRepeat(refused, repeats):
			if err := pause(ctx, refused.wait()); err != nil {
				return nil, err
			}
			repeats++
		default:
			return nil, refused
		}
	}
}

// waitToRepeat is called after a connection broke. It waits and returns nil if
// the request can be sent again. Otherwise, it returns the error. repetitions is
// the number of earlier repetitions.
func (c *Client) waitToRepeat(ctx context.Context, r *request, err error, repetitions int) error {
	if repetitions >= c.retries || !r.repeatable() || ctx.Err() != nil {
		return err
	}
	return pause(ctx, min(250*time.Millisecond<<repetitions, c.patience))
}

func (c *Client) sendOnce(ctx context.Context, r *request, token string) (*http.Response, error) {
	target := c.base.JoinPath(r.path)
	target.RawQuery = r.query.Encode()
	var body io.Reader
	if r.body != nil {
		body = bytes.NewReader(r.body)
	}
	req, err := http.NewRequestWithContext(ctx, r.method, target.String(), body)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", r.path, err)
	}
	req.Header = r.header.Clone()
	c.sign(req, token)
	return c.http.Do(req)
}

func (c *Client) sign(req *http.Request, token string) {
	req.Header.Set("User-Agent", c.agent)
	if token != "" {
		req.Header.Set("Authorization", "JWT "+token)
	}
}

func (r *request) report(answer *http.Response) {
	if r.answer == nil {
		return
	}
	*r.answer = Answer{
		Status: answer.StatusCode, Header: answer.Header, RequestID: answer.Header.Get("X-Request-ID"),
		Replayed: answer.Header.Get("Idempotent-Replayed") == "true",
	}
}

// shouldRepeat reports whether a refused request should be sent again. This is
// safe after a 429 or a 503, because the request had no effect. repetitions is
// the number of earlier repetitions.
func (c *Client) shouldRepeat(refused *Error, repetitions int) bool {
	busy := refused.Status == http.StatusTooManyRequests || refused.Status == http.StatusServiceUnavailable
	return busy && repetitions < c.retries && refused.RetryAfter <= c.patience
}

func pause(ctx context.Context, wait time.Duration) error {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
