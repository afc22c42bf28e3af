// Package outbox sends events to partners' programs. It serves the feed of
// events, and it delivers webhooks and postbacks to addresses that partners
// choose. An event is stored together with the change that it reports (package
// event). A delivery is a row with a lease: nothing is lost if a process dies,
// and no two processes send the same delivery at a time. Every call goes
// through package guard.
//
// A delivery arrives at least once, always under the same message id.
package outbox

import (
	"context"
	"time"

	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/outbox/guard"
)

// Kind is webhook or postback.
type Kind string

// These are the kinds of endpoints.
const (
	Webhook  Kind = "webhook"  // gets events as they are
	Postback Kind = "postback" // a URL template with tokens, called when a client does something
)

// Status says whether an endpoint gets deliveries.
type Status string

// These are the statuses of an endpoint.
const (
	Active   Status = "active"
	Paused   Status = "paused"   // paused by the partner: the events of this time are delivered afterwards
	Disabled Status = "disabled" // disabled by the programme: it failed for days, or answered 410 Gone
)

// Key identifies an endpoint.
type Key struct {
	PartnerID  id.UUID `db:"partner_id"`
	EndpointID id.UUID `db:"endpoint_id"`
}

// Endpoint is an address that a partner wants events sent to.
type Endpoint struct {
	Key
	Kind         Kind       `db:"kind"`
	Name         string     `db:"name"`
	URL          string     `db:"url"`        // for a postback, a template
	Method       string     `db:"method"`     // POST; a postback may have GET
	Types        []string   `db:"types,json"` // event types of a webhook (none: all), or the events of a postback
	Status       Status     `db:"status"`
	Reason       string     `db:"reason"`    // why it is disabled
	GivenSeq     int64      `db:"given_seq"` // deliveries exist for all events up to this one
	CreatedAt    time.Time  `db:"created_at"`
	UpdatedAt    time.Time  `db:"updated_at"`
	FailingSince *time.Time `db:"failing_since"` // nil: the last attempt succeeded
	SucceededAt  *time.Time `db:"succeeded_at"`  // when the last successful attempt was
}

// Secret signs an endpoint's deliveries. It is stored in plain text, since
// signing needs it: anyone who can read the store can sign.
type Secret struct {
	ID        id.UUID    `db:"secret_id"`
	Value     []byte     `db:"secret"`
	CreatedAt time.Time  `db:"created_at"`
	ExpiresAt *time.Time `db:"expires_at"` // nil: the one in use; the others sign too until they expire
}

// DeliveryStatus is the state of a delivery.
type DeliveryStatus string

// These are the statuses of a delivery.
const (
	Pending   DeliveryStatus = "pending"
	Delivered DeliveryStatus = "delivered"
	Failed    DeliveryStatus = "failed" // given up after about a day
)

// Delivery is one message to one endpoint.
type Delivery struct {
	Key
	ID        id.UUID        `db:"delivery_id"`
	MessageID string         `db:"message_id"` // the same in every attempt: sent as webhook-id
	Seq       *int64         `db:"event_seq"`  // the event's number; nil: a test
	Type      string         `db:"type"`       // an event type, or a postback's event
	Content   string         `db:"content"`    // the body to send; empty: the event itself
	Status    DeliveryStatus `db:"status"`
	Attempts  int            `db:"attempts"` // attempts begun in all
	Tries     int            `db:"tries"`    // attempts begun since it was last made pending
	NextAt    time.Time      `db:"next_at"`  // the next attempt is not made before; also the lease of the courier that makes it
	CreatedAt time.Time      `db:"created_at"`
	EndedAt   *time.Time     `db:"ended_at"`

	Last *Attempt `db:"-"` // only in lists
}

// Attempt is one call to a receiver.
type Attempt struct {
	N          int
	At         time.Time
	Took       time.Duration
	URL        string
	StatusCode int    // 0: no answer
	Problem    string // one of the Problems; empty: success
	Answer     string // the beginning of the answer's text
}

// These are the Problems of an attempt.
const (
	ProblemRefused     = "refused"     // the URL is not a public http or https address now
	ProblemUnreachable = "unreachable" // there was no answer, or none in time
	ProblemStatus      = "status"      // the answer's status is not 2xx
	ProblemExpired     = "expired"     // the event no longer exists
)

// Caller makes the calls: *guard.Client, and in the tests a receiver that
// answers without a network.
type Caller interface {
	Spelling(url string) error
	Check(ctx context.Context, url string) error
	Do(ctx context.Context, r *guard.Request) (*guard.Answer, error)
}

// InVain reports whether the receiver was called and did not accept the
// message.
func (a *Attempt) InVain() bool { return a.Problem != "" && a.Problem != ProblemExpired }

var _ Caller = (*guard.Client)(nil)
