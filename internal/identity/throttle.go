package identity

import (
	"crypto/sha256"
	"time"

	"github.com/tributary-server/tributary/internal/limit"
)

// Throttle sets how long a caller must wait after failed logins.
type Throttle = limit.Backoff

// Failures holds the number of failed logins and the wait that they cause.
type Failures = limit.Failures

// DefaultThrottle limits consecutive failed logins to one account from one IP
// address. A person can mistype a password several times, but an attacker gets
// fewer than a hundred guesses a day.
var DefaultThrottle = Throttle{Free: 5, First: 5 * time.Second, Max: 15 * time.Minute}

// DefaultAddressThrottle limits failed logins from one IP address, counted across
// all e-mails, including unknown ones. Otherwise an attacker could try a few
// passwords on each of many e-mails without waiting.
var DefaultAddressThrottle = Throttle{Free: 60, First: 5 * time.Second, Max: 15 * time.Minute}

// ThrottleKey is the key under which failures are counted. It is a hash, for
// example of an e-mail and an IP address.
type ThrottleKey [sha256.Size]byte

// throttleKey returns the key that counts failed logins to an account from one IP
// address. The e-mail must be normalised. It need not belong to a partner.
func throttleKey(email, address string) ThrottleKey {
	return sha256.Sum256([]byte(email + "\x00" + limit.AddressKeyOf(address)))
}

// addressThrottleKey returns the key that counts failed logins from an IP address
// across all e-mails.
func addressThrottleKey(address string) ThrottleKey {
	return sha256.Sum256([]byte("address\x00" + limit.AddressKeyOf(address)))
}
