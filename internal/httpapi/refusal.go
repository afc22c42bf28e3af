package httpapi

import (
	"bytes"
	"net"
	"net/http"
	"strconv"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/object"
)

// Listen returns a listener that changes the error responses that net/http itself
// writes. It replaces each of them by a ParseError in the form of the API.
//
// net/http refuses some requests before any handler runs, for example requests
// with the path /%zz, with headers that are too large, or with an unknown Expect.
// It writes the error response directly to the connection, as plain text.
func Listen(listener net.Listener) net.Listener { return telling{listener} }

type telling struct{ net.Listener }

func (l telling) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err //nolint:wrapcheck // net/http checks the error's type
	}
	return &tellingConn{c}, nil
}

type tellingConn struct{ net.Conn }

func (c *tellingConn) Write(p []byte) (int, error) {
	if !isRefusal(p) {
		return c.Conn.Write(p) //nolint:wrapcheck // net/http checks the error's type
	}
	if _, err := c.Conn.Write(refusal()); err != nil {
		return 0, err //nolint:wrapcheck // net/http checks the error's type
	}
	return len(p), nil
}

// CloseWrite closes the sending side of the connection. net/http calls it.
func (c *tellingConn) CloseWrite() error {
	if half, can := c.Conn.(interface{ CloseWrite() error }); can {
		return half.CloseWrite() //nolint:wrapcheck // net/http ignores the error
	}
	return nil
}

var (
	errorStatus   = []byte("HTTP/1.1 4")
	errorStatus5  = []byte("HTTP/1.1 5")
	unexpected    = []byte("HTTP/1.1 417 ")
	refusalHeader = []byte("\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n")
)

// isRefusal reports whether p is an error response that net/http wrote itself.
// net/http writes such a response in one piece, without a Date and without the
// security headers that handlers send.
func isRefusal(p []byte) bool {
	if !bytes.HasPrefix(p, errorStatus) && !bytes.HasPrefix(p, errorStatus5) {
		return false
	}
	line := bytes.IndexByte(p, '\r')
	return line > 0 && (bytes.HasPrefix(p[line:], refusalHeader) || bytes.HasPrefix(p, unexpected))
}

func refusal() []byte {
	row := table[fault.ParseError]
	body, err := object.Encode(Problem{Code: fault.ParseError, Message: row.message})
	if err != nil {
		panic(err) // a Problem has only strings, so this cannot happen
	}
	header := http.Header{
		"Content-Type": headerJSON, "Content-Length": {strconv.Itoa(len(body))}, "Connection": {"close"},
		"Date": {clock.System().Now().UTC().Format(http.TimeFormat)}, "X-Request-Id": {id.New().Hex()},
		"X-Content-Type-Options": headerNosniff, "Cache-Control": headerNoStore,
	}
	var answer bytes.Buffer
	answer.WriteString("HTTP/1.1 " + strconv.Itoa(row.status) + " " + http.StatusText(row.status) + "\r\n")
	if err := header.Write(&answer); err != nil {
		panic(err) // writing to a buffer cannot fail
	}
	answer.WriteString("\r\n")
	answer.Write(body)
	return answer.Bytes()
}
