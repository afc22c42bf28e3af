package httpapi_test

import (
	"bufio"
	"compress/gzip"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/httpapi"
	"github.com/tributary-server/tributary/internal/httpapi/openapi"
)

type large struct {
	Text string `json:"text"`
}

func unzip(t *testing.T, packed io.Reader) string {
	t.Helper()
	reader, err := gzip.NewReader(packed)
	require.NoError(t, err)
	text, err := io.ReadAll(reader)
	require.NoError(t, err)
	return string(text)
}

func TestCompress(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ping(b.router, httpapi.Op{Path: "/api/ping/", Access: httpapi.Public})
	httpapi.Handle(b.router, httpapi.Op{Method: "GET", Path: "/api/large/", ID: "large", Access: httpapi.Public}, func(context.Context, *empty) (*large, error) {
		return &large{Text: strings.Repeat("a row of a list ", 500)}, nil
	})
	b.router.Add(httpapi.Op{Method: "GET", Path: "/api/image/", ID: "image", Access: httpapi.Public, AnyAccept: true}, nil, openapi.Responses{},
		func(context.Context, *httpapi.Request) (httpapi.Response, error) {
			return httpapi.Response{Body: make([]byte, 5000), ContentType: "image/png", Header: http.Header{"Etag": {`"1"`}}}, nil
		})

	plain := b.call(t, "GET", "/api/large/", "")
	require.Empty(t, plain.Header().Get("Content-Encoding"))
	require.Equal(t, "Accept-Encoding", plain.Header().Get("Vary"))

	for _, accept := range []string{"gzip", "gzip, deflate, br, zstd", "br;q=1, gzip;q=0.5"} {
		packed := b.call(t, "GET", "/api/large/", "", "Accept-Encoding", accept)
		require.Equal(t, "gzip", packed.Header().Get("Content-Encoding"), accept)
		require.Equal(t, "Accept-Encoding", packed.Header().Get("Vary"))
		require.Equal(t, "application/json", packed.Header().Get("Content-Type"))
		require.Empty(t, packed.Header().Get("Content-Length"))
		require.Less(t, packed.Body.Len(), plain.Body.Len()/10)
		require.Equal(t, plain.Body.String(), unzip(t, packed.Body), accept)
	}
	for _, accept := range []string{"identity", "gzip;q=0", "deflate", "br", "nonsense;;"} {
		w := b.call(t, "GET", "/api/large/", "", "Accept-Encoding", accept)
		require.Empty(t, w.Header().Get("Content-Encoding"), accept)
		require.Equal(t, plain.Body.String(), w.Body.String(), accept)
	}
	for _, target := range []string{"/api/ping/", "/api/image/", "/api/nowhere/"} { // the responses are too small, already compressed, and an error
		w := b.call(t, "GET", target, "", "Accept-Encoding", "gzip")
		require.Empty(t, w.Header().Get("Content-Encoding"), target)
		require.NotEmpty(t, w.Header().Get("Content-Length"), target)
	}
	require.Empty(t, b.call(t, "HEAD", "/api/large/", "", "Accept-Encoding", "gzip").Body.String())
}

// TestCompress_Streams checks that a stream is sent while it is written, and
// that an interrupted stream never looks complete to the client.
func TestCompress_Streams(t *testing.T) {
	t.Parallel()
	b := setup(t)
	line := strings.Repeat("0123456789abcdef,", 64) + "\n"
	release, failing := make(chan struct{}), make(chan bool, 2)
	b.router.Add(httpapi.Op{Method: "GET", Path: "/api/stream/", ID: "stream", Access: httpapi.Public, Formats: httpapi.ReportFormats()}, nil, openapi.Responses{},
		func(context.Context, *httpapi.Request) (httpapi.Response, error) {
			return httpapi.Response{ContentType: "text/csv; charset=utf-8", Stream: func(w io.Writer) error {
				for i := range 4000 {
					if i == 3000 {
						<-release
					}
					if _, err := io.WriteString(w, line); err != nil {
						return err
					}
				}
				if <-failing {
					return io.ErrUnexpectedEOF
				}
				return nil
			}}, nil
		})
	server := httptest.NewServer(b.router)
	defer server.Close()
	get := func() *http.Response {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"/api/stream/?format=csv", nil)
		require.NoError(t, err)
		req.Header.Set("Accept-Encoding", "gzip")
		res, err := http.DefaultTransport.RoundTrip(req)
		require.NoError(t, err)
		require.Equal(t, "gzip", res.Header.Get("Content-Encoding"))
		return res
	}

	res := get()
	defer func() { _ = res.Body.Close() }()
	reader, err := gzip.NewReader(res.Body)
	require.NoError(t, err)
	lines := bufio.NewReader(reader)
	for range 500 { // these lines must arrive before the rest is written
		text, err := lines.ReadString('\n')
		require.NoError(t, err)
		require.Equal(t, line, text)
	}
	close(release)
	failing <- false
	rest, err := io.ReadAll(lines)
	require.NoError(t, err)
	require.Len(t, rest, 3500*len(line))

	failing <- true
	broken := get()
	defer func() { _ = broken.Body.Close() }()
	_, err = io.Copy(io.Discard, broken.Body)
	require.Error(t, err)
}
