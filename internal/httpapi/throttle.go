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

// Limit is a token bucket: Rate calls a second on average, Burst at once.
type Limit struct {
	Rate  int // 0: the default; negative: no limit
	Burst int // 0: ten times Rate
}

// These are the default limits.
var (
	DefaultLimit       = Limit{Rate: 50, Burst: 500}   // a partner, and an address without credentials
	DefaultBrokerLimit = Limit{Rate: 500, Burst: 5000} // a broker's key
)

// or returns the limit as a rate. A value that is not set comes from standard.
func (l Limit) or(standard Limit) limit.Rate {
	switch {
	case l.Rate < 0:
		return limit.Rate{}
	case l.Rate == 0:
		l.Rate = standard.Rate
	}
	if l.Burst <= 0 {
		l.Burst = l.Rate * (standard.Burst / standard.Rate)
	}
	return limit.Every(time.Second/time.Duration(l.Rate), l.Burst)
}

// throttled counts the request and writes what is left into the answer's
// headers. A known caller is counted on its own, anyone else by its address.
func (x *exchange) throttled(who caller.Caller, known bool) error {
	limiter, key := x.limiter(who, known)
	if limiter.Rate().IsUnlimited() {
		return nil
	}
	quota, err := limiter.Take(x.request.Context(), key)
	if err != nil {
		return fmt.Errorf("counting a call: %w", err)
	}
	header := x.Header()
	header["Ratelimit-Limit"] = []string{strconv.Itoa(limiter.Rate().Burst)}
	header["Ratelimit-Remaining"] = []string{strconv.Itoa(quota.Remaining)}
	header["Ratelimit-Reset"] = []string{strconv.Itoa(int(math.Ceil(quota.Reset.Seconds())))}
	return quota.Refusal()
}

// limiter returns the limiter that counts a caller, and the key to count it
// under.
func (x *exchange) limiter(who caller.Caller, known bool) (limiter *limit.Limiter, key string) {
	switch {
	case known && who.Role == caller.Broker:
		return x.router.brokers, who.TokenID
	case known:
		return x.router.partners, string(who.PartnerID[:])
	default:
		return x.router.strangers, limit.AddressKey(x.addr)
	}
}

// clientAddr returns the address that a request came from. That is the peer's
// address, unless the peer is a trusted proxy; then it is the right-most
// address in X-Forwarded-For that is not a trusted proxy's. Anyone could have
// written what is further left.
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
