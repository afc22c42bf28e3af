package intake_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/httpapi/intake"
)

var hasty = intake.Patience{
	Step: 300 * time.Millisecond, Whole: 900 * time.Millisecond, Stream: 900 * time.Millisecond,
	Linger: 5 * time.Second, Idle: time.Second, Send: 10 * time.Second,
}

// serve returns the address of a server with short limits.
func serve(t *testing.T, handler http.HandlerFunc) string {
	t.Helper()
	return serveGate(t, intake.Handler(handler, hasty))
}

func serveGate(t *testing.T, gate *intake.Gate) string {
	t.Helper()
	server := httptest.NewUnstartedServer(gate)
	server.Listener = intake.Listen(server.Listener)
	server.Config.ConnContext = intake.Context
	server.Start()
	t.Cleanup(server.Close)
	return server.Listener.Addr().String()
}

// pipeListener is a listener for connections inside the process. synctest can
// control their deadlines, unlike those of real connections.
type pipeListener chan net.Conn

func (p pipeListener) Accept() (net.Conn, error) {
	conn, open := <-p
	if !open {
		return nil, net.ErrClosed
	}
	return conn, nil
}

func (pipeListener) Close() error   { return nil }
func (pipeListener) Addr() net.Addr { return &net.UnixAddr{Name: "pipe"} }

// pipeTo returns a connection to a server with short limits, for tests that use
// synctest.
func pipeTo(t *testing.T, handler http.HandlerFunc) net.Conn {
	t.Helper()
	listener := make(pipeListener)
	server := &http.Server{Handler: intake.Handler(handler, hasty), ConnContext: intake.Context}
	go func() { _ = server.Serve(intake.Listen(listener)) }() // returns an error when the listener is closed
	ours, theirs := net.Pipe()
	listener <- theirs
	t.Cleanup(func() {
		close(listener)
		ours.Close()
		require.NoError(t, server.Close())
	})
	require.NoError(t, ours.SetDeadline(clock.System().Now().Add(30*time.Second)))
	return ours
}

func dial(t *testing.T, address string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	require.NoError(t, err)
	t.Cleanup(func() { conn.Close() })
	require.NoError(t, conn.SetDeadline(clock.System().Now().Add(30*time.Second)))
	return conn
}

// readAnswer reads a response, and reports whether the server then closes the connection.
func readAnswer(t *testing.T, conn net.Conn) (status int, body string, closed bool) {
	t.Helper()
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	require.NoError(t, err)
	text, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	response.Body.Close()
	if response.Close {
		_, err := conn.Read(make([]byte, 1))
		require.Error(t, err)
		require.NotErrorIs(t, err, os.ErrDeadlineExceeded, "the answer says that the connection closes, but it stays open")
	}
	return response.StatusCode, string(text), response.Close
}

func readAll(w http.ResponseWriter, r *http.Request) {
	text, err := io.ReadAll(r.Body)
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	fmt.Fprint(w, len(text))
}

func TestBodyThatComesIsRead(t *testing.T) {
	t.Parallel()
	conn := dial(t, serve(t, readAll))
	for range 3 {
		_, err := io.WriteString(conn, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello")
		require.NoError(t, err)
		status, body, closed := readAnswer(t, conn)
		require.Equal(t, 200, status)
		require.Equal(t, "5", body)
		require.False(t, closed)
		_, err = io.WriteString(conn, "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n")
		require.NoError(t, err)
		_, body, closed = readAnswer(t, conn)
		require.Equal(t, "3", body)
		require.False(t, closed)
	}
}

// TestSlowBodyThatKeepsItsPace checks that a slow body is read to its end as
// long as bytes arrive before the deadline. The total time does not matter, nor
// does the time that the handler spends between two reads.
func TestSlowBodyThatKeepsItsPace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		conn := pipeTo(t, func(w http.ResponseWriter, r *http.Request) {
			time.Sleep(2 * hasty.Step)
			readAll(w, r)
		})
		_, err := io.WriteString(conn, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 40960\r\n\r\n")
		require.NoError(t, err)
		for range 20 {
			_, err := io.WriteString(conn, strings.Repeat("x", 2048))
			require.NoError(t, err)
			time.Sleep(hasty.Step - time.Millisecond)
		}
		status, body, closed := readAnswer(t, conn)
		require.Equal(t, 200, status)
		require.Equal(t, "40960", body)
		require.False(t, closed)
	})
}

func TestBodyThatStandsStillIsRefused(t *testing.T) {
	t.Parallel()
	for name, handler := range map[string]http.HandlerFunc{
		"read":           readAll,
		"read as whole":  func(w http.ResponseWriter, r *http.Request) { intake.AsWhole(r.Body); readAll(w, r) },
		"read as stream": func(w http.ResponseWriter, r *http.Request) { intake.AsStream(r.Body); readAll(w, r) },
		"not read":       func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadRequest) },
	} {
		for _, head := range []string{"Content-Length: 5", "Transfer-Encoding: chunked"} {
			t.Run(name+" "+head, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					conn := pipeTo(t, handler)
					_, err := io.WriteString(conn, "POST / HTTP/1.1\r\nHost: x\r\n"+head+"\r\n\r\n")
					require.NoError(t, err)
					status, _, closed := readAnswer(t, conn)
					require.Equal(t, 400, status)
					require.True(t, closed)
				})
			})
		}
	}
}

// TestDrip sends bodies one byte at a time. A stream must be accepted, because
// every byte renews its deadline. Any other body must be refused when its time is
// over.
func TestDrip(t *testing.T) {
	t.Parallel()
	for stream, want := range map[bool]int{true: 200, false: 400} {
		t.Run(strconv.FormatBool(stream), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				conn := pipeTo(t, func(w http.ResponseWriter, r *http.Request) {
					if stream {
						intake.AsStream(r.Body)
					}
					readAll(w, r)
				})
				_, err := io.WriteString(conn, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 30\r\n\r\n")
				require.NoError(t, err)
				var dripping sync.WaitGroup
				dripping.Go(func() {
					for range 30 {
						time.Sleep(hasty.Stream - time.Millisecond)
						if _, err := io.WriteString(conn, "x"); err != nil {
							return
						}
					}
				})
				status, _, closed := readAnswer(t, conn)
				require.Equal(t, want, status)
				require.Equal(t, !stream, closed)
				require.NoError(t, conn.Close())
				dripping.Wait()
			})
		})
	}
}

// TestTooLongABodyIsAnswered sends the whole of a body that is too large before
// it reads the response. The client must get the response, and not a reset
// connection.
func TestTooLongABodyIsAnswered(t *testing.T) {
	t.Parallel()
	const long = 40 << 20
	conn := dial(t, serve(t, func(w http.ResponseWriter, r *http.Request) {
		readAll(w, &http.Request{Body: http.MaxBytesReader(w, r.Body, 1<<20)})
	}))
	_, err := fmt.Fprintf(conn, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n", long)
	require.NoError(t, err)
	piece := make([]byte, 1<<20)
	for range long / len(piece) {
		_, err := conn.Write(piece)
		require.NoError(t, err)
	}
	status, _, closed := readAnswer(t, conn)
	require.Equal(t, 400, status)
	require.True(t, closed)
}

// TestRefusedBeforeItIsAskedFor checks that the server refuses a request without
// first asking for its body with "100 Continue".
func TestRefusedBeforeItIsAskedFor(t *testing.T) {
	t.Parallel()
	conn := dial(t, serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) }))
	_, err := io.WriteString(conn, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n")
	require.NoError(t, err)
	status, _, closed := readAnswer(t, conn)
	require.Equal(t, 401, status)
	require.True(t, closed)
}

func TestTwoLengthsCloseTheConnection(t *testing.T) {
	t.Parallel()
	address := serve(t, readAll)
	for name, c := range map[string]struct {
		head   string
		closed bool
	}{
		"both":         {"Content-Length: 4\r\nTransfer-Encoding: chunked", true},
		"other order":  {"transfer-encoding:chunked\r\nX: y\r\ncontent-LENGTH:   4", true},
		"one":          {"Transfer-Encoding: chunked", false},
		"alike names":  {"X-Content-Length: 4\r\nTransfer-Encoding: chunked\r\nContent-Length-X: 4", false},
		"in a value":   {"Transfer-Encoding: chunked\r\nX: Content-Length: 4", false},
		"nothing else": {"Transfer-Encoding: chunked\r\nContent-Type: text/plain", false},
	} {
		conn := dial(t, address)
		for range 2 {
			// Send single bytes, so that every header arrives in pieces.
			for _, b := range []byte("POST / HTTP/1.1\r\nHost: x\r\n" + c.head + "\r\n\r\n3\r\nabc\r\n0\r\n\r\n") {
				_, err := conn.Write([]byte{b})
				if errors.Is(err, net.ErrClosed) {
					break
				}
			}
			status, body, closed := readAnswer(t, conn)
			require.Equal(t, 200, status, name)
			require.Equal(t, "3", body, name)
			require.Equal(t, c.closed, closed, name)
			if closed {
				break
			}
		}
	}
	// Two requests on one connection may use different headers, a
	// Content-Length and a Transfer-Encoding.
	conn := dial(t, address)
	for _, request := range []string{
		"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc",
		"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
	} {
		_, err := io.WriteString(conn, request)
		require.NoError(t, err)
		_, _, closed := readAnswer(t, conn)
		require.False(t, closed)
	}
}
