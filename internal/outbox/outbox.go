// Package outbox is the programme's way out to its partners' programs: the
// feed of events, and webhooks and postbacks, which carry them to addresses
// that partners choose. An event is kept with what it tells (package event);
// what is to be delivered is a row with a lease, so that nothing is lost when a
// process dies and no two processes send the same at a time. Whatever is called
// is called through package guard.
//
// A delivery arrives at least once, always under the same message id.
package outbox

import (
	"context"
	"time"

	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/outbox/guard"
)

// Kind tells webhooks from postbacks.
type Kind string

// The kinds of endpoints.
const (
	Webhook  Kind = "webhook"  // takes events as they are
	Postback Kind = "postback" // a URL template with tokens, called for what clients do
)

// Status says whether an endpoint is told of anything.
type Status string

// The statuses of an endpoint.
const (
	Active   Status = "active"
	Paused   Status = "paused"   // by the partner: what happens meanwhile is delivered afterwards
	Disabled Status = "disabled" // by the programme, since it failed for days, or said 410 Gone
)

// Key names an endpoint.
type Key struct{ PartnerID, EndpointID id.UUID }

// Endpoint is where a partner wants to be told.
type Endpoint struct {
	Key
	Kind         Kind
	Name         string
	URL          string   // a postback's: a template
	Method       string   // POST; a postback's may be GET
	Types        []string // event types of a webhook (none: all), or events of a postback
	Status       Status
	Reason       string // why it is disabled
	GivenSeq     int64  // events up to this one are deliveries already
	CreatedAt    time.Time
	UpdatedAt    time.Time
	FailingSince *time.Time // nil: the last attempt went well
	SucceededAt  *time.Time // the last attempt that did
}

// Secret is what an endpoint's deliveries are signed with. It is kept as it
// is, since it has to be known to sign: who can read the store can sign.
type Secret struct {
	ID        id.UUID
	Value     []byte
	CreatedAt time.Time
	ExpiresAt *time.Time // nil: the one in use; until then the others sign beside it
}

// DeliveryStatus is how far a delivery is.
type DeliveryStatus string

// The statuses of a delivery.
const (
	Pending   DeliveryStatus = "pending"
	Delivered DeliveryStatus = "delivered"
	Failed    DeliveryStatus = "failed" // given up after about a day
)

// Delivery is one message to one endpoint.
type Delivery struct {
	Key
	ID        id.UUID
	MessageID string // the same in every attempt: webhook-id
	Seq       *int64 // the event's number; nil: a test
	Type      string // an event type, or a postback's event
	Content   string // what is sent; empty: the event itself
	Status    DeliveryStatus
	Attempts  int       // begun, in all
	Tries     int       // begun since it was last made pending
	NextAt    time.Time // not to be tried before; also the lease of who tries it
	CreatedAt time.Time
	EndedAt   *time.Time

	Last *Attempt // filled by lists
}

// Attempt is one call.
type Attempt struct {
	N          int
	At         time.Time
	Took       time.Duration
	URL        string
	StatusCode int    // 0: no answer
	Problem    string // one of the Problems; empty: it went well
	Answer     string // the beginning of the answer's text
}

// The Problems that an attempt can have.
const (
	ProblemRefused     = "refused"     // the URL is not a public http or https address now
	ProblemUnreachable = "unreachable" // nobody answered, or not in time
	ProblemStatus      = "status"      // the answer's status is not 2xx
	ProblemExpired     = "expired"     // what was to be told is not kept any more
)

// Caller is the one who calls out: *guard.Client.
type Caller interface {
	Spelling(url string) error
	Check(ctx context.Context, url string) error
	Do(ctx context.Context, r *guard.Request) (*guard.Answer, error)
}

// InVain reports whether the receiver was called and did not take the message.
func (a *Attempt) InVain() bool { return a.Problem != "" && a.Problem != ProblemExpired }

var _ Caller = (*guard.Client)(nil)
