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

// limits bound what somebody with a partner's session can guess, and how many
// mails the partner gets of it: so many operations in so long.
var limits = []struct {
	operations int
	window     time.Duration
}{
	{10, 10 * time.Minute},
	{100, 24 * time.Hour},
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
	Tries       int    // codes taken so far
	CreatedAt   time.Time
	ExpiresAt   time.Time
	CompletedAt *time.Time
}
