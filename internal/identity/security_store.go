package identity

import (
	"crypto/sha256"
	"time"
)

// TOTPSecret is what an authenticator app and the programme both know.
type TOTPSecret struct {
	Secret      string // base32
	CreatedAt   time.Time
	ConfirmedAt *time.Time // nil: not in use
	LastStep    int64      // no step up to it is accepted any more
}

// RecoveryHash is how a recovery code is kept.
type RecoveryHash [sha256.Size]byte
