package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/httpapi/intake"
)

// shortLimits are about 30 times shorter than the server's default time limits, so
// that the test takes only seconds.
var shortLimits = intake.Patience{
	Step: 330 * time.Millisecond, Whole: 660 * time.Millisecond, Stream: 1600 * time.Millisecond,
	Linger: 330 * time.Millisecond, Idle: 66 * time.Millisecond, Send: 2 * time.Second,
}

// bodiesPatience is far longer than the limits in shortLimits, because the machine
// may be busy.
const bodiesPatience = 30 * time.Second

// undocumentedPaths are the paths that are not in the OpenAPI document.
var undocumentedPaths = []string{
	"/", "/healthz", "/readyz", "/metrics", "/a/alpha", "/a/nobody/", "/api/schema/", "/api/schema/swagger-ui/", "/api/nothing/", "/nothing",
	"/api/registration/confirm/page/", "/api/auth/password/reset/page/", "/api/auth/password/reset/confirm/page/", "/api/registration/confirm/",
	"/promo/files/none.png/", "//api//auth//", "/api/%00/",
}

// stalledRequest is a request whose body is never sent completely.
type stalledRequest struct {
	name, head string
	feed       bool
	length     int
}

var sendings = map[string]func(conn net.Conn, s *stalledRequest, closed <-chan struct{}){
	"never sent": func(net.Conn, *stalledRequest, <-chan struct{}) {},
	"half sent": func(conn net.Conn, s *stalledRequest, _ <-chan struct{}) {
		_, _ = io.WriteString(conn, strings.Repeat("{", s.length/2)) // fails if the server has already closed the connection
	},
	"dripped": func(conn net.Conn, s *stalledRequest, closed <-chan struct{}) {
		for i := 0; !s.feed || i < 20; i++ { // the server accepts a slow feed from a caller with credentials, so the test has to stop sending
			select {
			case <-closed:
				return
			case <-time.After(20 * time.Millisecond):
				_, _ = io.WriteString(conn, "{")
			}
		}
	},
}

// TestBodiesThatDoNotCome sends requests whose body never arrives completely: to
// every operation and to every path outside the API, with and without
// credentials. The server must close every connection.
func TestBodiesThatDoNotCome(t *testing.T) {
	t.Parallel()
	w := setupMatrix(t)
	address, open := serveBodies(t, w.handler)
	var cases []stalledRequest
	add := func(method, path, token, media string) {
		c := stalledRequest{name: method + " " + path, feed: token != "" && path == "/broker/v1/events", length: 1000}
		if token != "" {
			c.name += " with credentials"
		}
		c.head = fmt.Sprintf("%s %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: %s\r\nContent-Length: %d\r\n", method, path, media, c.length)
		if token != "" {
			c.head += "Authorization: Bearer " + token + "\r\n"
		}
		cases = append(cases, c)
	}
	for _, op := range w.operations(t) {
		token, media := w.keys[""], "application/json"
		if strings.HasPrefix(op.path, "/broker/") {
			token = w.brokers[""]
		}
		if op.RequestBody != nil && op.RequestBody.Value != nil {
			for name := range op.RequestBody.Value.Content {
				media = name + "; boundary=x"
			}
		}
		path := strings.NewReplacer("{", "", "}", "").Replace(op.path)
		add(op.method, path, "", media)
		add(op.method, path, token, media)
	}
	for _, path := range undocumentedPaths {
		add(http.MethodGet, path, "", "application/x-www-form-urlencoded")
		add(http.MethodPost, path, "", "application/x-www-form-urlencoded")
	}
	require.Greater(t, len(cases), 200)

	var all errgroup.Group
	all.SetLimit(100)
	for _, c := range cases {
		for way, send := range sendings {
			all.Go(func() error {
				w.clock.Advance(pace) // stay below the rate limits, which another test covers
				if err := c.run(address, send); err != nil {
					return fmt.Errorf("%s, %s: %w", c.name, way, err)
				}
				return nil
			})
		}
	}
	require.NoError(t, all.Wait())
	require.Eventually(t, func() bool { return open.Load() == 0 }, bodiesPatience, 10*time.Millisecond, "connections are still open")
}

// run sends a request, and waits until the server closes the connection.
func (s *stalledRequest) run(address string, send func(net.Conn, *stalledRequest, <-chan struct{})) error {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return err
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, s.head+"\r\n"); err != nil {
		return err
	}
	closed := make(chan struct{})
	var sending sync.WaitGroup
	sending.Go(func() { send(conn, s, closed) })
	defer sending.Wait()
	defer close(closed)
	_ = conn.SetReadDeadline(clock.System().Now().Add(bodiesPatience))
	if _, err := io.Copy(io.Discard, conn); errors.Is(err, os.ErrDeadlineExceeded) {
		return errors.New("the connection is still open")
	}
	return nil
}

// serveBodies serves the handler with the limits in shortLimits. connections
// counts the open connections.
func serveBodies(t *testing.T, handler http.Handler) (address string, connections *atomic.Int64) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	connections = &atomic.Int64{}
	server := &http.Server{
		Handler: intake.Handler(handler, shortLimits), ReadHeaderTimeout: headerPatience, ConnContext: intake.Context,
		ConnState: func(_ net.Conn, state http.ConnState) {
			switch state {
			case http.StateNew:
				connections.Add(1)
			case http.StateClosed, http.StateHijacked:
				connections.Add(-1)
			case http.StateActive, http.StateIdle:
			}
		},
	}
	go func() { _ = server.Serve(intake.Listen(listener)) }()
	t.Cleanup(func() { require.NoError(t, server.Close()) })
	return listener.Addr().String(), connections
}
