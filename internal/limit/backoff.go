package limit

import (
	"time"

	"github.com/tributary-server/tributary/internal/fault"
)

// These constants say how long failures are remembered, counted from the last
// one. The time is short while the number of failures is too small to cause a
// wait, so that a flood of invented e-mails does not fill the table.
const (
	rememberFree = time.Hour
	rememberWait = 24 * time.Hour
)

// Backoff slows down guesses. A few failures cause no wait. After that, each
// failure causes a longer wait.
type Backoff struct {
	Free  int           // number of failures before the first wait
	First time.Duration // first wait; each further failure doubles it
	Max   time.Duration // maximum wait
}

// Failures holds the failures of one key. The zero value means no failures.
type Failures struct {
	Count    int
	Until    time.Time // attempts before this time are refused
	ForgetAt time.Time // time at which the failures expire
}

// Current returns the failures that apply now. It returns none if f has
// expired, or if f is too far in the future because the clock of another
// process is wrong.
func (b Backoff) Current(f Failures, now time.Time) Failures {
	if f.Count == 0 || !now.Before(f.ForgetAt) || f.Until.Sub(now) > b.Max {
		return Failures{}
	}
	return f
}

// Failed returns f with one more failure, which happened now.
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

// Refusal returns Throttled if an attempt must still wait, and otherwise nil.
func (f Failures) Refusal(now time.Time) error {
	if wait := f.Until.Sub(now); wait > 0 {
		return &fault.Error{Code: fault.Throttled, RetryAfter: wait}
	}
	return nil
}
