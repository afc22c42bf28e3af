// Package caller identifies who makes a request. The HTTP layer puts a Caller
// into the context once the token is checked; domain packages read it there.
package caller

import (
	"context"
	"slices"
	"time"

	"github.com/tributary-server/tributary/internal/id"
)

// Role is the side that a caller acts for. A token or key has exactly one.
type Role string

// The roles.
const (
	Partner Role = "partner" // one partner, and only its own objects
	Broker  Role = "broker"  // the programme's operator
)

// Caller is an authenticated caller.
type Caller struct {
	Role      Role
	PartnerID id.UUID   // the partner; id.Nil for a broker
	Scopes    []string  // the key's limits; empty: everything its role may do
	Key       bool      // whether the caller used an API key; a partner without one is a person who signed in
	TokenID   string    // the token's jti or the key's id: identifies the credential and is not secret
	IssuedAt  time.Time // UTC
	ExpiresAt time.Time // UTC; zero: never
}

// Allows reports whether the credential has one of the scopes. A credential
// without limits has them all.
func (c Caller) Allows(anyOf ...string) bool {
	return len(c.Scopes) == 0 || slices.ContainsFunc(anyOf, func(scope string) bool { return slices.Contains(c.Scopes, scope) })
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

// Must returns the caller of ctx. It panics when there is none, which means
// that the operation was declared public by mistake.
func Must(ctx context.Context) Caller {
	c, ok := From(ctx)
	if !ok {
		panic("caller: the request is not authenticated")
	}
	return c
}
