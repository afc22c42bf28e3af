// Package outbox sends events to the programs of partners. It serves the feed
// of events, and delivers webhooks and postbacks to addresses that partners
// choose. Package event stores an event together with the change that the event
// reports. A delivery is a row that a process reserves for a limited time (a
// lease). Therefore no delivery is lost if a process is killed, and two
// processes never send the same delivery at the same time. All requests are
// sent through package guard.
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
	Webhook  Kind = "webhook"  // receives events unchanged
	Postback Kind = "postback" // a URL with tokens, which is requested when a client does something
)

// Status is the status of an endpoint. It decides whether the endpoint
// receives deliveries.
type Status string

// These are the statuses of an endpoint.
const (
	Active   Status = "active"
	Paused   Status = "paused"   // paused by the partner; the events of this time are delivered afterwards
	Disabled Status = "disabled" // disabled by the server, because it failed for days or returned 410 Gone
)

// Key identifies an endpoint.
type Key struct {
	PartnerID  id.UUID `db:"partner_id"`
	EndpointID id.UUID `db:"endpoint_id"`
}

// Endpoint is an address to which a partner's events are sent.
type Endpoint struct {
	Key
	Kind         Kind       `db:"kind"`
	Name         string     `db:"name"`
	URL          string     `db:"url"`        // for a postback, a template
	Method       string     `db:"method"`     // POST; for a postback also GET
	Types        []string   `db:"types,json"` // for a webhook, its event types (all if empty); for a postback, its actions
	Status       Status     `db:"status"`
	Reason       string     `db:"reason"`    // why the server disabled it
	GivenSeq     int64      `db:"given_seq"` // number of the last event for which deliveries were created
	CreatedAt    time.Time  `db:"created_at"`
	UpdatedAt    time.Time  `db:"updated_at"`
	FailingSince *time.Time `db:"failing_since"` // nil if the last attempt succeeded
	SucceededAt  *time.Time `db:"succeeded_at"`  // time of the last successful attempt
}

// Secret signs an endpoint's deliveries. It is stored unencrypted, because it
// is needed for signing. A person who can read the store can therefore sign
// deliveries too.
type Secret struct {
	ID        id.UUID    `db:"secret_id"`
	Value     []byte     `db:"secret"`
	CreatedAt time.Time  `db:"created_at"`
	ExpiresAt *time.Time `db:"expires_at"` // nil for the current secret; older secrets sign too until they expire
}

// DeliveryStatus is the state of a delivery.
type DeliveryStatus string

// These are the statuses of a delivery.
const (
	Pending   DeliveryStatus = "pending"
	Delivered DeliveryStatus = "delivered"
	Failed    DeliveryStatus = "failed" // given up after about a day of retries
)

// Delivery is one message to one endpoint.
type Delivery struct {
	Key
	ID        id.UUID        `db:"delivery_id"`
	MessageID string         `db:"message_id"` // sent as the header webhook-id; the same in every attempt
	Seq       *int64         `db:"event_seq"`  // number of the event; nil for a test
	Type      string         `db:"type"`       // event type, or action that a postback reports
	Content   string         `db:"content"`    // body to send; empty means that the event is sent
	Status    DeliveryStatus `db:"status"`
	Attempts  int            `db:"attempts"` // number of all attempts so far
	Tries     int            `db:"tries"`    // number of attempts since the delivery last became pending
	NextAt    time.Time      `db:"next_at"`  // no attempt starts before this time; while a courier has reserved the delivery, the end of the lease
	CreatedAt time.Time      `db:"created_at"`
	EndedAt   *time.Time     `db:"ended_at"`

	Last *Attempt `db:"-"` // only set in lists
}

// Attempt is one request to a receiver.
type Attempt struct {
	N          int
	At         time.Time
	Took       time.Duration
	URL        string
	StatusCode int    // 0 if there was no response
	Problem    string // one of the Problem constants; empty means success
	Answer     string // beginning of the response's body
}

// These are the reasons why an attempt can fail.
const (
	ProblemRefused     = "refused"     // the URL is not a public http or https address
	ProblemUnreachable = "unreachable" // no response came in time
	ProblemStatus      = "status"      // the status of the response is not 2xx
	ProblemExpired     = "expired"     // the event no longer exists
)

// Caller sends requests. *guard.Client implements it.
type Caller interface {
	Spelling(url string) error
	Check(ctx context.Context, url string) error
	Do(ctx context.Context, r *guard.Request) (*guard.Answer, error)
}

// InVain reports whether a request was sent or tried, and failed.
func (a *Attempt) InVain() bool { return a.Problem != "" && a.Problem != ProblemExpired }

var _ Caller = (*guard.Client)(nil)
