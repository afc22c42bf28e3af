package registration

import (
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/tributary-server/tributary/internal/fault"
)

// maxCallers bounds the memory that strangers can take.
const maxCallers = 50_000

// limiter lets each address call some times at once, and then at a pace.
type limiter struct {
	pace  rate.Limit
	burst int

	mu      sync.Mutex
	callers map[netip.Addr]*rate.Limiter
}

func newLimiter(pace time.Duration, burst int) *limiter {
	return &limiter{pace: rate.Every(pace), burst: burst, callers: map[netip.Addr]*rate.Limiter{}}
}

// take counts a call. Throttled: it comes too soon.
func (l *limiter) take(address string, now time.Time) error {
	caller := l.caller(network(address), now)
	reservation := caller.ReserveN(now, 1)
	if wait := reservation.DelayFrom(now); wait > 0 {
		reservation.CancelAt(now)
		return &fault.Error{Code: fault.Throttled, RetryAfter: wait}
	}
	return nil
}

func (l *limiter) caller(address netip.Addr, now time.Time) *rate.Limiter {
	l.mu.Lock()
	defer l.mu.Unlock()
	if known := l.callers[address]; known != nil {
		return known
	}
	if len(l.callers) >= maxCallers {
		l.forget(now)
	}
	caller := rate.NewLimiter(l.pace, l.burst)
	l.callers[address] = caller
	return caller
}

// forget makes room: those who have their whole burst again go, and if there
// are none, all. Better that strangers are forgiven than that memory grows.
func (l *limiter) forget(now time.Time) {
	for address, caller := range l.callers {
		if int(caller.TokensAt(now)) >= l.burst {
			delete(l.callers, address)
		}
	}
	if len(l.callers) >= maxCallers {
		clear(l.callers)
	}
}

// network is what an address is counted by: one IPv6 subscriber has a whole /64.
func network(address string) netip.Addr {
	addr, err := netip.ParseAddr(address)
	if err != nil {
		return netip.Addr{}
	}
	if addr = addr.Unmap().WithZone(""); addr.Is6() {
		addr = netip.PrefixFrom(addr, 64).Masked().Addr()
	}
	return addr
}
