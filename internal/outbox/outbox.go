// Package outbox sends events to partners' programs. Programs can read the feed
// of events, or receive webhooks and postbacks at addresses that the partner
// chooses. Package event stores each event in the transaction of the change
// that it reports. Before a process sends a delivery, it reserves the
// delivery's row for a limited time (a lease). Therefore a killed process loses
// no delivery, and two processes never send the same delivery at the same time.
// All requests go through package guard.
//
// A delivery arrives at least once, and always with the same message id.
package outbox

import (
	"context"
	"time"

	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/outbox/guard"
)

// Kind is the kind of an endpoint.
type Kind string

// These are the kinds of endpoints.
const (
	Webhook  Kind = "webhook"  // gets the events as JSON
	Postback Kind = "postback" // calls a URL that contains tokens when a client does something
)

// Status says whether an endpoint gets deliveries.
type Status string

// These are the statuses of an endpoint.
const (
	Active   Status = "active"
	Paused   Status = "paused"   // paused by the partner; the events of the pause are delivered afterwards
	Disabled Status = "disabled" // disabled by the server, because the endpoint failed for days or returned 410 Gone
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
	URL          string     `db:"url"`        // a postback's URL is a template
	Method       string     `db:"method"`     // POST, or for a postback also GET
	Types        []string   `db:"types,json"` // event types of a webhook (empty means all), or actions of a postback
	Status       Status     `db:"status"`
	Reason       string     `db:"reason"`    // why the server disabled the endpoint
	GivenSeq     int64      `db:"given_seq"` // number of the last event for which deliveries were created
	CreatedAt    time.Time  `db:"created_at"`
	UpdatedAt    time.Time  `db:"updated_at"`
	FailingSince *time.Time `db:"failing_since"` // nil if the last attempt succeeded
	SucceededAt  *time.Time `db:"succeeded_at"`  // time of the last successful attempt
}

// Secret signs an endpoint's deliveries. It is stored unencrypted, because the
// server needs it for signing. Anyone who can read the database can therefore
// sign deliveries too.
type Secret struct {
	ID        id.UUID    `db:"secret_id"`
	Value     []byte     `db:"secret"`
	CreatedAt time.Time  `db:"created_at"`
	ExpiresAt *time.Time `db:"expires_at"` // time until which a replaced secret signs; nil for the current secret
}

// DeliveryStatus is the status of a delivery.
type DeliveryStatus string

// These are the statuses of a delivery.
const (
	Pending   DeliveryStatus = "pending"
	Delivered DeliveryStatus = "delivered"
	Failed    DeliveryStatus = "failed" // the server stopped retrying after about a day
)

// Delivery is one message to one endpoint.
type Delivery struct {
	Key
	ID        id.UUID        `db:"delivery_id"`
	MessageID string         `db:"message_id"` // sent in the header webhook-id; the same in every attempt
	Seq       *int64         `db:"event_seq"`  // number of the event; nil for a test
	Type      string         `db:"type"`       // event type, or action that a postback reports
	Content   string         `db:"content"`    // body to send; if it is empty, the event is sent
	Status    DeliveryStatus `db:"status"`
	Attempts  int            `db:"attempts"` // number of all attempts
	Tries     int            `db:"tries"`    // number of attempts since the delivery last became pending
	NextAt    time.Time      `db:"next_at"`  // no attempt starts before this time; during an attempt, the end of the lease
	CreatedAt time.Time      `db:"created_at"`
	EndedAt   *time.Time     `db:"ended_at"`

	Last *Attempt `db:"-"` // last attempt; set only in lists
}

// Attempt is one request to a receiver.
type Attempt struct {
	N          int
	At         time.Time
	Took       time.Duration
	URL        string
	StatusCode int    // 0 if there was no response
	Problem    string // one of the Problem constants; empty if the attempt succeeded
	Answer     string // beginning of the response's body
}

// These are the reasons why an attempt can fail.
const (
	ProblemRefused     = "refused"     // the URL is not a public http or https address
	ProblemUnreachable = "unreachable" // no response came in time
	ProblemStatus      = "status"      // the status of the response is not 2xx
	ProblemExpired     = "expired"     // the event no longer exists
)

// Caller sends requests. *guard.Client implements it. Tests use a type that
// records the requests.
type Caller interface {
	Spelling(url string) error
	Check(ctx context.Context, url string) error
	Do(ctx context.Context, r *guard.Request) (*guard.Answer, error)
}

// InVain reports whether a request failed. It is false if no request was sent
// because the event no longer exists.
func (a *Attempt) InVain() bool { return a.Problem != "" && a.Problem != ProblemExpired }

var _ Caller = (*guard.Client)(nil)
