package guard_test

import (
	"bufio"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/outbox/guard"
)

// localClient returns a client that may connect to this machine's loopback
// addresses.
func localClient(config guard.Config) *guard.Client {
	config.Allow = append(config.Allow, netip.MustParsePrefix("127.0.0.0/8"))
	if config.Resolver == nil {
		config.Resolver = names
	}
	return guard.New(config)
}

func get(t *testing.T, c *guard.Client, address string) (*guard.Answer, error) {
	t.Helper()
	return c.Do(t.Context(), &guard.Request{Method: http.MethodGet, URL: address})
}

func receiver(t *testing.T, handle http.HandlerFunc) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(handle)
	t.Cleanup(server.Close)
	return server
}

func TestDo(t *testing.T) {
	t.Parallel()
	server := receiver(t, func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			panic(err)
		}
		w.Header().Set("Retry-After", "7")
		w.WriteHeader(http.StatusTeapot)
		fmt.Fprintf(w, "%s %s %s %s %q", r.Method, r.Host, r.RequestURI, r.Header["X-Of-Ours"], body)
	})
	address := strings.Replace(server.URL, "127.0.0.1", "Loop.Example.com.", 1)
	answer, err := localClient(guard.Config{}).Do(t.Context(), &guard.Request{
		Method: http.MethodPost, URL: address + "/a%20b?x=ü&y=%2F", Header: http.Header{"x-of-ours": {"1"}}, Body: []byte("sent"),
	})
	require.NoError(t, err)
	require.Equal(t, http.StatusTeapot, answer.Status)
	require.Equal(t, "7", answer.Header.Get("Retry-After"))
	require.False(t, answer.Cut)
	port := server.URL[strings.LastIndexByte(server.URL, ':'):]
	require.Equal(t, `POST loop.example.com`+port+` /a%20b?x=%C3%BC&y=%2F [1] "sent"`, string(answer.Body))
	for sent, arrives := range map[string]string{
		"": "/", "/": "/", "?a=b": "/?a=b", "/ü/a%2Fb": "/%C3%BC/a%2Fb", "/{a}|%2f?{b}": "/%7Ba%7D%7C%2f?%7Bb%7D", "/a//b/../c": "/a//b/../c", "/a;b=c,d:@!$'()*+": "/a;b=c,d:@!$'()*+",
		"/\xff%FF": "/%FF%FF",
	} {
		answer, err := get(t, localClient(guard.Config{}), address+sent)
		require.NoError(t, err, sent)
		require.Contains(t, string(answer.Body), " "+arrives+" [", sent)
	}
}

// rebinding is a resolver that returns a different address after the first
// look-up.
type rebinding struct {
	first, then string
	asked       atomic.Int64
}

func (r *rebinding) LookupNetIP(context.Context, string, string) ([]netip.Addr, error) {
	if r.asked.Add(1) == 1 {
		return []netip.Addr{netip.MustParseAddr(r.first)}, nil
	}
	return []netip.Addr{netip.MustParseAddr(r.then)}, nil
}

func TestRebinding(t *testing.T) {
	t.Parallel()
	var calls atomic.Int64
	server := receiver(t, func(http.ResponseWriter, *http.Request) { calls.Add(1) })
	port := server.URL[strings.LastIndexByte(server.URL, ':'):]
	resolver := &rebinding{first: "127.0.0.1", then: "169.254.169.254"}
	c := localClient(guard.Config{Resolver: resolver})
	_, err := get(t, c, "http://rebinding.example.com"+port)
	require.NoError(t, err)
	require.EqualValues(t, 1, resolver.asked.Load(), "each call looks up the name once")
	require.EqualValues(t, 1, calls.Load(), "the call uses the address of that lookup")
	_, err = get(t, c, "http://rebinding.example.com"+port)
	require.ErrorIs(t, err, guard.ErrRefused, "the next call looks it up again")

	// The name has a public address during the check and a private one when the
	// request is sent.
	resolver = &rebinding{first: "93.184.215.14", then: "127.0.0.1"}
	c = guard.New(guard.Config{Resolver: resolver})
	require.NoError(t, c.Check(t.Context(), "http://rebinding.example.com"+port))
	_, err = get(t, c, "http://rebinding.example.com"+port)
	require.ErrorIs(t, err, guard.ErrRefused)
	require.EqualValues(t, 1, calls.Load())
}

func TestRedirectIsNotFollowed(t *testing.T) {
	t.Parallel()
	var calls atomic.Int64
	secret := receiver(t, func(http.ResponseWriter, *http.Request) { calls.Add(1) })
	for _, status := range []int{301, 302, 303, 307, 308} {
		for _, to := range []string{secret.URL, "http://169.254.169.254/", "//127.0.0.1/", "/again", "file:///etc/passwd"} {
			server := receiver(t, func(w http.ResponseWriter, _ *http.Request) {
				calls.Add(1)
				w.Header().Set("Location", to)
				w.WriteHeader(status)
			})
			calls.Store(0)
			answer, err := get(t, localClient(guard.Config{}), server.URL)
			require.NoError(t, err)
			require.Equal(t, status, answer.Status)
			require.EqualValues(t, 1, calls.Load(), "%d to %s", status, to)
		}
	}
}

func TestAnswersAreBounded(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		handle http.HandlerFunc
		status int // 0 means ErrUnreachable
		cut    bool
		most   int
	}{
		{"endless", func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				if _, err := w.Write([]byte(strings.Repeat("x", 4096))); err != nil {
					return
				}
			}
		}, 200, true, guard.MaxAnswer},
		{"a byte too long", func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, strings.Repeat("x", guard.MaxAnswer+1))
		}, 200, true, guard.MaxAnswer},
		{"the longest allowed", func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, strings.Repeat("x", guard.MaxAnswer))
		}, 200, false, guard.MaxAnswer},
		{"a huge header", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-Huge", strings.Repeat("x", 64<<10))
		}, 0, false, 0},
		{"many headers", func(w http.ResponseWriter, _ *http.Request) {
			for i := range 10_000 {
				w.Header().Set(fmt.Sprintf("X-%d", i), "xxxxxxxxxxxxxxxx")
			}
		}, 0, false, 0},
		{"early hints without end", func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				w.WriteHeader(http.StatusEarlyHints)
			}
		}, 0, false, 0},
		{"hung up", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, 0, false, 0},
		{"packed", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			fmt.Fprint(w, "not unpacked")
		}, 200, false, 12},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			server := receiver(t, tt.handle)
			answer, err := get(t, localClient(guard.Config{}), server.URL)
			if tt.status == 0 {
				require.ErrorIs(t, err, guard.ErrUnreachable)
				require.Equal(t, "the address did not answer", err.Error())
				return
			}
			require.NoError(t, err)
			require.Equal(t, tt.status, answer.Status)
			require.Equal(t, tt.cut, answer.Cut)
			require.LessOrEqual(t, len(answer.Body), tt.most)
			require.NotEmpty(t, answer.Body)
		})
	}
}

func raw(t *testing.T, serve func(net.Conn)) string {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				serve(conn)
			}()
		}
	}()
	return listener.Addr().String()
}

func TestConnectionsThatAreNoHTTP(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, scheme string
		serve        func(net.Conn)
	}{
		{"another protocol", "http", func(conn net.Conn) {
			fmt.Fprint(conn, "220 mail.example.com ESMTP\r\n")
			_, _ = io.Copy(io.Discard, conn)
		}},
		{"a header without end", "http", func(conn net.Conn) {
			out := bufio.NewWriter(conn)
			for _, err := out.WriteString("HTTP/1.1 200 "); err == nil; {
				_, err = out.WriteString(strings.Repeat("O", 4096))
			}
		}},
		{"HTTP in place of TLS", "https", func(conn net.Conn) { fmt.Fprint(conn, "HTTP/1.1 200 OK\r\n\r\n") }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := get(t, localClient(guard.Config{}), tt.scheme+"://"+raw(t, tt.serve)+"/")
			require.ErrorIs(t, err, guard.ErrUnreachable)
		})
	}
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	closed := listener.Addr().String()
	require.NoError(t, listener.Close())
	_, err = get(t, localClient(guard.Config{}), "http://"+closed)
	require.ErrorIs(t, err, guard.ErrUnreachable)
	require.NotContains(t, err.Error(), "refused")
	require.Contains(t, guard.Cause(err), "refused")
}

func TestSecondAddress(t *testing.T) {
	t.Parallel()
	server := receiver(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	resolver := zone{"two.example.com": {"127.0.0.2", "127.0.0.1"}} // nothing listens at the first address
	answer, err := get(t, localClient(guard.Config{Resolver: resolver}), strings.Replace(server.URL, "127.0.0.1", "two.example.com", 1))
	require.NoError(t, err)
	require.Equal(t, http.StatusNoContent, answer.Status)
}

func TestTLS(t *testing.T) {
	t.Parallel()
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, r.Proto, " ", r.TLS.ServerName)
	}))
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	server.StartTLS()
	t.Cleanup(server.Close)
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate()) // the certificate is for example.com and not for other.example
	resolver := zone{"example.com": {"127.0.0.1"}, "other.example": {"127.0.0.1"}}
	answer, err := get(t, localClient(guard.Config{Roots: roots, Resolver: resolver}), strings.Replace(server.URL, "127.0.0.1", "example.com", 1))
	require.NoError(t, err)
	require.Equal(t, "HTTP/1.1 example.com", string(answer.Body))
	_, err = get(t, localClient(guard.Config{Roots: roots, Resolver: resolver}), strings.Replace(server.URL, "127.0.0.1", "other.example", 1))
	require.ErrorIs(t, err, guard.ErrUnreachable, "a certificate for another name")
	_, err = get(t, localClient(guard.Config{Resolver: resolver}), strings.Replace(server.URL, "127.0.0.1", "example.com", 1))
	require.ErrorIs(t, err, guard.ErrUnreachable, "a certificate that no one trusts")
}

// TestNoProxyFromTheEnvironment is not parallel, because it changes environment
// variables.
func TestNoProxyFromTheEnvironment(t *testing.T) {
	var proxied atomic.Int64
	proxy := receiver(t, func(http.ResponseWriter, *http.Request) { proxied.Add(1) })
	for _, name := range []string{"HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"} {
		t.Setenv(name, proxy.URL)
	}
	server := receiver(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	resolver := zone{"example.com": {"127.0.0.1"}} // a name, because net/http uses no proxy for loopback addresses
	answer, err := get(t, localClient(guard.Config{Resolver: resolver}), strings.Replace(server.URL, "127.0.0.1", "example.com", 1))
	require.NoError(t, err)
	require.Equal(t, http.StatusNoContent, answer.Status)
	require.Zero(t, proxied.Load())
}

func TestNothingIsSharedBetweenCalls(t *testing.T) {
	t.Parallel()
	var connections atomic.Int64
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Cookie") != "" {
			panic(errors.New("a cookie came back"))
		}
		http.SetCookie(w, &http.Cookie{Name: "a", Value: "b"})
	}))
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			connections.Add(1)
		}
	}
	server.Start()
	t.Cleanup(server.Close)
	c := localClient(guard.Config{})
	for range 3 {
		_, err := get(t, c, server.URL)
		require.NoError(t, err)
	}
	require.EqualValues(t, 3, connections.Load())
}

func TestHeadersCannotBeSplit(t *testing.T) {
	t.Parallel()
	server := receiver(t, func(http.ResponseWriter, *http.Request) {})
	_, err := localClient(guard.Config{}).Do(t.Context(), &guard.Request{
		Method: http.MethodGet, URL: server.URL, Header: http.Header{"X-A": {"b\r\nX-C: d"}},
	})
	require.ErrorIs(t, err, guard.ErrUnreachable)
	_, err = localClient(guard.Config{}).Do(t.Context(), &guard.Request{Method: "GET /\r\n", URL: server.URL})
	require.ErrorIs(t, err, guard.ErrRefused)
}
