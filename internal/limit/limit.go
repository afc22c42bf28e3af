// Package limit bounds how much of the shared resources one caller may use:
// calls per time (Limiter), concurrent work (Pool), and guesses (Backoff). It
// knows nothing of the domain: a caller is a key, such as a partner's id or an
// AddressKey.
package limit

import (
	"context"
	"math"
	"time"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/fault"
)

// Rate is a token bucket: one call in each Pause on average, Burst at once. The
// zero Rate lets every call through.
type Rate struct {
	Pause time.Duration
	Burst int
}

// Every returns the rate of one call in each pause on average, and burst at
// once.
func Every(pause time.Duration, burst int) Rate { return Rate{Pause: pause, Burst: burst} }

// IsUnlimited reports whether the rate lets every call through.
func (r Rate) IsUnlimited() bool { return r.Pause <= 0 }

// Quota is what a key has left after a call.
type Quota struct {
	Remaining int           // calls that would be let through at once
	Reset     time.Duration // until Remaining is the whole burst again
	Retry     time.Duration // until the next call is let through; 0: this one was
}

// Refusal returns the error for a refused call, or nil for an allowed one.
func (q Quota) Refusal() error {
	if q.Retry > 0 {
		return &fault.Error{Code: fault.Throttled, RetryAfter: q.Retry}
	}
	return nil
}

// Counter keeps the counts. Memory counts in this process; a store can count
// for several processes together. limittest
// gives tests any answer.
type Counter interface {
	// Take takes one call from key's bucket. Every call for a key must pass the
	// same rate. It is safe for concurrent use.
	Take(ctx context.Context, key string, rate Rate, now time.Time) (Quota, error)
}

// Limiter holds each key to a rate. It is safe for concurrent use.
type Limiter struct {
	name    string
	rate    Rate
	counter Counter
	clock   clock.Clock
}

// NewLimiter returns a Limiter. name keeps its keys apart from those of other
// limiters on the same counter. With a nil counter it uses a Memory of its own.
func NewLimiter(name string, rate Rate, counter Counter, clk clock.Clock) *Limiter {
	if counter == nil {
		counter = NewMemory()
	}
	return &Limiter{name: name + "\x00", rate: rate, counter: counter, clock: clk}
}

// Rate returns the rate that applies to every key.
func (l *Limiter) Rate() Rate { return l.rate }

// Take takes one call from key's bucket and returns what is left.
func (l *Limiter) Take(ctx context.Context, key string) (Quota, error) {
	if l.rate.IsUnlimited() {
		return Quota{Remaining: math.MaxInt32}, nil
	}
	return l.counter.Take(ctx, l.name+key, l.rate, l.clock.Now())
}

// Allow takes one call from key's bucket. It returns Throttled if the call
// comes too soon.
func (l *Limiter) Allow(ctx context.Context, key string) error {
	quota, err := l.Take(ctx, key)
	if err != nil {
		return err
	}
	return quota.Refusal()
}
