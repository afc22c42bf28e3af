package identity

import (
	"crypto/sha256"
	"time"
)

// TOTPSecret is the secret that an authenticator app shares with the programme.
type TOTPSecret struct {
	Secret      string // base32
	CreatedAt   time.Time
	ConfirmedAt *time.Time // nil: not in use
	LastStep    int64      // codes of this step and earlier ones are refused
}

// RecoveryHash is the stored form of a recovery code.
type RecoveryHash [sha256.Size]byte
