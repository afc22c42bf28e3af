package intake_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/httpapi/intake"
)

// TestStopEndsStreams checks that Stop ends every stream, both while the client
// sends and while it pauses, and that the client can read the response. Other
// bodies must be read to their end.
func TestStopEndsStreams(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		stream, flows bool
		want          int
	}{
		"a stream that waits": {true, false, 503},
		"a stream that flows": {true, true, 503},
		"another body":        {false, false, 200},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			reading := make(chan struct{})
			gate := intake.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if c.stream {
					intake.AsStream(r.Body)
				}
				first, err := io.ReadFull(r.Body, make([]byte, 1))
				close(reading)
				rest, restErr := io.Copy(io.Discard, r.Body)
				if errors.Is(errors.Join(err, restErr), intake.ErrStopping) {
					w.WriteHeader(http.StatusServiceUnavailable)
				}
				fmt.Fprint(w, int64(first)+rest > 0)
			}), intake.Patience{Step: 20 * time.Second, Whole: 20 * time.Second, Stream: 20 * time.Second, Linger: time.Second, Idle: time.Second, Send: 20 * time.Second})
			conn := dial(t, serveGate(t, gate))
			_, err := io.WriteString(conn, "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
			require.NoError(t, err)
			<-reading
			if c.flows {
				go func() {
					piece := "400\r\n" + strings.Repeat("x", 1024) + "\r\n"
					for err == nil {
						_, err = io.WriteString(conn, piece)
					}
				}()
			}
			gate.Stop()
			if !c.stream {
				_, err = io.WriteString(conn, "0\r\n\r\n")
				require.NoError(t, err)
			}
			status, body, closed := readAnswer(t, conn)
			require.Equal(t, c.want, status)
			require.Equal(t, "true", body)
			require.Equal(t, c.stream, closed)
		})
	}
}

func TestStreamAfterStop(t *testing.T) {
	t.Parallel()
	gate := intake.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		intake.AsStream(r.Body)
		n, err := r.Body.Read(make([]byte, 3))
		fmt.Fprint(w, n, errors.Is(err, intake.ErrStopping))
	}), hasty)
	gate.Stop()
	conn := dial(t, serveGate(t, gate))
	_, err := io.WriteString(conn, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc")
	require.NoError(t, err)
	_, body, closed := readAnswer(t, conn)
	require.Equal(t, "0 true", body)
	require.True(t, closed)
}
