package guard_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/outbox/guard"
)

// limits has a different value for each step, so that a test can tell which
// limit ended the request.
var limits = guard.Patience{
	Lookup: 1 * time.Second, Connect: 2 * time.Second, TLS: 3 * time.Second, Header: 4 * time.Second, Body: 5500 * time.Millisecond, Whole: time.Minute,
}

// pipeClient returns a client of a fake server, which handles each connection
// with serve. The connections are in-memory pipes, because these work with the
// fake clock of synctest.
func pipeClient(t *testing.T, patience guard.Patience, serve func(net.Conn)) *guard.Client {
	t.Helper()
	var served sync.WaitGroup
	t.Cleanup(served.Wait)
	return localClient(guard.Config{Patience: patience}).Dialling(func(context.Context) (net.Conn, error) {
		ours, theirs := net.Pipe()
		served.Go(func() {
			_, _ = theirs.Read(make([]byte, 1)) // serve responds once the request has begun
			served.Go(func() { _, _ = io.Copy(io.Discard, theirs) })
			serve(theirs)
		})
		return ours, nil
	})
}

func measure(fn func()) time.Duration {
	began := clock.System().Now()
	fn()
	return clock.System().Now().Sub(began)
}

func keepWriting(conn net.Conn, text string) {
	for {
		if _, err := fmt.Fprint(conn, text); err != nil {
			return
		}
		time.Sleep(time.Second)
	}
}

func TestEachStepHasItsTime(t *testing.T) {
	t.Parallel()
	silent := func(net.Conn) {}
	for _, tt := range []struct {
		name, scheme string
		patience     guard.Patience
		serve        func(net.Conn)
		after        time.Duration
		body         string // "" means ErrUnreachable
	}{
		{"no handshake", "https", limits, silent, limits.TLS, ""},
		{"no header", "http", limits, silent, limits.Header, ""},
		{"a header line by line", "http", limits, func(conn net.Conn) {
			fmt.Fprint(conn, "HTTP/1.1 200 OK\r\n")
			keepWriting(conn, "X: y\r\n")
		}, limits.Header, ""},
		{"a body byte by byte", "http", limits, func(conn net.Conn) {
			fmt.Fprint(conn, "HTTP/1.1 200 OK\r\n\r\n")
			keepWriting(conn, "x")
		}, limits.Body, "xxxxxx"},
		{"a length that never comes", "http", limits, func(conn net.Conn) {
			fmt.Fprint(conn, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nx")
		}, limits.Body, "x"},
		{"the whole request", "http", guard.Patience{Whole: time.Second}, silent, time.Second, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c := pipeClient(t, tt.patience, tt.serve)
				require.Equal(t, tt.after, measure(func() {
					answer, err := get(t, c, tt.scheme+"://127.0.0.1/")
					if tt.body == "" {
						require.ErrorIs(t, err, guard.ErrUnreachable)
						require.Equal(t, "the address did not answer", err.Error())
						return
					}
					require.NoError(t, err)
					require.Equal(t, http.StatusOK, answer.Status)
					require.True(t, answer.Cut)
					require.Equal(t, tt.body, string(answer.Body))
				}))
			})
		})
	}
}

// stuck is a resolver that waits until its context ends.
type stuck struct{}

func (stuck) LookupNetIP(ctx context.Context, _, _ string) ([]netip.Addr, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

func TestLookupHasItsTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		require.Equal(t, limits.Lookup, measure(func() {
			_, err := get(t, guard.New(guard.Config{Resolver: stuck{}, Patience: limits}), "http://example.com/")
			require.ErrorIs(t, err, guard.ErrRefused)
		}))
	})
}

func TestConnectingHasItsTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := localClient(guard.Config{Patience: limits}).Dialling(func(ctx context.Context) (net.Conn, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		})
		require.Equal(t, limits.Connect, measure(func() {
			_, err := get(t, c, "http://127.0.0.1/")
			require.ErrorIs(t, err, guard.ErrUnreachable)
		}))
	})
}

func TestCancelled(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		require.Equal(t, time.Second, measure(func() {
			_, err := pipeClient(t, limits, func(net.Conn) {}).Do(ctx, &guard.Request{Method: http.MethodGet, URL: "http://127.0.0.1/"})
			require.ErrorIs(t, err, guard.ErrUnreachable)
		}))
	})
}
