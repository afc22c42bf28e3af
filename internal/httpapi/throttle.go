package httpapi

import (
	"fmt"
	"math"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tributary-server/tributary/internal/identity/caller"
	"github.com/tributary-server/tributary/internal/limit"
)

// Limit describes a token bucket. Rate is the average number of requests per
// second. Burst is the number of requests that may arrive at once.
type Limit struct {
	Rate  int // 0 means DefaultRate; negative means no limit
	Burst int // 0 means ten times Rate
}

// DefaultRate is the default of Limit.Rate.
const DefaultRate = 50

func (l Limit) rate() limit.Rate {
	switch {
	case l.Rate < 0:
		return limit.Rate{}
	case l.Rate == 0:
		l.Rate = DefaultRate
	}
	if l.Burst <= 0 {
		l.Burst = 10 * l.Rate
	}
	return limit.Every(time.Second/time.Duration(l.Rate), l.Burst)
}

// countRequest counts the request and sets the headers with the remaining quota.
// It counts requests per caller if the caller is known, and otherwise per IP
// address. It returns Throttled if the quota is used up.
func (x *exchange) countRequest(who caller.Caller, known bool) error {
	limiter, key := x.limiter(who, known)
	if limiter.Rate().IsUnlimited() {
		return nil
	}
	quota, err := limiter.Take(x.request.Context(), key)
	if err != nil {
		return fmt.Errorf("counting a request: %w", err)
	}
	header := x.Header()
	header["Ratelimit-Limit"] = []string{strconv.Itoa(quota.Burst)}
	header["Ratelimit-Remaining"] = []string{strconv.Itoa(quota.Remaining)}
	header["Ratelimit-Reset"] = []string{strconv.Itoa(int(math.Ceil(quota.Reset.Seconds())))}
	return quota.Refusal()
}

// limiter returns the limiter that applies to a caller, and the key under which
// it counts the caller's requests. If no operation allows the caller's role,
// the key is the IP address.
func (x *exchange) limiter(who caller.Caller, known bool) (limiter *limit.Limiter, key string) {
	if limiter = x.router.callers[who.Role]; known && limiter != nil {
		return limiter, who.Owner()
	}
	return x.router.strangers, limit.AddressKey(x.addr)
}

// clientAddr returns the address from which a request came. If the peer is not
// a trusted proxy, this is the peer's address. Otherwise it is the last address
// in X-Forwarded-For that is not a trusted proxy, because the client can invent
// the addresses before it.
func clientAddr(r *http.Request, trusted []netip.Prefix) netip.Addr {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	addr := peer.Addr().Unmap()
	if !contains(trusted, addr) {
		return addr
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, text := range slices.Backward(hops) {
		hop, err := netip.ParseAddr(strings.TrimSpace(text))
		if err != nil {
			return addr
		}
		if addr = hop.Unmap().WithZone(""); !contains(trusted, addr) {
			return addr
		}
	}
	return addr
}

func contains(prefixes []netip.Prefix, addr netip.Addr) bool {
	for _, p := range prefixes {
		if p.Contains(addr) {
			return true
		}
	}
	return false
}
