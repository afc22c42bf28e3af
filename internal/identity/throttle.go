package identity

import (
	"crypto/sha256"
	"time"

	"github.com/tributary-server/tributary/internal/limit"
)

// Throttle sets how failed logins are slowed down.
type Throttle = limit.Backoff

// Failures counts failed logins.
type Failures = limit.Failures

// DefaultThrottle counts consecutive failures of one account from one address.
// It allows a person to mistype, and allows a guesser fewer than a hundred
// guesses a day.
var DefaultThrottle = Throttle{Free: 5, First: 5 * time.Second, Max: 15 * time.Minute}

// DefaultAddressThrottle counts the failures of one address over all e-mails,
// known or not, so that trying a few passwords on each of many is not free.
var DefaultAddressThrottle = Throttle{Free: 60, First: 5 * time.Second, Max: 15 * time.Minute}

// ThrottleKey is a hash of what failures are counted by, such as an e-mail and
// an address.
type ThrottleKey [sha256.Size]byte

// throttleKey returns the key for an account from an address. The account is
// named by its normalised e-mail, known or not.
func throttleKey(email, address string) ThrottleKey {
	return sha256.Sum256([]byte(email + "\x00" + limit.AddressKeyOf(address)))
}

// addressThrottleKey returns the key for an address over all e-mails.
func addressThrottleKey(address string) ThrottleKey {
	return sha256.Sum256([]byte("address\x00" + limit.AddressKeyOf(address)))
}
