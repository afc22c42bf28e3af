// Package audit records who did what, and from where. Every change of rights or
// money adds an entry in the transaction of the change. Partners can read their
// own entries.
package audit

import (
	"context"
	"time"

	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/identity/caller"
)

// Entry is one action. The Log adds the time, the actor (see Of) and the origin
// (see WithOrigin).
type Entry struct {
	PartnerID id.UUID        // partner who can read the entry; id.Nil if only the operator can
	Action    string         // such as "api_key.created" or "withdrawal.created"
	Subject   string         // id or code of the object that changed; may be empty
	Details   map[string]any // stored as JSON, so it must not contain a password, a code or a key
}

// Log stores entries. SQLLog implements it. Tests of other packages have logs that
// ignore entries, keep them in memory, or fail.
type Log interface {
	// Record adds an entry in the transaction of ctx. If this transaction
	// fails, neither the action nor the entry is stored.
	Record(ctx context.Context, e Entry) error
}

// Actor says who performed an action.
type Actor string

// These are the kinds of actors.
const (
	Partner Actor = "partner" // the partner, with a session
	Key     Actor = "key"     // a program with one of the partner's keys
	Broker  Actor = "broker"  // a program with a broker's key
	Staff   Actor = "staff"   // a staff member of the broker; partners see "broker"
	Nobody  Actor = "nobody"  // a request without credentials, such as a failed login
	System  Actor = "system"  // a server on its own, or the operator on the command line
)

// Of returns the actor in ctx, and the id of the actor's token or key. For a staff
// member it returns the id of the member, so that the log names the person. After a
// successful login, call caller.With before you record an entry, because ctx
// has no actor until then.
func Of(ctx context.Context) (actor Actor, credential string) {
	who, known := caller.From(ctx)
	switch {
	case !known && inRequest(ctx):
		return Nobody, ""
	case !known:
		return System, ""
	case who.StaffID != id.Nil:
		return Staff, who.StaffID.String()
	case who.Role == caller.Broker:
		return Broker, who.TokenID
	case who.Key:
		return Key, who.TokenID
	default:
		return Partner, who.TokenID
	}
}

// Author returns the actor in ctx as one text: "staff:" or "broker:" followed by the
// id of the member or of the key, or "system" for the command line.
func Author(ctx context.Context) string {
	actor, credential := Of(ctx)
	if credential == "" {
		return string(actor)
	}
	return string(actor) + ":" + credential
}

type originKey struct{}

type origin struct{ address, agent string }

// WithOrigin returns a context that has the IP address and the User-Agent of a
// request.
func WithOrigin(ctx context.Context, address, userAgent string) context.Context {
	return context.WithValue(ctx, originKey{}, origin{address, userAgent})
}

// Origin returns the IP address and the User-Agent of the request to which ctx
// belongs. Outside a request, both are empty.
func Origin(ctx context.Context) (address, userAgent string) {
	o, _ := ctx.Value(originKey{}).(origin)
	return o.address, o.agent
}

// When returns a sentence for a mail. The sentence gives the time of an action
// and, if known, the IP address.
func When(ctx context.Context, at time.Time) string {
	text := "When: " + at.Format(Moment) + "."
	if address, _ := Origin(ctx); address != "" {
		text += " From: " + address + "."
	}
	return text
}

// Moment is the layout of times in mails.
const Moment = "2 January 2006, 15:04 UTC"

func inRequest(ctx context.Context) bool {
	_, inside := ctx.Value(originKey{}).(origin)
	return inside
}
