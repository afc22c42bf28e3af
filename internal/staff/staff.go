// Package staff has the accounts of the people who work for the broker. A staff
// member signs in with an e-mail, a password and a code from an authenticator app,
// and gets a token for the Broker API. The member's role decides which operations
// the token may call (see caller.StaffRole and the tables of routes in api/broker).
//
// Programs of the broker use keys instead (see package identity). A key has no
// person behind it, so a decision that needs a second person needs a staff member.
package staff

import (
	"time"

	"github.com/tributary-server/tributary/internal/audit"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/identity"
	"github.com/tributary-server/tributary/internal/identity/caller"
)

const (
	// TokenLife is the time for which a token is valid after the sign-in or the last
	// renewal.
	TokenLife = time.Hour
	// SessionLife is the time after the sign-in during which the token can be renewed.
	SessionLife = 12 * time.Hour
	// OneTimeLife is the time within which the person must replace a one-time password
	// and sign in.
	OneTimeLife = 7 * 24 * time.Hour
)

// ErrUnknown is the error for a staff member who does not exist.
var ErrUnknown = fault.Unknown("no such staff member")

// Member is a staff member.
type Member struct {
	ID            id.UUID          `db:"staff_id"`
	Email         string           `db:"email"` // normalised; unique
	Role          caller.StaffRole `db:"role"`
	PasswordHash  string           `db:"password_hash"`
	PasswordUntil *time.Time       `db:"password_until"`    // when the password expires; nil after the first sign-in
	Secret        string           `db:"totp_secret"`       // of the authenticator app, base32; empty if no app was added
	SecretAt      *time.Time       `db:"totp_started_at"`   // nil if no app was added
	ConfirmedAt   *time.Time       `db:"totp_confirmed_at"` // nil until the first sign-in
	LastStep      int64            `db:"totp_last_step"`    // codes of this time step and earlier steps are refused
	CreatedAt     time.Time        `db:"created_at"`
	DisabledAt    *time.Time       `db:"disabled_at"` // nil if the member may sign in
}

// Status returns "disabled", "invited" before the member's first sign-in, or "active".
func (m *Member) Status() string {
	switch {
	case m.DisabledAt != nil:
		return "disabled"
	case m.ConfirmedAt == nil:
		return "invited"
	default:
		return "active"
	}
}

func (m *Member) totp() identity.TOTPSecret {
	secret := identity.TOTPSecret{Secret: m.Secret, ConfirmedAt: m.ConfirmedAt, LastStep: m.LastStep}
	if m.SecretAt != nil {
		secret.CreatedAt = *m.SecretAt
	}
	return secret
}

// setOneTime gives the member a one-time password and removes the authenticator app.
func (m *Member) setOneTime(hash string, until time.Time) {
	m.PasswordHash, m.PasswordUntil = hash, &until
	m.Secret, m.SecretAt, m.ConfirmedAt, m.LastStep = "", nil, nil, 0
}

// Service manages staff members and signs them in. It is safe for concurrent use,
// also by several processes on one store.
type Service struct {
	store    Store
	identity *identity.Service // checks passwords and codes
	clock    clock.Clock
	audit    audit.Log
}

// New returns a Service.
func New(store Store, partners *identity.Service, clk clock.Clock, log audit.Log) *Service {
	return &Service{store: store, identity: partners, clock: clk, audit: log}
}
