// Package limit limits how much of the shared resources a caller may use. A
// Limiter limits the rate of requests, a Pool limits concurrent work, and a Backoff
// limits guesses. The package is independent of the domain. It identifies a caller
// only by a key, such as a partner's id or an AddressKey.
package limit

import (
	"context"
	"math"
	"time"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/fault"
)

// Rate is a token bucket. It allows one request per Pause on average, and Burst
// requests at once. The zero Rate allows every request.
type Rate struct {
	Pause time.Duration
	Burst int
}

// Every returns a Rate that allows one request per pause on average, and burst
// requests at once.
func Every(pause time.Duration, burst int) Rate { return Rate{Pause: pause, Burst: burst} }

// IsUnlimited reports whether the rate allows every request.
func (r Rate) IsUnlimited() bool { return r.Pause <= 0 }

// Among returns the share of the rate that each of n processes allows. The burst
// of a share is at least 1.
func (r Rate) Among(n int) Rate {
	if n <= 1 || r.IsUnlimited() {
		return r
	}
	return Rate{Pause: r.Pause * time.Duration(n), Burst: max(1, r.Burst/n)}
}

// Quota is what remains for a key after a request.
type Quota struct {
	Burst     int           // number of requests that are allowed at once after a long pause
	Remaining int           // number of requests that are allowed now without a pause
	Reset     time.Duration // time until Remaining equals Burst again
	Retry     time.Duration // time until the next request is allowed; 0 if this request was allowed
}

// Refusal returns Throttled if the request was refused, or nil if it was
// allowed.
func (q Quota) Refusal() error {
	if q.Retry > 0 {
		return &fault.Error{Code: fault.Throttled, RetryAfter: q.Retry}
	}
	return nil
}

// Counter stores a token bucket for each key. Memory stores the buckets of one
// process, and Among gives one of several processes its share of each rate.
type Counter interface {
	// Take takes one token from the bucket of the key, at the given rate. The rate
	// may differ from that of earlier calls. Take is safe for concurrent use.
	Take(ctx context.Context, key string, rate Rate, now time.Time) (Quota, error)
}

// Among returns a Counter for one of several processes that share the rates.
// Each process allows an equal share and counts only its own requests. The
// processes together therefore allow the whole rate only if each gets an equal
// share of the requests. countProcesses returns the number of processes, which
// may change. If it is nil, there is only one process.
func Among(countProcesses func() int) Counter {
	if countProcesses == nil {
		return NewMemory()
	}
	return divided{NewMemory(), countProcesses}
}

type divided struct {
	Counter

	among func() int
}

// Take implements Counter.
func (d divided) Take(ctx context.Context, key string, rate Rate, now time.Time) (Quota, error) {
	return d.Counter.Take(ctx, key, rate.Among(d.among()), now)
}

// Limiter applies a rate to each key. It is safe for concurrent use.
type Limiter struct {
	name    string
	rate    Rate
	counter Counter
	clock   clock.Clock
}

// NewLimiter returns a Limiter. Its name distinguishes its keys from those of
// other limiters with the same counter. If counter is nil, the Limiter uses its
// own Memory.
func NewLimiter(name string, rate Rate, counter Counter, clk clock.Clock) *Limiter {
	if counter == nil {
		counter = NewMemory()
	}
	return &Limiter{name: name + "\x00", rate: rate, counter: counter, clock: clk}
}

// Rate returns the rate that applies to every key.
func (l *Limiter) Rate() Rate { return l.rate }

// Take takes one token from the bucket of the key and returns the remaining quota.
func (l *Limiter) Take(ctx context.Context, key string) (Quota, error) {
	if l.rate.IsUnlimited() {
		return Quota{Remaining: math.MaxInt32}, nil
	}
	return l.counter.Take(ctx, l.name+key, l.rate, l.clock.Now())
}

// Allow takes one token from the bucket of the key. It returns Throttled if no
// token is available.
func (l *Limiter) Allow(ctx context.Context, key string) error {
	quota, err := l.Take(ctx, key)
	if err != nil {
		return err
	}
	return quota.Refusal()
}
