package identity

import (
	"context"
	"time"

	"github.com/tributary-server/tributary/internal/id"
)

// Store is what identity keeps. Find methods return found = false, and no
// error, when there is nothing. Every method is atomic.
type Store interface {
	// Atomically runs fn in one transaction: what is done with fn's context,
	// by this store or another part of the same one, happens together or not
	// at all. fn may be called several times; the last call counts.
	Atomically(ctx context.Context, fn func(ctx context.Context) error) error
	SecurityStore
	KeyStore
	SessionStore

	// FindAccount finds the partner who signs in with a normalised e-mail.
	FindAccount(ctx context.Context, email string) (account Account, found bool, err error)
	// SetPassword stores a new hash under the next version and revokes every key and
	// session of the partner. found = false: there is no such partner.
	SetPassword(ctx context.Context, partnerID id.UUID, hash string, legacyCost int, at time.Time) (found bool, err error)
	// Rehash replaces a hash by another of the same password, unless the
	// password was changed since version.
	Rehash(ctx context.Context, partnerID id.UUID, version int64, hash string) error
	// LegacyCost is the most iterations of any imported hash, 0 when there is none.
	LegacyCost(ctx context.Context) (int, error)

	// LoginFailures reads a count; the zero value when there is none.
	LoginFailures(ctx context.Context, key ThrottleKey) (Failures, error)
	// UpdateLoginFailures stores what change makes of the current count, with
	// nobody else changing it meanwhile. The zero value removes it. change may
	// be called several times; the last call counts.
	UpdateLoginFailures(ctx context.Context, key ThrottleKey, change func(Failures) Failures) error
	// PurgeLoginFailures removes up to limit counts that are to be forgotten.
	PurgeLoginFailures(ctx context.Context, now time.Time, limit int) error

	// CreateSession adds a session, unless the partner's password is no longer
	// that of version, removes some of the partner's expired ones, and ends the
	// oldest beyond MaxSessions.
	CreateSession(ctx context.Context, session Session, version int64) (created bool, err error)
	// RenewSession adds a session of the family of another, unless that one is
	// revoked or gone, or the family's log-in was not after oldest.
	RenewSession(ctx context.Context, renewed id.UUID, session Session, oldest time.Time) (created bool, err error)
	// FindSession is asked on every request: one read by primary key.
	FindSession(ctx context.Context, partnerID, sessionID id.UUID) (state SessionState, found bool, err error)
	// RevokeSession ends a session and its family: all that were renewed from the
	// same log-in. The first revocation's time stays.
	RevokeSession(ctx context.Context, partnerID, sessionID id.UUID, at time.Time) error

	// CurrentSigningKey is the one of the highest generation.
	CurrentSigningKey(ctx context.Context) (key SigningKey, found bool, err error)
	// SigningKeys lists all, the newest first: two or three, since retired ones
	// are removed.
	SigningKeys(ctx context.Context) ([]SigningKey, error)
	// AddSigningKey adds a key, unless another process was first with its
	// generation; then it retires the older ones and removes those that were
	// retired before forget.
	AddSigningKey(ctx context.Context, key SigningKey, forget time.Time) error
}
