// Package outbox sends events to partners' programs. It serves the feed of
// events, and it delivers webhooks and postbacks to addresses that partners
// choose. Package event stores an event together with the change that it
// reports. A delivery is a row with a lease. So no delivery is lost if a
// process dies, and no two processes send the same delivery at a time. Every
// request goes through package guard.
//
// A delivery arrives at least once, always with the same message id.
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
	Webhook  Kind = "webhook"  // receives events as they are
	Postback Kind = "postback" // URL template with tokens, requested when a client does something
)

// Status is the status of an endpoint. It decides whether the endpoint
// receives deliveries.
type Status string

// These are the statuses of an endpoint.
const (
	Active   Status = "active"
	Paused   Status = "paused"   // paused by the partner; the events of this time are delivered later
	Disabled Status = "disabled" // disabled by the programme, because it failed for days or returned 410 Gone
)

// Key identifies an endpoint.
type Key struct {
	PartnerID  id.UUID `db:"partner_id"`
	EndpointID id.UUID `db:"endpoint_id"`
}

// Endpoint is an address to which a partner wants events to be sent.
type Endpoint struct {
	Key
	Kind         Kind       `db:"kind"`
	Name         string     `db:"name"`
	URL          string     `db:"url"`        // a template if the endpoint is a postback
	Method       string     `db:"method"`     // POST; a postback may also have GET
	Types        []string   `db:"types,json"` // event types of a webhook (empty means all), or events of a postback
	Status       Status     `db:"status"`
	Reason       string     `db:"reason"`    // why the programme disabled it
	GivenSeq     int64      `db:"given_seq"` // number of the last event for which deliveries exist
	CreatedAt    time.Time  `db:"created_at"`
	UpdatedAt    time.Time  `db:"updated_at"`
	FailingSince *time.Time `db:"failing_since"` // nil if the last attempt succeeded
	SucceededAt  *time.Time `db:"succeeded_at"`  // time of the last successful attempt
}

// Secret signs an endpoint's deliveries. It is stored in plain text, because
// signing needs it. So anyone who can read the store can sign.
type Secret struct {
	ID        id.UUID    `db:"secret_id"`
	Value     []byte     `db:"secret"`
	CreatedAt time.Time  `db:"created_at"`
	ExpiresAt *time.Time `db:"expires_at"` // nil for the current secret; older secrets also sign until they expire
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
	MessageID string         `db:"message_id"` // sent as webhook-id; the same in every attempt
	Seq       *int64         `db:"event_seq"`  // number of the event; nil for a test
	Type      string         `db:"type"`       // event type, or event of a postback
	Content   string         `db:"content"`    // body to send; empty means the event
	Status    DeliveryStatus `db:"status"`
	Attempts  int            `db:"attempts"` // all attempts that were started
	Tries     int            `db:"tries"`    // attempts that were started since the delivery last became pending
	NextAt    time.Time      `db:"next_at"`  // time before which no attempt starts; also the end of a courier's lease
	CreatedAt time.Time      `db:"created_at"`
	EndedAt   *time.Time     `db:"ended_at"`

	Last *Attempt `db:"-"` // set only in lists
}

// Attempt is one request to a receiver.
type Attempt struct {
	N          int
	At         time.Time
	Took       time.Duration
	URL        string
	StatusCode int    // 0 if there was no response
	Problem    string // one of the Problem constants; empty means success
	Answer     string // beginning of the response's text
}

// These are the problems of an attempt.
const (
	ProblemRefused     = "refused"     // the URL is not a public http or https address
	ProblemUnreachable = "unreachable" // no response came in time
	ProblemStatus      = "status"      // the status of the response is not 2xx
	ProblemExpired     = "expired"     // the event no longer exists
)

// Caller sends the requests. *guard.Client implements it.
type Caller interface {
	Spelling(url string) error
	Check(ctx context.Context, url string) error
	Do(ctx context.Context, r *guard.Request) (*guard.Answer, error)
}

// InVain reports whether the attempt tried to reach the receiver and failed.
func (a *Attempt) InVain() bool { return a.Problem != "" && a.Problem != ProblemExpired }

var _ Caller = (*guard.Client)(nil)
