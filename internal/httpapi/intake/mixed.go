package intake

import (
	"bytes"
	"context"
	"net"
	"sync/atomic"
)

// A proxy may read a request that gives its length in two ways, by
// Content-Length and by Transfer-Encoding, differently from this server: what
// follows on the connection could be another caller's request. net/http
// discards the Content-Length of such a request, so the connection looks for
// it.

// Listen returns a listener whose connections notice such requests.
func Listen(listener net.Listener) net.Listener { return watching{listener} }

type watching struct{ net.Listener }

// Accept implements net.Listener.
func (l watching) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &conn{Conn: c}, nil
}

type connKey struct{}

// Context is the http.Server's ConnContext: it puts the request's connection
// into ctx, for the handler.
func Context(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, connKey{}, c)
}

// mixed reports whether a request on ctx's connection gave its length in two
// ways.
func mixed(ctx context.Context) bool {
	c, is := ctx.Value(connKey{}).(*conn)
	return is && c.heads.mixed.Load()
}

type conn struct {
	net.Conn

	heads heads
}

// Read implements net.Conn.
func (c *conn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.heads.scan(p[:n])
	return n, err //nolint:wrapcheck // net/http compares it
}

// CloseWrite ends the sending side, as net/http asks of a TCP connection.
func (c *conn) CloseWrite() error {
	if half, can := c.Conn.(interface{ CloseWrite() error }); can {
		return half.CloseWrite()
	}
	return nil
}

// heads looks for the two headers in the lines before an empty line. It does
// not know where bodies begin. A body with such lines looks the same, and its
// sender loses the connection.
type heads struct {
	name             [len("transfer-encoding")]byte // the beginning of the line, in lower case
	n                int
	rest             bool // the rest of the line needs no look
	length, encoding bool // since the last empty line
	mixed            atomic.Bool
}

func (h *heads) scan(p []byte) {
	for len(p) > 0 {
		if h.rest {
			end := bytes.IndexByte(p, '\n')
			if end < 0 {
				return
			}
			h.rest, h.n, p = false, 0, p[end+1:]
			continue
		}
		h.byte(p[0])
		p = p[1:]
	}
}

func (h *heads) byte(c byte) {
	switch {
	case c == '\n':
		if h.n == 0 || h.n == 1 && h.name[0] == '\r' {
			h.end()
		}
		h.n = 0
	case c == ':':
		switch string(h.name[:h.n]) {
		case "content-length":
			h.length = true
		case "transfer-encoding":
			h.encoding = true
		}
		h.rest = true
	case h.n == len(h.name):
		h.rest = true
	default:
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		h.name[h.n] = c
		h.n++
	}
}

func (h *heads) end() {
	if h.length && h.encoding {
		h.mixed.Store(true)
	}
	h.length, h.encoding = false, false
}
