package httpapi_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/httpapi"
	"github.com/tributary-server/tributary/internal/identity/caller"
)

// lowLimits allows three requests at once, and one more each second.
func lowLimits(c *httpapi.Config) {
	limit := httpapi.Limit{Rate: 1, Burst: 3}
	c.AddressLimit, c.Limits = limit, map[caller.Role]httpapi.Limit{caller.Partner: limit, caller.Broker: limit}
}

func TestThrottle_CountsEachCallerByItself(t *testing.T) {
	t.Parallel()
	b := setup(t, lowLimits)
	ping(b.router, httpapi.Op{Path: "/api/ping/"})
	ping(b.router, httpapi.Op{Path: "/broker/v1/ping/", ID: "broker_ping", Access: brokers})
	call := func(token string) *httptest.ResponseRecorder {
		return b.call(t, "GET", "/api/ping/", "", "Authorization", token)
	}

	for i := range 3 {
		w := call("JWT partner")
		require.Equal(t, 200, w.Code)
		require.Equal(t, "3", w.Header().Get("Ratelimit-Limit"))
		require.Equal(t, strconv.Itoa(2-i), w.Header().Get("Ratelimit-Remaining"))
		require.Equal(t, strconv.Itoa(1+i), w.Header().Get("Ratelimit-Reset"))
	}
	w := call("JWT partner")
	problem(t, w, 429, "Throttled")
	require.Equal(t, "1", w.Header().Get("Retry-After"))
	require.Equal(t, "0", w.Header().Get("Ratelimit-Remaining"))
	require.Equal(t, "3", w.Header().Get("Ratelimit-Reset"))
	problem(t, call("JWT narrow"), 429, "Throttled") // another key of the same partner

	require.Equal(t, 200, b.call(t, "GET", "/broker/v1/ping/", "", "Authorization", "JWT broker").Code)
	problem(t, call(""), 401, "NotAuthenticated")
	problem(t, call("JWT x"), 401, "AuthenticationFailed")
	problem(t, b.call(t, "GET", "/api/nothing/", ""), 404, "NotFound")
	problem(t, b.call(t, "GET", "/api/nothing/", ""), 429, "Throttled")
	problem(t, call("JWT x"), 429, "Throttled")

	b.clock.Advance(time.Second)
	require.Equal(t, 200, call("JWT partner").Code)
	problem(t, call("JWT partner"), 429, "Throttled")
	b.clock.Advance(time.Hour)
	require.Equal(t, "2", call("JWT partner").Header().Get("Ratelimit-Remaining"))
}

func TestThrottle_WaitingAsLongAsToldIsEnough(t *testing.T) {
	t.Parallel()
	b := setup(t, func(c *httpapi.Config) { c.AddressLimit = httpapi.Limit{Rate: 3, Burst: 1} })
	ping(b.router, httpapi.Op{Path: "/api/ping/", Access: httpapi.Public})
	for range 50 {
		require.Equal(t, 200, b.call(t, "GET", "/api/ping/", "").Code)
		require.Equal(t, 429, b.call(t, "GET", "/api/ping/", "").Code)
		b.clock.Advance(time.Second)
	}
}

func TestThrottle_CanBeOff(t *testing.T) {
	t.Parallel()
	b := setup(t, func(c *httpapi.Config) { c.AddressLimit = httpapi.Limit{Rate: -1} })
	ping(b.router, httpapi.Op{Path: "/api/ping/", Access: httpapi.Public})
	for range 1000 {
		require.Equal(t, 200, b.call(t, "GET", "/api/ping/", "").Code)
	}
}

// TestThrottle_ForgetsRatherThanGrows sends requests from more IP addresses than
// the limiter remembers. The first request of each address must be allowed. A
// limiter that is not full must still refuse an address that sends too many
// requests.
func TestThrottle_ForgetsRatherThanGrows(t *testing.T) {
	t.Parallel()
	b := setup(t, lowLimits)
	ping(b.router, httpapi.Op{Path: "/api/ping/", Access: httpapi.Public})
	for i := range 110_000 {
		req := httptest.NewRequestWithContext(t.Context(), "GET", "/api/ping/", nil)
		req.RemoteAddr = netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}), 1).String()
		w := httptest.NewRecorder()
		b.router.ServeHTTP(w, req)
		if w.Code != 200 {
			require.Equal(t, 200, w.Code)
		}
	}
}

func TestClientAddress(t *testing.T) {
	t.Parallel()
	b := setup(t, func(c *httpapi.Config) {
		c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}
	})
	type out struct {
		Address string `json:"address"`
	}
	httpapi.Handle(b.router, httpapi.Op{Method: "GET", Path: "/api/address/", ID: "address", Access: httpapi.Public},
		func(ctx context.Context, _ *empty) (*out, error) { return &out{httpapi.ClientAddr(ctx).String()}, nil })

	for name, c := range map[string]struct {
		remote    string
		forwarded []string
		want      string
	}{
		"no proxy":                          {"203.0.113.5:1", nil, "203.0.113.5"},
		"a header from no proxy":            {"203.0.113.5:1", []string{"1.2.3.4"}, "203.0.113.5"},
		"a proxy":                           {"10.0.0.1:1", []string{"198.51.100.7"}, "198.51.100.7"},
		"a forged header through a proxy":   {"10.0.0.1:1", []string{"1.2.3.4, 198.51.100.7"}, "198.51.100.7"},
		"two proxies":                       {"10.0.0.1:1", []string{"1.2.3.4, 198.51.100.7, 10.0.0.2"}, "198.51.100.7"},
		"two headers":                       {"10.0.0.1:1", []string{"1.2.3.4", "198.51.100.7 , 10.0.0.2"}, "198.51.100.7"},
		"nonsense":                          {"10.0.0.1:1", []string{"1.2.3.4, nonsense"}, "10.0.0.1"},
		"an invalid header through a proxy": {"10.0.0.1:1", []string{"nonsense, 10.0.0.9"}, "10.0.0.9"},
		"proxies only":                      {"10.0.0.1:1", []string{"10.0.0.3"}, "10.0.0.3"},
		"no header":                         {"10.0.0.1:1", nil, "10.0.0.1"},
		"IPv6":                              {"[fd00::1]:1", []string{"2001:db8::7"}, "2001:db8::7"},
		"IPv4 in IPv6":                      {"[::ffff:10.0.0.1]:1", []string{"::ffff:198.51.100.7"}, "198.51.100.7"},
		"a socket without an address":       {"@", nil, "invalid IP"},
	} {
		req := httptest.NewRequestWithContext(t.Context(), "GET", "/api/address/", nil)
		req.RemoteAddr = c.remote
		req.Header["X-Forwarded-For"] = c.forwarded
		w := httptest.NewRecorder()
		b.router.ServeHTTP(w, req)
		require.Equal(t, 200, w.Code, name)
		require.JSONEq(t, `{"address":"`+c.want+`"}`, w.Body.String(), name)
	}
}

func TestThrottle_IPv6CustomersAreCountedByTheirNetwork(t *testing.T) {
	t.Parallel()
	b := setup(t, lowLimits)
	ping(b.router, httpapi.Op{Path: "/api/ping/", Access: httpapi.Public})
	status := func(addr string) int {
		req := httptest.NewRequestWithContext(t.Context(), "GET", "/api/ping/", nil)
		req.RemoteAddr = "[" + addr + "]:1"
		w := httptest.NewRecorder()
		b.router.ServeHTTP(w, req)
		return w.Code
	}
	for i := range 3 {
		require.Equal(t, 200, status(fmt.Sprintf("2001:db8:0:1::%d", i)))
	}
	require.Equal(t, 429, status("2001:db8:0:1::9"))
	require.Equal(t, 200, status("2001:db8:0:2::9"))
}
