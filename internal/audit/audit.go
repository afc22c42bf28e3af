// Package audit keeps who did what, and from where: everything that changes
// rights or money leaves an entry, in the transaction of the change, for the
// partner to read.
package audit

import (
	"context"
	"time"

	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/identity/caller"
)

// Entry is one thing that was done. Whoever keeps it adds when it was, who did
// it (see Of) and from where (see WithOrigin).
type Entry struct {
	PartnerID id.UUID        // whose log it belongs to; id.Nil: the programme's own
	Action    string         // what was done, dotted: "api_key.created", "withdrawal.created"
	Subject   string         // what it was done to: an id, a code; may be empty
	Details   map[string]any // more of it, as JSON shows it; never a password, a code or a key
}

// Log keeps entries.
// The tests have another one.
type Log interface {
	// Record adds an entry, in the transaction that ctx is inside of: when that
	// fails, nothing was done and nothing is logged.
	Record(ctx context.Context, e Entry) error
}

// Actor is the kind of who did something.
type Actor string

// The kinds of actors.
const (
	Partner Actor = "partner" // the partner itself, signed in
	Key     Actor = "key"     // a program with one of the partner's keys
	Broker  Actor = "broker"  // a program with a broker's key
	Nobody  Actor = "nobody"  // a request without credentials, such as a log-in that failed
	System  Actor = "system"  // the programme by itself, or its operator's command line
)

// Of tells who acts in ctx, and by which token or key: its id, no secret. A
// log-in that succeeded says so by caller.With before it records.
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

// WithOrigin returns a context that says where a request comes from: its
// address, and the program it says it is.
func WithOrigin(ctx context.Context, address, userAgent string) context.Context {
	return context.WithValue(ctx, originKey{}, origin{address, userAgent})
}

// Origin tells where the request of ctx comes from; empty outside of one.
func Origin(ctx context.Context) (address, userAgent string) {
	o, _ := ctx.Value(originKey{}).(origin)
	return o.address, o.agent
}

// When says to a person when something was done, and from which address where
// that is known.
func When(ctx context.Context, at time.Time) string {
	text := "When: " + at.Format(Moment) + "."
	if address, _ := Origin(ctx); address != "" {
		text += " From: " + address + "."
	}
	return text
}

// Moment is how mails write a moment, for time.Format.
const Moment = "2 January 2006, 15:04 UTC"

func requested(ctx context.Context) bool {
	_, inside := ctx.Value(originKey{}).(origin)
	return inside
}
