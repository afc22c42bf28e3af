// Package audit records who did what, and from where. Everything that changes
// rights or money adds an entry in the transaction of the change. Partners can
// read their own entries.
package audit

import (
	"context"
	"time"

	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/identity/caller"
)

// Entry is one action. The Log adds when it was done, who did it (see Of) and
// from where (see WithOrigin).
type Entry struct {
	PartnerID id.UUID        // whose log it belongs to; id.Nil: the programme's
	Action    string         // what was done, dotted: "api_key.created", "withdrawal.created"
	Subject   string         // the object of the action, such as an id or a code; may be empty
	Details   map[string]any // further details, stored as JSON; never a password, a code or a key
}

// Log stores entries. SQLLog implements it, and the tests with logs that fail or
// are read back.
type Log interface {
	// Record adds an entry in the transaction of ctx. If that transaction
	// fails, the action was not done and is not logged.
	Record(ctx context.Context, e Entry) error
}

// Actor is the kind of caller that acts.
type Actor string

// These are the kinds of actors.
const (
	Partner Actor = "partner" // the partner itself, signed in
	Key     Actor = "key"     // a program with one of the partner's keys
	Broker  Actor = "broker"  // a program with a broker's key
	Nobody  Actor = "nobody"  // a request without credentials, such as a log-in that failed
	System  Actor = "system"  // the programme itself, or its operator's command line
)

// Of returns who acts in ctx, and the id (not the secret) of the token or key
// that it uses. A successful log-in must call caller.With before it records its
// entry.
func Of(ctx context.Context) (actor Actor, credential string) {
	who, known := caller.From(ctx)
	switch {
	case !known && requested(ctx):
		return Nobody, ""
	case !known:
		return System, ""
	case who.Role == caller.Broker:
		return Broker, who.TokenID
	case who.Key:
		return Key, who.TokenID
	default:
		return Partner, who.TokenID
	}
}

type originKey struct{}

type origin struct{ address, agent string }

// WithOrigin returns a context that holds the origin of a request: its address
// and its User-Agent.
func WithOrigin(ctx context.Context, address, userAgent string) context.Context {
	return context.WithValue(ctx, originKey{}, origin{address, userAgent})
}

// Origin returns the origin of the request of ctx. Both values are empty
// outside a request.
func Origin(ctx context.Context) (address, userAgent string) {
	o, _ := ctx.Value(originKey{}).(origin)
	return o.address, o.agent
}

// When returns a sentence for people: when something was done, and from which
// address if that is known.
func When(ctx context.Context, at time.Time) string {
	text := "When: " + at.Format(Moment) + "."
	if address, _ := Origin(ctx); address != "" {
		text += " From: " + address + "."
	}
	return text
}

// Moment is the layout for time.Format in which mails show a moment.
const Moment = "2 January 2006, 15:04 UTC"

func requested(ctx context.Context) bool {
	_, inside := ctx.Value(originKey{}).(origin)
	return inside
}
