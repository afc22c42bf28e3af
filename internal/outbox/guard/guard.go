// Package guard is the only place from which the programme calls addresses that
// partners chose. A call reaches the public internet or nothing: the name is
// looked up once, every address that it has must be public, and the connection
// goes to one of exactly these addresses. It follows no redirect, uses no
// proxy, keeps no cookie and shares no connection. Its time and size are
// bounded, whatever the other side does.
//
// For a failure a caller gets ErrRefused or ErrUnreachable, with the same text
// for every cause. The cause is for the operator's log.
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

// These bound a call.
const (
	MaxAnswer = 64 << 10 // bytes of an answer's body that are read
	maxHeader = 32 << 10 // bytes of an answer's header; a longer one is an error
)

// Resolver looks up names. *net.Resolver implements it, and the tests with names
// that lead to any address, or to another one at each look.
type Resolver interface {
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
}

// Patience is how long each step of a call may take; zero: the default.
type Patience struct {
	Lookup  time.Duration // 5 s
	Connect time.Duration // 5 s, for all of a name's addresses together
	TLS     time.Duration // 5 s
	Header  time.Duration // 10 s from the end of the request to the header of the answer
	Body    time.Duration // 3 s for the answer's body; what has arrived by then is used
	Whole   time.Duration // 15 s
}

// Config is what a Client needs. Its zero value suits calls to the internet.
type Config struct {
	// Allow lists addresses outside the public internet that may be called, for
	// tests and private installations. While it is not empty, a host's name may
	// also be a single word.
	Allow    []netip.Prefix
	Resolver Resolver       // nil: the system's
	Roots    *x509.CertPool // nil: the system's
	Patience Patience
	// Own lists this machine's addresses, which are not called unless Allow
	// lists them. nil: the network interfaces are read each time.
	Own func() ([]netip.Addr, error)
}

// Client calls partners' addresses. It is safe for concurrent use.
type Client struct {
	allow    []netip.Prefix
	resolver Resolver
	roots    *x509.CertPool
	patience Patience
	own      func() ([]netip.Addr, error)
}

// New returns a Client.
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

// Request is one call.
type Request struct {
	Method string
	URL    string
	Header http.Header
	Body   []byte
}

// Answer is the other side's answer. A redirect is an answer like any other.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte // at most the first MaxAnswer bytes
	Cut    bool   // the body was longer than the part read, or arrived too slowly
}

// Check reports whether an address may be called: its syntax, its port, and
// every address that its host's name has now. It sends nothing to the address.
//
// It returns ErrRefused if the address may not be called, or the name does not
// resolve.
func (c *Client) Check(ctx context.Context, url string) error {
	t, err := parse(url)
	if err != nil {
		return refused(err)
	}
	_, err = c.resolve(ctx, t)
	return err
}

// Spelling checks only what needs no network. Use it for an address that is
// stored now and checked again when it is called.
//
// It returns ErrRefused if the address may not be called.
func (c *Client) Spelling(url string) error {
	t, err := parse(url)
	if err != nil {
		return refused(err)
	}
	return c.standing(t)
}

// Do makes one call. It returns once the answer is read, after at most
// Patience.Whole.
//
// It returns ErrRefused if the address may not be called, or its name does not
// resolve. It returns ErrUnreachable if there was no answer in time, the answer
// was not HTTP, or the certificate was not valid.
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
	// The transport is for this call only: it uses no connection of another
	// call and leaves none open.
	transport := &http.Transport{
		DialContext:            c.pinned(addrs, t.port),
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: c.roots},
		TLSHandshakeTimeout:    c.patience.TLS,
		ResponseHeaderTimeout:  c.patience.Header,
		MaxResponseHeaderBytes: maxHeader,
		DisableKeepAlives:      true,
		DisableCompression:     true, // compressed answers are not unpacked
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

// maxAddresses is how many of a name's addresses are tried, one after another.
const maxAddresses = 4

var errNotPermitted = errors.New("an address that is not permitted")

// standing refuses an address that no look-up can make acceptable.
func (c *Client) standing(t *target) error {
	switch {
	case t.host == "" && !c.permitted(t.addr):
		return refused(errNotPermitted)
	case t.host != "" && !strings.Contains(t.host, ".") && len(c.allow) == 0:
		return refused(errors.New("a name of one word"))
	}
	return nil
}

// resolve looks up a target's name. All of its addresses must be permitted: a
// name that mixes private and public addresses is an attack.
func (c *Client) resolve(ctx context.Context, t *target) ([]netip.Addr, error) {
	if err := c.standing(t); err != nil {
		return nil, err
	}
	if t.host == "" {
		return []netip.Addr{t.addr}, nil
	}
	name := t.host
	if strings.Contains(name, ".") {
		name += "." // skips the resolver's search list
	}
	ctx, cancel := context.WithTimeout(ctx, c.patience.Lookup)
	defer cancel()
	found, err := c.resolver.LookupNetIP(ctx, "ip", name)
	if err != nil {
		return nil, refused(err)
	}
	for i := range found {
		found[i] = found[i].Unmap() // resolvers return an A record mapped to IPv6
		if !c.permitted(found[i]) {
			return nil, refused(errNotPermitted)
		}
	}
	if len(found) == 0 {
		return nil, refused(errors.New("a name without addresses"))
	}
	return found[:min(len(found), maxAddresses)], nil
}

// pinned returns a dialer that connects to one of these addresses, whatever
// name it is asked for.
func (c *Client) pinned(addrs []netip.Addr, port uint16) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, _, _ string) (net.Conn, error) {
		ctx, cancel := context.WithTimeout(ctx, c.patience.Connect)
		defer cancel()
		dialer := net.Dialer{
			Timeout: c.patience.Connect / time.Duration(len(addrs)),
			// Check the address that the system really connects to.
			ControlContext: func(_ context.Context, _, address string, _ syscall.RawConn) error {
				to, err := netip.ParseAddrPort(address)
				if err != nil || to.Port() != port || !c.permitted(to.Addr().Unmap()) {
					return errNotPermitted
				}
				return nil
			},
		}
		var failed error
		for _, addr := range addrs {
			conn, err := dialer.DialContext(ctx, "tcp", netip.AddrPortFrom(addr, port).String())
			if err == nil {
				return conn, nil
			}
			failed = errors.Join(failed, err)
		}
		return nil, failed
	}
}
