package identity

import (
	"crypto/sha256"
	"net/netip"
	"time"

	"github.com/tributary-server/tributary/internal/fault"
)

// Throttle is how failed logins are slowed down, per account and address.
type Throttle struct {
	Free  int           // failures in a row that cost nothing
	First time.Duration // the wait after the last free one; each failure then doubles it
	Max   time.Duration // the longest wait
}

// DefaultThrottle leaves somebody who mistypes alone, and a guesser fewer than
// a hundred guesses a day.
var DefaultThrottle = Throttle{Free: 5, First: 5 * time.Second, Max: 15 * time.Minute}

// How long a count is remembered after its last failure. A short one for the
// counts that never came to a wait keeps the table small under a flood of
// invented e-mails.
const (
	rememberFree = time.Hour
	rememberWait = 24 * time.Hour
)

// ThrottleKey names an account and address without holding either.
type ThrottleKey [sha256.Size]byte

// throttleKey hashes a normalised e-mail, known or not, and an address. All of
// an IPv6 /64, which is what one subscriber gets, is one address.
func throttleKey(email, address string) ThrottleKey {
	if addr, err := netip.ParseAddr(address); err == nil {
		addr = addr.Unmap().WithZone("")
		if addr.Is6() {
			addr = netip.PrefixFrom(addr, 64).Masked().Addr()
		}
		address = addr.String()
	}
	return sha256.Sum256([]byte(email + "\x00" + address))
}

// Failures counts the failed logins in a row of one account and address.
type Failures struct {
	Count    int
	Until    time.Time // before it every attempt is refused
	ForgetAt time.Time // from then on the count is 0 again
}

// current is f as it counts at now: forgotten when it is too old, or when it
// was written by a clock so far ahead of this one that it means nothing.
func (t Throttle) current(f Failures, now time.Time) Failures {
	if f.Count == 0 || !now.Before(f.ForgetAt) || f.Until.Sub(now) > t.Max {
		return Failures{}
	}
	return f
}

// failed is f after one more failure.
func (t Throttle) failed(f Failures, now time.Time) Failures {
	f = Failures{Count: f.Count + 1, Until: now, ForgetAt: now.Add(rememberFree)}
	if f.Count < t.Free {
		return f
	}
	wait := t.First
	for range f.Count - t.Free {
		if wait *= 2; wait >= t.Max {
			break
		}
	}
	f.Until = now.Add(min(wait, t.Max))
	f.ForgetAt = now.Add(rememberWait)
	return f
}

// refusal is the error for an attempt at now, nil when there is no wait.
func (f Failures) refusal(now time.Time) error {
	if wait := f.Until.Sub(now); wait > 0 {
		return &fault.Error{Code: fault.Throttled, RetryAfter: wait}
	}
	return nil
}
