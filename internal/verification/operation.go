package verification

import (
	"time"

	"github.com/tributary-server/tributary/internal/id"
)

// Channel is how a partner gets its codes.
type Channel string

// These are the channels.
const (
	Email Channel = "email" // standard partners: a code by mail for each operation
	TOTP  Channel = "totp"  // secure partners: a code of the authenticator app, or a recovery code, which is used up
)

const (
	// CodeLife is how long a code can complete its operation.
	CodeLife = 10 * time.Minute
	// TokenLife is how long the token can be used once the operation is
	// completed.
	TokenLife = 10 * time.Minute
	// MaxTries is how many codes can be tried for an operation, including the
	// right one.
	MaxTries = 5
	// keep is how long operations are stored, so that an operator can find out
	// what happened.
	keep = 30 * 24 * time.Hour
)

// Pool selects which started operations are counted together. Each pool has its
// own limits, so that one cannot use up another's.
type Pool struct {
	// Credential is the key that started them; empty: the partner, signed in.
	Credential string
	// Keys counts the operations of all keys together.
	Keys bool
	// Security counts only the CHANGE_SECURITY operations that the partner
	// itself started.
	Security bool
}

// bound limits how many operations of a pool may be started in a window.
type bound struct {
	pool       Pool
	operations int
	window     time.Duration
}

// boundsOf returns the limits for a credential that starts an operation. They
// limit how many codes it can guess and how many mails the partner gets. A
// partner who is signed in has a count that no key can use up.
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
	PartnerID   id.UUID    `db:"partner_id"`
	ID          id.UUID    `db:"verification_id"`
	Type        Type       `db:"operation_type"`
	Digest      Digest     `db:"digest"`
	Summary     string     `db:"summary"` // see Bound
	Channel     Channel    `db:"channel"`
	CodeHash    string     `db:"code_hash"`  // empty for channel TOTP
	Credential  string     `db:"credential"` // the key that started it; empty: the partner, signed in
	Tries       int        `db:"tries"`      // codes tried so far
	CreatedAt   time.Time  `db:"created_at"`
	ExpiresAt   time.Time  `db:"expires_at"`
	CompletedAt *time.Time `db:"completed_at"`
}
