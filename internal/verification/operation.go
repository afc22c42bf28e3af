package verification

import (
	"time"

	"github.com/tributary-server/tributary/internal/id"
)

// Channel is where a partner gets its codes from.
type Channel string

// The channels.
const (
	Email Channel = "email" // standard partners: a code is mailed for each operation
	TOTP  Channel = "totp"  // secure partners: the authenticator app shows one, or a recovery code is used up
)

const (
	// CodeLife is how long an operation may be completed.
	CodeLife = 10 * time.Minute
	// TokenLife is how long a token may be used, from its completion on.
	TokenLife = 10 * time.Minute
	// MaxTries is how many codes an operation takes, the right one included.
	MaxTries = 5
	// keep is how long operations are kept, for whoever has to find out what
	// happened.
	keep = 30 * 24 * time.Hour
)

// Pool is a count of its own of the operations that are started: what one uses
// up is not missing in another.
type Pool struct {
	// Credential is the key that started them; empty: the partner in person.
	Credential string
	// Keys counts those of all keys together.
	Keys bool
	// Security counts the partner's own CHANGE_SECURITY, which no other
	// operation is counted with.
	Security bool
}

// bound is how many operations may be started in a time.
type bound struct {
	pool       Pool
	operations int
	window     time.Duration
}

// boundsOf are what a credential that starts an operation must keep. They bound
// what it can guess, and how many mails the partner gets of it. The partner in
// person has a count that no key can use up.
func boundsOf(credential string, t Type) []bound {
	if credential != "" {
		own, all := Pool{Credential: credential}, Pool{Keys: true}
		return []bound{{own, 5, 10 * time.Minute}, {own, 50, 24 * time.Hour}, {all, 10, 10 * time.Minute}, {all, 100, 24 * time.Hour}}
	}
	person := Pool{Security: t == ChangeSecurity}
	return []bound{{person, 10, 10 * time.Minute}, {person, 100, 24 * time.Hour}}
}

// Operation is one request for a code.
type Operation struct {
	PartnerID   id.UUID
	ID          id.UUID
	Type        Type
	Digest      Digest
	Summary     string // see Bound
	Channel     Channel
	CodeHash    string // empty for TOTP
	Credential  string // the key that started it; empty: the partner in person
	Tries       int    // codes taken so far
	CreatedAt   time.Time
	ExpiresAt   time.Time
	CompletedAt *time.Time
}
