package drf

import (
	"hash/maphash"
	"math"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/identity/caller"
)

// Limit is a token bucket: Rate calls a second on average, Burst at once.
type Limit struct {
	Rate  int // 0: the default; negative: no limit
	Burst int // 0: the default, ten times Rate
}

// The limits that ship.
var (
	DefaultLimit       = Limit{Rate: 50, Burst: 500}   // a partner, and an address without credentials
	DefaultBrokerLimit = Limit{Rate: 500, Burst: 5000} // a broker's key
)

func (l Limit) or(standard Limit) Limit {
	if l.Rate == 0 {
		l.Rate = standard.Rate
	}
	if l.Burst <= 0 {
		l.Burst = l.Rate * (standard.Burst / standard.Rate)
	}
	return l
}

// maxBuckets bounds the memory that strangers can take: a bucket has about 200 bytes.
const (
	shards     = 32
	maxBuckets = 100_000
)

// throttle holds one bucket for each partner, broker key and address that
// called lately.
type throttle struct {
	limit Limit
	seed  maphash.Seed
	shard [shards]bucketShard
}

type bucketShard struct {
	mu      sync.Mutex
	buckets map[string]*rate.Limiter
	swept   time.Time
}

func newThrottle(limit Limit) *throttle {
	t := &throttle{limit: limit, seed: maphash.MakeSeed()}
	for i := range t.shard {
		t.shard[i].buckets = map[string]*rate.Limiter{}
	}
	return t
}

// quota is what a bucket has left.
type quota struct {
	remaining int
	reset     time.Duration // until the bucket is full again
	retry     time.Duration // until the next call is let through; 0: this one was
}

// take draws one call from key's bucket.
func (t *throttle) take(key string, now time.Time) quota {
	bucket := t.bucket(key, now)
	allowed := bucket.AllowN(now, 1)
	tokens := math.Max(0, bucket.TokensAt(now))
	q := quota{remaining: int(tokens), reset: t.wait(float64(t.limit.Burst) - tokens)}
	if !allowed {
		q.retry = max(t.wait(1-tokens), time.Millisecond)
	}
	return q
}

func (t *throttle) wait(tokens float64) time.Duration {
	return time.Duration(max(0, tokens) / float64(t.limit.Rate) * float64(time.Second))
}

func (t *throttle) bucket(key string, now time.Time) *rate.Limiter {
	shard := &t.shard[maphash.String(t.seed, key)%shards]
	shard.mu.Lock()
	defer shard.mu.Unlock()
	if bucket := shard.buckets[key]; bucket != nil {
		return bucket
	}
	if len(shard.buckets) >= maxBuckets/shards {
		t.evict(shard, now)
	}
	bucket := rate.NewLimiter(rate.Limit(t.limit.Rate), t.limit.Burst)
	shard.buckets[key] = bucket
	return bucket
}

// evict makes room. A full bucket is one that nobody remembers: dropping it
// changes nothing. When none is full, any one goes: better that a stranger is
// forgiven some calls than that memory grows.
func (t *throttle) evict(shard *bucketShard, now time.Time) {
	if now.Sub(shard.swept) >= time.Second {
		shard.swept = now
		for key, bucket := range shard.buckets {
			if bucket.TokensAt(now) >= float64(t.limit.Burst) {
				delete(shard.buckets, key)
			}
		}
	}
	for key := range shard.buckets {
		if len(shard.buckets) < maxBuckets/shards {
			return
		}
		delete(shard.buckets, key)
	}
}

// throttled draws the request from its bucket and says so in the answer's
// headers: a known caller's own bucket, otherwise its address's.
func (x *exchange) throttled(who caller.Caller, known bool) error {
	var t *throttle
	var key string
	switch {
	case known && who.Role == caller.Broker:
		t, key = x.router.brokers, who.TokenID
	case known:
		t, key = x.router.partners, string(who.PartnerID[:])
	default:
		t, key = x.router.strangers, addrKey(x.addr)
	}
	if t.limit.Rate < 0 {
		return nil
	}
	q := t.take(key, x.router.config.Clock.Now())
	header := x.Header()
	header["Ratelimit-Limit"] = []string{strconv.Itoa(t.limit.Burst)}
	header["Ratelimit-Remaining"] = []string{strconv.Itoa(q.remaining)}
	header["Ratelimit-Reset"] = []string{strconv.Itoa(int(math.Ceil(q.reset.Seconds())))}
	if q.retry > 0 {
		return &fault.Error{Code: fault.Throttled, RetryAfter: q.retry}
	}
	return nil
}

// addrKey is what an address is counted by: one IPv6 customer has a whole /64.
func addrKey(addr netip.Addr) string {
	if addr.Is6() {
		prefix, _ := addr.WithZone("").Prefix(64) // 64 fits every IPv6 address
		addr = prefix.Addr()
	}
	bytes := addr.As16()
	return string(bytes[:])
}

// clientAddr is the address a request came from: the peer's, unless the peer
// is a trusted proxy; then the right-most address in X-Forwarded-For that no
// trusted proxy has. What stands further left anybody could have written.
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
