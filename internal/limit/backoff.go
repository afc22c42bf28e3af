package limit

import (
	"time"

	"github.com/tributary-server/tributary/internal/fault"
)

// These are how long a count is kept after its last failure. The time is short
// for counts without a wait yet, so that a flood of invented e-mails keeps the
// table small.
const (
	rememberFree = time.Hour
	rememberWait = 24 * time.Hour
)

// Backoff slows down guesses: a few failures are free, then each one brings a
// longer wait.
type Backoff struct {
	Free  int           // failures without a wait
	First time.Duration // the wait after the last free one; each failure then doubles it
	Max   time.Duration // the longest wait
}

// Failures counts the failures of one key. The zero value is no failure.
type Failures struct {
	Count    int
	Until    time.Time // every attempt before it is refused
	ForgetAt time.Time // from then on the count is 0 again
}

// Current returns the failures that count at now. It returns none if f is too
// old, or if a clock far ahead of now wrote it.
func (b Backoff) Current(f Failures, now time.Time) Failures {
	if f.Count == 0 || !now.Before(f.ForgetAt) || f.Until.Sub(now) > b.Max {
		return Failures{}
	}
	return f
}

// Failed returns f with one more failure at now.
func (b Backoff) Failed(f Failures, now time.Time) Failures {
	f = Failures{Count: f.Count + 1, Until: now, ForgetAt: now.Add(rememberFree)}
	if f.Count < b.Free {
		return f
	}
	wait := b.First
	for range f.Count - b.Free {
		if wait *= 2; wait >= b.Max {
			break
		}
	}
	f.Until = now.Add(min(wait, b.Max))
	f.ForgetAt = now.Add(rememberWait)
	return f
}

// Refusal returns the error for an attempt at now, or nil if there is no wait.
func (f Failures) Refusal(now time.Time) error {
	if wait := f.Until.Sub(now); wait > 0 {
		return &fault.Error{Code: fault.Throttled, RetryAfter: wait}
	}
	return nil
}
