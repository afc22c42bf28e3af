package verification

import (
	"time"

	"github.com/tributary-server/tributary/internal/id"
)

// Channel is the way in which partners get their codes.
type Channel string

// These are the channels for codes.
const (
	Email Channel = "email" // standard partners get one code by mail for each operation
	TOTP  Channel = "totp"  // secure partners use a code of the authenticator app, or a recovery code
)

const (
	// CodeLife is the time within which a code must be entered.
	CodeLife = 10 * time.Minute
	// TokenLife is the time within which a token must be used.
	TokenLife = 10 * time.Minute
	// MaxTries is the maximum number of codes that can be tried for one operation,
	// including the right code.
	MaxTries = 5
	// keep is how long operations are stored, so that an operator can investigate
	// an incident.
	keep = 30 * 24 * time.Hour
)

// Pool is the set of a partner's operations that one limit counts. Each pool
// has its own limits, so that operations of one pool cannot use up the limits
// of another.
type Pool struct {
	// Credential is the key that started the operations. It is empty for
	// operations that the partner started while signed in.
	Credential string
	// Keys selects the operations of all API keys together.
	Keys bool
	// Security selects only the CHANGE_SECURITY operations that the partner started
	// while signed in.
	Security bool
}

// bound is the maximum number of operations that may be started in a pool
// within a window.
type bound struct {
	pool       Pool
	operations int
	window     time.Duration
}

// boundsOf returns the limits for starting an operation with this credential.
// They limit how many codes can be guessed, and how many mails the partner gets.
// An API key cannot use up the limits of the partner who is signed in.
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
	Summary     string     `db:"summary"` // line that says what the code is for; see Bound
	Channel     Channel    `db:"channel"`
	CodeHash    string     `db:"code_hash"`  // empty if the app shows the codes
	Credential  string     `db:"credential"` // key that started the operation; empty if the partner was signed in
	Tries       int        `db:"tries"`      // number of codes tried so far
	CreatedAt   time.Time  `db:"created_at"`
	ExpiresAt   time.Time  `db:"expires_at"`
	CompletedAt *time.Time `db:"completed_at"`
}
