// Package guard sends requests to addresses that partners have chosen. No other
// package may send such requests. They go only to the public internet. The
// client looks up the host's name once, requires that all of the name's
// addresses are public, and connects only to these addresses. It follows no
// redirects, uses no proxy, stores no cookies and reuses no connections. Every
// request is limited in time and in size, so a receiver cannot keep the server
// busy.
//
// A failed request returns ErrRefused or ErrUnreachable, which have the same
// text for every cause. The function Cause returns the cause for the operator's
// log.
package guard

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"syscall"
	"time"
)

// These are the limits on sizes.
const (
	MaxAnswer = 64 << 10 // maximum number of bytes that are read from a response's body
	maxHeader = 32 << 10 // maximum size of a response's header in bytes; a larger header is an error
)

// Resolver looks up the addresses of names. *net.Resolver implements it. Tests
// have resolvers with fixed, changing or late answers.
type Resolver interface {
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
}

// Patience limits how long each step of a request may take. Zero means the
// default.
type Patience struct {
	Lookup  time.Duration // default 5 s
	Connect time.Duration // default 5 s, for all of the name's addresses together
	TLS     time.Duration // default 5 s, for the TLS handshake
	Header  time.Duration // default 10 s, from the last byte of the request to the header of the response
	Body    time.Duration // default 3 s, for the body of the response; what arrives later is not read
	Whole   time.Duration // default 15 s, for the whole request
}

// Config configures a Client. The zero Config allows only the public internet.
type Config struct {
	// Allow lists private addresses to which requests are allowed. It is meant
	// for tests and private installations. If Allow is not empty, a host name
	// without a dot is also allowed.
	Allow    []netip.Prefix
	Resolver Resolver       // nil means net.DefaultResolver
	Roots    *x509.CertPool // trusted root certificates; nil means the system's roots
	Patience Patience
	// Own returns this machine's addresses. The client refuses requests to them
	// unless Allow contains them. If Own is nil, the client lists the addresses
	// of the network interfaces for each request.
	Own func() ([]netip.Addr, error)
}

// Client sends requests to addresses that partners have chosen. It is safe for
// concurrent use.
type Client struct {
	allow    []netip.Prefix
	resolver Resolver
	roots    *x509.CertPool
	patience Patience
	own      func() ([]netip.Addr, error)
	dial     func(ctx context.Context, dialer *net.Dialer, address string) (net.Conn, error)
}

// New returns a Client, and replaces zero fields of config with their defaults.
func New(config Config) *Client {
	c := &Client{resolver: config.Resolver, roots: config.Roots, own: config.Own, patience: config.Patience.orDefault()}
	for _, prefix := range config.Allow {
		c.allow = append(c.allow, prefix.Masked())
	}
	if c.resolver == nil {
		c.resolver = net.DefaultResolver
	}
	if c.own == nil {
		c.own = interfaces
	}
	c.dial = func(ctx context.Context, dialer *net.Dialer, address string) (net.Conn, error) {
		return dialer.DialContext(ctx, "tcp", address)
	}
	return c
}

func (p Patience) orDefault() Patience {
	for _, step := range []struct {
		of       *time.Duration
		standard time.Duration
	}{
		{&p.Lookup, 5 * time.Second},
		{&p.Connect, 5 * time.Second},
		{&p.TLS, 5 * time.Second},
		{&p.Header, 10 * time.Second},
		{&p.Body, 3 * time.Second},
		{&p.Whole, 15 * time.Second},
	} {
		if *step.of <= 0 {
			*step.of = step.standard
		}
	}
	return p
}

// Request is one HTTP request.
type Request struct {
	Method string
	URL    string
	Header http.Header
	Body   []byte
}

// Answer is the receiver's response. A redirect is returned like any other
// response.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte // at most MaxAnswer bytes
	Cut    bool   // whether Body lacks the end, because it was too long or arrived too slowly
}

// Check reports whether a request to a URL is allowed. It checks the syntax,
// the port, and all current addresses of the host's name. It sends nothing to
// the host.
//
// It returns ErrRefused if a request is not allowed, or if the name cannot be
// resolved.
func (c *Client) Check(ctx context.Context, url string) error {
	t, err := parse(url)
	if err != nil {
		return refused(err)
	}
	_, err = c.resolve(ctx, t)
	return err
}

// Spelling does the part of Check that needs no network. Use it when a URL is
// stored, because Do checks the addresses again before each request.
//
// It returns ErrRefused if a request is not allowed.
func (c *Client) Spelling(url string) error {
	t, err := parse(url)
	if err != nil {
		return refused(err)
	}
	return c.checkHostAndPort(t)
}

// Do sends one request and reads the response. It takes at most Patience.Whole.
//
// It returns ErrRefused if the request is not allowed, or if the name cannot be
// resolved. It returns ErrUnreachable if no valid HTTP response arrived in
// time, or if the certificate was not valid.
func (c *Client) Do(ctx context.Context, r *Request) (*Answer, error) {
	t, err := parse(r.URL)
	if err != nil {
		return nil, refused(err)
	}
	ctx, cancel := context.WithTimeout(ctx, c.patience.Whole)
	defer cancel()
	addrs, err := c.resolve(ctx, t)
	if err != nil {
		return nil, err
	}
	var body io.Reader
	if len(r.Body) > 0 {
		body = bytes.NewReader(r.Body)
	}
	request, err := http.NewRequestWithContext(ctx, r.Method, t.url.String(), body)
	if err != nil {
		return nil, refused(err)
	}
	for name, values := range r.Header {
		request.Header[http.CanonicalHeaderKey(name)] = values
	}
	// Each request has its own transport, so that no connection is reused.
	transport := &http.Transport{
		DialContext:            c.pinnedDialer(addrs, t.port),
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: c.roots},
		TLSHandshakeTimeout:    c.patience.TLS,
		ResponseHeaderTimeout:  c.patience.Header,
		MaxResponseHeaderBytes: maxHeader,
		DisableKeepAlives:      true,
		DisableCompression:     true, // a compressed body could expand without limit
	}
	defer transport.CloseIdleConnections()
	response, err := transport.RoundTrip(request) // http.Client would follow redirects
	if err != nil {
		return nil, unreachable(err)
	}
	defer response.Body.Close()
	defer time.AfterFunc(c.patience.Body, cancel).Stop()
	answer := &Answer{Status: response.StatusCode, Header: response.Header}
	answer.Body, err = io.ReadAll(io.LimitReader(response.Body, MaxAnswer+1))
	if answer.Cut = err != nil || len(answer.Body) > MaxAnswer; len(answer.Body) > MaxAnswer {
		answer.Body = answer.Body[:MaxAnswer]
	}
	return answer, nil
}

// maxAddresses is the maximum number of a name's addresses that are tried, one after
// the other.
const maxAddresses = 4

var errNotPermitted = errors.New("the address is not permitted")

// checkHostAndPort refuses a target because of its host or port, before its name is
// looked up.
func (c *Client) checkHostAndPort(t *target) error {
	switch {
	case t.host == "" && !c.permits(t.addr):
		return refused(errNotPermitted)
	case t.host != "" && !strings.Contains(t.host, ".") && len(c.allow) == 0:
		return refused(errors.New("the host name has no dot"))
	}
	return nil
}

// resolve looks up the target's name. It requires that all of the name's
// addresses are permitted, because a name with both public and private
// addresses is probably an attack.
func (c *Client) resolve(ctx context.Context, t *target) ([]netip.Addr, error) {
	if err := c.checkHostAndPort(t); err != nil {
		return nil, err
	}
	if t.host == "" {
		return []netip.Addr{t.addr}, nil
	}
	name := t.host
	if strings.Contains(name, ".") {
		name += "." // the final dot prevents the resolver from appending its search domains
	}
	ctx, cancel := context.WithTimeout(ctx, c.patience.Lookup)
	defer cancel()
	found, err := c.resolver.LookupNetIP(ctx, "ip", name)
	if err != nil {
		return nil, refused(err)
	}
	for i := range found {
		found[i] = found[i].Unmap() // some resolvers return IPv4 addresses as IPv4-mapped IPv6 addresses
		if !c.permits(found[i]) {
			return nil, refused(errNotPermitted)
		}
	}
	if len(found) == 0 {
		return nil, refused(errors.New("the host name has no addresses"))
	}
	return found[:min(len(found), maxAddresses)], nil
}

// pinnedDialer returns a dial function that connects only to the given
// addresses.
func (c *Client) pinnedDialer(addrs []netip.Addr, port uint16) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, _, _ string) (net.Conn, error) {
		ctx, cancel := context.WithTimeout(ctx, c.patience.Connect)
		defer cancel()
		dialer := net.Dialer{
			Timeout: c.patience.Connect / time.Duration(len(addrs)),
			// This checks the address again when the system connects to it.
			ControlContext: func(_ context.Context, _, address string, _ syscall.RawConn) error {
				to, err := netip.ParseAddrPort(address)
				if err != nil || to.Port() != port || !c.permits(to.Addr().Unmap()) {
					return errNotPermitted
				}
				return nil
			},
		}
		var failed error
		for _, addr := range addrs {
			conn, err := c.dial(ctx, &dialer, netip.AddrPortFrom(addr, port).String())
			if err == nil {
				return conn, nil
			}
			failed = errors.Join(failed, err)
		}
		return nil, failed
	}
}
