package identity

import (
	"crypto/sha256"
	"time"

	"github.com/tributary-server/tributary/internal/limit"
)

// Throttle is how failed logins are slowed down.
type Throttle = limit.Backoff

// Failures counts failed logins.
type Failures = limit.Failures

// DefaultThrottle counts the failures in a row of one account and address. It
// leaves alone somebody who mistypes, and a guesser fewer than a hundred
// guesses a day.
var DefaultThrottle = Throttle{Free: 5, First: 5 * time.Second, Max: 15 * time.Minute}

// DefaultAddressThrottle counts the failures of one address over all e-mails,
// known or not, so that trying a few passwords on each of many is not free.
var DefaultAddressThrottle = Throttle{Free: 60, First: 5 * time.Second, Max: 15 * time.Minute}

// ThrottleKey names what failures are counted by, without holding it.
type ThrottleKey [sha256.Size]byte

// throttleKey is for an account, by its normalised e-mail, known or not, and an
// address.
func throttleKey(email, address string) ThrottleKey {
	return sha256.Sum256([]byte(email + "\x00" + limit.AddressKeyOf(address)))
}

// addressThrottleKey is for an address over all e-mails.
func addressThrottleKey(address string) ThrottleKey {
	return sha256.Sum256([]byte("address\x00" + limit.AddressKeyOf(address)))
}
