package verification

import (
	"time"

	"github.com/tributary-server/tributary/internal/id"
)

// Channel is the way in which a partner gets its codes.
type Channel string

// These are the channels for codes.
const (
	Email Channel = "email" // for standard partners, one code by mail for each operation
	TOTP  Channel = "totp"  // for secure partners, a code of the authenticator app or a recovery code
)

const (
	// CodeLife is how long a code can complete its operation.
	CodeLife = 10 * time.Minute
	// TokenLife is how long a token can be used after the operation is
	// completed.
	TokenLife = 10 * time.Minute
	// MaxTries is the maximum number of codes that can be tried for an
	// operation, including the right one.
	MaxTries = 5
	// keep is how long operations are stored, so that an operator can
	// investigate them.
	keep = 30 * 24 * time.Hour
)

// Pool selects the started operations that one limit counts together. Each
// pool has its own limits, so that one pool cannot use up the limit of
// another.
type Pool struct {
	// Credential is the key that started the operations. It is empty if the
	// partner started them while signed in.
	Credential string
	// Keys means the operations of all keys together.
	Keys bool
	// Security means only the CHANGE_SECURITY operations that the partner
	// started while signed in.
	Security bool
}

// bound is the maximum number of operations of a pool that may start in a
// window.
type bound struct {
	pool       Pool
	operations int
	window     time.Duration
}

// boundsOf returns the limits for a credential that starts an operation. They
// limit the codes that it can guess and the mails that the partner gets. No
// key can use up the limits of a partner who is signed in.
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
	Credential  string     `db:"credential"` // key that started the operation; empty if the partner was signed in
	Tries       int        `db:"tries"`      // codes that were tried so far
	CreatedAt   time.Time  `db:"created_at"`
	ExpiresAt   time.Time  `db:"expires_at"`
	CompletedAt *time.Time `db:"completed_at"`
}
