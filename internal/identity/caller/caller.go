// Package caller identifies who makes a request. The HTTP layer puts a Caller
// into the context after it has checked the token or key. Domain packages read
// the Caller from the context.
package caller

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"github.com/tributary-server/tributary/internal/id"
)

// Role is the side that a caller belongs to. Every token and key has exactly one
// role.
type Role string

// These are the roles of callers.
const (
	Partner Role = "partner" // has access only to the objects of one partner
	Broker  Role = "broker"  // operates the programme
)

// StaffRole says which of the broker's operations a staff member may use.
type StaffRole string

// These are the roles of staff members.
const (
	Admin   StaffRole = "admin"   // every operation
	Finance StaffRole = "finance" // reads everything, and changes what concerns money
	Support StaffRole = "support" // reads everything, and changes partners and clients, but no money
)

// StaffRoles lists all roles of staff members.
func StaffRoles() []StaffRole { return []StaffRole{Admin, Finance, Support} }

// Caller is an authenticated caller.
type Caller struct {
	Role      Role
	PartnerID id.UUID   // id.Nil for a broker
	StaffID   id.UUID   // a staff member of the broker who signed in; id.Nil for any other caller
	StaffRole StaffRole // set if StaffID is set
	Scopes    []string  // scopes of a limited key; empty means everything that the role may do
	Key       bool      // true for an API key; a caller without a key is a person who signed in
	TokenID   string    // jti of the token or id of the key; not secret
	IssuedAt  time.Time // UTC
	ExpiresAt time.Time // UTC; zero means never
}

// Person reports whether the caller is a person who signed in: a partner without a key,
// or a staff member of the broker.
func (c Caller) Person() bool { return !c.Key && (c.Role != Broker || c.StaffID != id.Nil) }

// Allows reports whether the credential has at least one of the scopes. A
// credential without limits has every scope.
func (c Caller) Allows(anyOf ...string) bool {
	return len(c.Scopes) == 0 || slices.ContainsFunc(anyOf, func(scope string) bool { return slices.Contains(c.Scopes, scope) })
}

// Owner identifies the owner of a request for rate limits. The owner is a partner,
// a staff member, or one of the broker's keys.
func (c Caller) Owner() string {
	switch {
	case c.StaffID != id.Nil:
		return "staff " + string(c.StaffID[:])
	case c.Role == Broker:
		return "key " + c.TokenID
	default:
		return "partner " + string(c.PartnerID[:])
	}
}

// LogAttrs describes the caller in the log.
func (c Caller) LogAttrs() []slog.Attr {
	attrs := []slog.Attr{slog.String("caller", string(c.Role)), slog.String("token", c.TokenID)}
	if c.PartnerID != id.Nil {
		attrs = append(attrs, slog.String("partner", c.PartnerID.String()))
	}
	if c.StaffID != id.Nil {
		attrs = append(attrs, slog.String("staff", c.StaffID.String()))
	}
	return attrs
}

type key struct{}

// With returns a context that carries c.
func With(ctx context.Context, c Caller) context.Context {
	return context.WithValue(ctx, key{}, c)
}

// From returns the caller of ctx. It returns false for a request without
// credentials.
func From(ctx context.Context) (Caller, bool) {
	c, ok := ctx.Value(key{}).(Caller)
	return c, ok
}

// Must returns the caller of ctx. It panics if there is none, which means that
// the operation was declared public by mistake.
func Must(ctx context.Context) Caller {
	c, ok := From(ctx)
	if !ok {
		panic("caller: the request is not authenticated")
	}
	return c
}
