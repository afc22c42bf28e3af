package sdk

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync"
	"time"
)

// Client sends requests to one server with one credential. Partner and Broker
// embed it, and have a method for each operation. Do and Download send any
// other request.
type Client struct {
	base      *url.URL
	http      *http.Client
	agent     string
	retries   int
	patience  time.Duration
	loggingIn chan struct{} // full while a goroutine is logging in again

	mu          sync.Mutex
	token       string
	credentials *credentials // nil if the client cannot log in again
}

// Option changes a client when it is created.
type Option func(*Client)

// WithHTTPClient sets the HTTP client, for example to use a proxy or a timeout.
// The client never follows redirects, whatever this HTTP client does. A timeout
// also ends downloads that take longer.
func WithHTTPClient(client *http.Client) Option { return func(c *Client) { *c.http = *client } }

// WithToken sets a token, or an API key from /api/v1/api-keys/. Use it instead
// of Login.
func WithToken(token string) Option { return func(c *Client) { c.token = token } }

// WithUserAgent sets the name under which the program appears in the server's
// log.
func WithUserAgent(name string) Option { return func(c *Client) { c.agent = name } }

// WithPatience limits repetitions. After a 429, a 503 or a broken connection, the
// client sends a request again. It does so at most repetitions times for one
// request, and waits at most maxWait before each of them. If the server asks for
// a longer wait, the call returns an *Error at once. The defaults are 3 and 30
// seconds. If repetitions is 0, the client never repeats a request.
func WithPatience(repetitions int, maxWait time.Duration) Option {
	return func(c *Client) { c.retries, c.patience = repetitions, maxWait }
}

func newClient(baseURL string, options []Option) (*Client, error) {
	base, err := url.Parse(baseURL)
	if err != nil {
		return nil, fmt.Errorf("the server's address is not valid: %w", err)
	}
	if base.Scheme != "http" && base.Scheme != "https" || base.Host == "" {
		return nil, fmt.Errorf("the server's address: %q is not an http or https URL", baseURL)
	}
	c := &Client{
		base: base, http: &http.Client{}, agent: "tributary-sdk", retries: 3, patience: 30 * time.Second,
		loggingIn: make(chan struct{}, 1),
	}
	for _, option := range options {
		option(c)
	}
	c.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return c, nil
}

// Do sends any request. Unless body is nil, Do sends it as JSON. Unless result is
// nil, Do decodes the JSON of the response into it. Do returns an *Error if the
// response is not a success.
func (c *Client) Do(ctx context.Context, method, path string, query url.Values, body, result any, options ...CallOption) error {
	r, err := newRequest(method, path, query, body, options)
	if err != nil {
		return err
	}
	answer, err := c.send(ctx, r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if result != nil && answer.StatusCode != http.StatusNoContent {
		if err := json.NewDecoder(answer.Body).Decode(result); err != nil {
			return fmt.Errorf("reading the response to %s: %w", path, err)
		}
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, 4096)) // a connection can be reused only after the body has been read
	return nil
}

// do sends a request and decodes the object in the response. The generated
// methods call do, data, raw or done.
func do[T any](
	ctx context.Context, c *Client, method, path string, query url.Values, in any, options []CallOption,
) (*T, error) {
	out := new(T)
	if err := c.Do(ctx, method, path, query, in, out, options...); err != nil {
		return nil, err
	}
	return out, nil
}

// data is like do, for a response with a list that has no pages.
func data[Row any](
	ctx context.Context, c *Client, method, path string, query url.Values, in any, options []CallOption,
) ([]Row, error) {
	list, err := do[Page[Row, Count]](ctx, c, method, path, query, in, options)
	if err != nil {
		return nil, err
	}
	return list.Data, nil
}

// raw is like do, but returns the response undecoded, because it can have several
// types.
func raw(
	ctx context.Context, c *Client, method, path string, query url.Values, in any, options []CallOption,
) (json.RawMessage, error) {
	var out json.RawMessage
	err := c.Do(ctx, method, path, query, in, &out, options...)
	return out, err
}

// done is like do, but ignores the content of a successful response.
func done(ctx context.Context, c *Client, method, path string, query url.Values, in any, options []CallOption) error {
	return c.Do(ctx, method, path, query, in, nil, options...)
}
