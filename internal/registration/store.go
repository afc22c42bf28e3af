package registration

import (
	"context"
	"crypto/sha256"
	"time"

	"github.com/tributary-server/tributary/internal/id"
)

// Pending is a registration that waits to be confirmed.
type Pending struct {
	Email     string // normalised
	Country   string
	Programme string
	CreatedAt time.Time
	ExpiresAt time.Time
}

// Store keeps registrations and password resets, by the hashes of their
// tokens.
type Store interface {
	// Atomically runs fn in one transaction, for one caller at a time on the
	// whole store: what is done with fn's context is done together or not at
	// all, whichever part of the programme does it.
	Atomically(ctx context.Context, fn func(ctx context.Context) error) error

	// AddRegistration keeps a registration in the place of all others of its
	// e-mail.
	AddRegistration(ctx context.Context, token [sha256.Size]byte, p *Pending) error
	// FindRegistration finds one that has not expired.
	FindRegistration(ctx context.Context, token [sha256.Size]byte, now time.Time) (p Pending, found bool, err error)
	// RemoveRegistrations forgets all of an e-mail.
	RemoveRegistrations(ctx context.Context, email string) error
	// PurgeRegistrations removes up to limit that have expired.
	PurgeRegistrations(ctx context.Context, now time.Time, limit int) (removed int64, err error)

	AddReset(ctx context.Context, token [sha256.Size]byte, partnerID id.UUID, at, expires time.Time) error
	// FindReset reports whether there is an unused one of an existing partner
	// that has not expired.
	FindReset(ctx context.Context, token [sha256.Size]byte, now time.Time) (found bool, err error)
	// UseReset uses one up that FindReset would find, and with it all others of
	// its partner.
	UseReset(ctx context.Context, token [sha256.Size]byte, now time.Time) (partnerID id.UUID, email string, found bool, err error)
	// PurgeResets removes up to limit that have expired.
	PurgeResets(ctx context.Context, now time.Time, limit int) (removed int64, err error)
}
