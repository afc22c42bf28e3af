package sdk

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync"
	"time"
)

// Client speaks to one server, as one partner or broker.
type Client struct {
	base      *url.URL
	http      *http.Client
	agent     string
	retries   int
	patience  time.Duration
	loggingIn chan struct{} // holds the one turn to log in again

	mu          sync.Mutex
	token       string
	credentials *credentials // nil: nothing to log in with again
}

type credentials struct {
	Login    string `json:"login"`
	Password string `json:"password"`
	Code     string `json:"code,omitempty"`
}

// Option changes how a Client works.
type Option func(*Client)

// WithHTTPClient sends through another client, as one with a proxy or a
// timeout; its redirect policy is not used. A timeout there also ends
// downloads that take longer.
func WithHTTPClient(client *http.Client) Option { return func(c *Client) { *c.http = *client } }

// WithToken starts with a token, or a key of /api/v1/api-keys/, instead of a
// login.
func WithToken(token string) Option { return func(c *Client) { c.token = token } }

// WithUserAgent names the program in the server's log.
func WithUserAgent(name string) Option { return func(c *Client) { c.agent = name } }

// WithPatience says how often in a row to wait when the server answers 429,
// and how long at most each time; a longer wait is returned as an *Error at
// once. The default is 3 times 30 seconds; 0 times means never.
func WithPatience(times int, longest time.Duration) Option {
	return func(c *Client) { c.retries, c.patience = times, longest }
}

// New returns a client of the server at baseURL, as https://partners.example.com;
// a path in it is kept in front of every call's.
func New(baseURL string, options ...Option) (*Client, error) {
	base, err := url.Parse(baseURL)
	if err != nil {
		return nil, fmt.Errorf("the server's address: %w", err)
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

// Login exchanges an e-mail address and a password for a token, which the
// client keeps; it logs in again with them when the token has expired.
func (c *Client) Login(ctx context.Context, login, password string) error {
	return c.logIn(ctx, credentials{Login: login, Password: password})
}

// LoginWithCode is Login for a partner whose security type is secure. The
// code works once, so the client cannot log in again by itself.
func (c *Client) LoginWithCode(ctx context.Context, login, password, code string) error {
	return c.logIn(ctx, credentials{Login: login, Password: password, Code: code})
}

// Token returns the token in use, or "".
func (c *Client) Token() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.token
}

func (c *Client) logIn(ctx context.Context, with credentials) error {
	var answer struct {
		Token string `json:"token"`
	}
	if err := c.call(ctx, &request{method: http.MethodPost, path: "/api/v2/auth/", body: with, anonymous: true}, &answer); err != nil {
		return fmt.Errorf("logging in: %w", err)
	}
	if answer.Token == "" {
		return errors.New("logging in: the answer holds no token")
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.token, c.credentials = answer.Token, nil
	if with.Code == "" {
		c.credentials = &with
	}
	return nil
}

// renew logs in again unless somebody has since stale was refused. False:
// there is nothing to log in with.
func (c *Client) renew(ctx context.Context, stale string) (bool, error) {
	select {
	case c.loggingIn <- struct{}{}:
		defer func() { <-c.loggingIn }()
	case <-ctx.Done():
		return false, ctx.Err()
	}
	c.mu.Lock()
	token, with := c.token, c.credentials
	c.mu.Unlock()
	if token != stale {
		return true, nil
	}
	if with == nil {
		return false, nil
	}
	return true, c.logIn(ctx, *with)
}

// request is one call, whole: it can be sent more than once.
type request struct {
	method, path string
	query        url.Values
	body         any    // as JSON; nil: none
	accept       string // empty: JSON
	anonymous    bool   // neither sends the token nor gets a new one
}

// call sends a request and reads the answer into out.
func (c *Client) call(ctx context.Context, r *request, out any) error {
	answer, err := c.send(ctx, r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	decoder := json.NewDecoder(answer.Body)
	decoder.UseNumber()
	if err := decoder.Decode(out); err != nil {
		return fmt.Errorf("reading the answer of %s: %w", r.path, err)
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, 4096)) // so that the connection can be used again
	return nil
}

// send returns a successful answer, whose body the caller closes.
func (c *Client) send(ctx context.Context, r *request) (*http.Response, error) {
	renewed := false
	for waits := 0; ; {
		token := ""
		if !r.anonymous {
			token = c.Token()
		}
		answer, err := c.once(ctx, r, token)
		if err != nil {
			return nil, err
		}
		if answer.StatusCode/100 == 2 {
			return answer, nil
		}
		refused := refusal(answer)
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
		case c.waits(refused, waits):
			waits++
			if err := pause(ctx, refused.RetryAfter); err != nil {
				return nil, err
			}
		default:
			return nil, refused
		}
	}
}

// once sends a request one time.
func (c *Client) once(ctx context.Context, r *request, token string) (*http.Response, error) {
	var body io.Reader
	if r.body != nil {
		content, err := json.Marshal(r.body)
		if err != nil {
			return nil, fmt.Errorf("writing the request of %s: %w", r.path, err)
		}
		body = bytes.NewReader(content)
	}
	target := c.base.JoinPath(r.path)
	target.RawQuery = r.query.Encode()
	req, err := http.NewRequestWithContext(ctx, r.method, target.String(), body)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", r.path, err)
	}
	req.Header.Set("Accept", "application/json")
	if r.accept != "" {
		req.Header.Set("Accept", r.accept)
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	req.Header.Set("User-Agent", c.agent)
	if token != "" {
		req.Header.Set("Authorization", "JWT "+token)
	}
	return c.http.Do(req)
}

// waits reports whether to try again after a refusal, having waited before.
func (c *Client) waits(refused *Error, before int) bool {
	return refused.Status == http.StatusTooManyRequests && before < c.retries && refused.RetryAfter <= c.patience
}

// pause waits as long as the server said, or a second when it did not.
func pause(ctx context.Context, asked time.Duration) error {
	if asked == 0 {
		asked = time.Second
	}
	timer := time.NewTimer(asked)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
