package httpapi_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/httpapi"
)

// TestListen_RefusalsOfTheServer checks that a request that net/http itself
// refuses gets an error in the form of the API, and that all other responses
// are unchanged.
func TestListen_RefusalsOfTheServer(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ping(b.router, httpapi.Op{Path: "/api/ping/", Access: httpapi.Public})
	server := httptest.NewUnstartedServer(b.router)
	server.Listener = httpapi.Listen(server.Listener)
	server.Config.MaxHeaderBytes = 1 << 10
	server.Start()
	defer server.Close()

	for name, request := range map[string]string{
		"an invalid escape":        "GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n",
		"no request":               "nonsense\r\n\r\n",
		"no host":                  "GET /api/ping/ HTTP/1.1\r\n\r\n",
		"an invalid host":          "GET /api/ping/ HTTP/1.1\r\nHost: a b\r\n\r\n",
		"an invalid header":        "GET /api/ping/ HTTP/1.1\r\nHost: x\r\nBad Header: 1\r\n\r\n",
		"a head that is too large": "GET /api/ping/ HTTP/1.1\r\nHost: x\r\nX-Long: " + strings.Repeat("x", 10<<10) + "\r\n\r\n",
		"an unknown encoding":      "POST /api/ping/ HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n",
		"two lengths":              "POST /api/ping/ HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
		"another version":          "GET /api/ping/ HTTP/3.0\r\nHost: x\r\n\r\n",
		"an unknown expectation":   "GET /api/ping/ HTTP/1.1\r\nHost: x\r\nExpect: miracles\r\n\r\n",
	} {
		res, body := raw(t, server.Listener.Addr().String(), request) //nolint:bodyclose // raw closes the body
		require.Equal(t, http.StatusBadRequest, res.StatusCode, name)
		require.Equal(t, "application/json", res.Header.Get("Content-Type"), name)
		require.JSONEq(t, `{"code":"ParseError","message":"Malformed request"}`, body, name)
		require.NotEmpty(t, res.Header["X-Request-Id"], name)
		require.True(t, res.Close, name)
	}
	for target, status := range map[string]int{"/api/ping/": 200, "/api/nowhere/": 404, "/HTTP/1.1%20400": 404} {
		res, body := raw(t, server.Listener.Addr().String(), "GET "+target+" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n") //nolint:bodyclose // raw closes the body
		require.Equal(t, status, res.StatusCode, target)
		require.NotContains(t, body, "ParseError")
	}
}

func raw(t *testing.T, address, request string) (res *http.Response, body string) {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", address)
	require.NoError(t, err)
	defer func() { require.NoError(t, conn.Close()) }()
	_, err = io.WriteString(conn, request)
	require.NoError(t, err)
	res, err = http.ReadResponse(bufio.NewReader(conn), nil)
	require.NoError(t, err)
	text, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	return res, string(text)
}
