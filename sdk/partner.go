package sdk

import (
	"context"
	"errors"
	"fmt"
	"net/http"
)

// Partner is a client of the Partner API for one partner. It is safe for
// concurrent use.
type Partner struct {
	*Client
}

// NewPartner returns a client of the server at baseURL, such as
// https://partners.example.com. If baseURL has a path, the paths of requests
// follow it. Pass WithToken, or call Login before other methods.
func NewPartner(baseURL string, options ...Option) (*Partner, error) {
	c, err := newClient(baseURL, options)
	if err != nil {
		return nil, err
	}
	return &Partner{c}, nil
}

type credentials struct {
	Login    string `json:"login"`
	Password string `json:"password"`
	Code     string `json:"code,omitempty"`
}

// Login exchanges an e-mail address and a password for a token. The client
// keeps all three in memory, and logs in again when the token has expired.
func (p *Partner) Login(ctx context.Context, login, password string) error {
	return p.logIn(ctx, credentials{Login: login, Password: password})
}

// LoginWithCode does the same as Login, for a partner who must also send a
// code. A code works only once, so the client cannot log in again.
func (p *Partner) LoginWithCode(ctx context.Context, login, password, code string) error {
	return p.logIn(ctx, credentials{Login: login, Password: password, Code: code})
}

// Token returns the current token, or "" if there is none.
func (p *Partner) Token() string { return p.currentToken() }

func (c *Client) currentToken() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.token
}

func (c *Client) logIn(ctx context.Context, with credentials) error {
	answer, err := do[Token](ctx, c, http.MethodPost, "/api/v2/auth/", nil, with, []CallOption{withoutToken})
	if err != nil {
		return fmt.Errorf("logging in: %w", err)
	}
	if answer.Token == "" {
		return errors.New("logging in: the response contains no token")
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.token, c.credentials = answer.Token, nil
	if with.Code == "" {
		c.credentials = &with
	}
	return nil
}

// renew logs in again, unless another goroutine has already replaced the refused
// token. It returns false if the client has no credentials.
func (c *Client) renew(ctx context.Context, refused string) (bool, error) {
	select {
	case c.loggingIn <- struct{}{}:
		defer func() { <-c.loggingIn }()
	case <-ctx.Done():
		return false, ctx.Err()
	}
	c.mu.Lock()
	token, with := c.token, c.credentials
	c.mu.Unlock()
	if token != refused {
		return true, nil
	}
	if with == nil {
		return false, nil
	}
	return true, c.logIn(ctx, *with)
}
