package identity

import (
	"context"
	"crypto/sha256"
	"time"

	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/verification"
)

// SecurityStore is what identity keeps of how partners prove that it is they.
type SecurityStore interface {
	// Security reads a partner's settings.
	Security(ctx context.Context, partnerID id.UUID) (s Security, found bool, err error)
	// HoldSecurity is Security, and nobody else changes them, nor starts a
	// verification, until the transaction of ctx ends.
	HoldSecurity(ctx context.Context, partnerID id.UUID) (s Security, found bool, err error)
	// SetSecurity changes the type of settings that are held. Codes and tokens
	// that the partner asked for before are void: they came by the old channel.
	SetSecurity(ctx context.Context, partnerID id.UUID, t SecurityType, at time.Time) error
	// EndOtherSessions revokes every session of the partner but one, and lets no
	// login finish that began before.
	EndOtherSessions(ctx context.Context, partnerID, but id.UUID, at time.Time) error
	// AccountOf is FindAccount by the partner's id.
	AccountOf(ctx context.Context, partnerID id.UUID) (account Account, found bool, err error)
	// SpendToken uses a verification token up. PermissionDenied: it is not for
	// this, or not good any more.
	SpendToken(ctx context.Context, partnerID id.UUID, t verification.Type, token string, digest verification.Digest, at time.Time) error

	// TOTP reads a partner's secret, in use or not.
	TOTP(ctx context.Context, partnerID id.UUID) (secret TOTPSecret, found bool, err error)
	// StartTOTP keeps a secret that is not in use yet, in place of another such.
	// started = false: one is in use.
	StartTOTP(ctx context.Context, partnerID id.UUID, secret string, at time.Time) (started bool, err error)
	// ConfirmTOTP takes a secret into use, its last step being step, with new
	// recovery codes. confirmed = false: it is in use, or not that one any more.
	ConfirmTOTP(ctx context.Context, partnerID id.UUID, secret string, step int64, recovery []RecoveryHash, at time.Time) (confirmed bool, err error)
	// UseStep moves the last step of a secret in use on. used = false: it is
	// there already, or further: of many at once, one is told true.
	UseStep(ctx context.Context, partnerID id.UUID, secret string, step int64) (used bool, err error)
	// UseRecoveryCode uses a recovery code up and counts those left. used =
	// false: there is no such code, or it was used.
	UseRecoveryCode(ctx context.Context, partnerID id.UUID, code RecoveryHash, at time.Time) (used bool, left int, err error)
	// DeleteTOTP removes a secret and all recovery codes.
	DeleteTOTP(ctx context.Context, partnerID id.UUID) error
}

// TOTPSecret is what an authenticator app and the programme both know.
type TOTPSecret struct {
	Secret      string // base32
	CreatedAt   time.Time
	ConfirmedAt *time.Time // nil: not in use
	LastStep    int64      // no step up to it is accepted any more
}

// RecoveryHash is how a recovery code is kept.
type RecoveryHash [sha256.Size]byte
