package intake

import (
	"bytes"
	"context"
	"net"
	"sync/atomic"
)

// A request can give its length by Content-Length or by Transfer-Encoding. If it has
// both headers, a proxy and this server may disagree about where the body ends, and
// the bytes after the body could become the request of another caller (request
// smuggling). net/http removes the Content-Length of such a request before a handler
// sees it, so the request can only be detected on the connection.

// Listen returns a listener whose connections detect requests that give their
// length in two ways.
func Listen(listener net.Listener) net.Listener { return watching{listener} }

type watching struct{ net.Listener }

func (l watching) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &conn{Conn: c}, nil
}

type connKey struct{}

// Context returns a context with the connection, in which the Gate finds it. It
// is for the field ConnContext of http.Server.
func Context(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, connKey{}, c)
}

// hadBothHeaders reports whether any request on the connection of ctx has had
// both headers.
func hadBothHeaders(ctx context.Context) bool {
	c, is := ctx.Value(connKey{}).(*conn)
	return is && c.heads.mixed.Load()
}

type conn struct {
	net.Conn

	heads headerScanner
}

func (c *conn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.heads.scan(p[:n])
	return n, err //nolint:wrapcheck // net/http compares the error
}

// CloseWrite closes the sending side of the connection. net/http calls it.
func (c *conn) CloseWrite() error {
	if half, can := c.Conn.(interface{ CloseWrite() error }); can {
		return half.CloseWrite()
	}
	return nil
}

// headerScanner searches the bytes of a connection for two empty lines with
// both headers between them. It cannot distinguish headers from bodies, so the
// connection is also closed after a body that contains such lines.
type headerScanner struct {
	name             [len("transfer-encoding")]byte // beginning of the line, in lower case
	n                int
	rest             bool // true if the rest of the line can be skipped
	length, encoding bool // true if the header occurred since the last empty line
	mixed            atomic.Bool
}

func (h *headerScanner) scan(p []byte) {
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

func (h *headerScanner) byte(c byte) {
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

func (h *headerScanner) end() {
	if h.length && h.encoding {
		h.mixed.Store(true)
	}
	h.length, h.encoding = false, false
}
