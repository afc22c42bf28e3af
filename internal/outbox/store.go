package outbox

import (
	"context"
	"errors"
	"time"

	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/money"
	"github.com/tributary-server/tributary/internal/outbox/event"
	"github.com/tributary-server/tributary/internal/page"
	"github.com/tributary-server/tributary/internal/verification"
)

// Errors of a Store: there is no such thing, or there are too many.
var (
	ErrUnknown = fault.Unknown("no such endpoint or delivery")
	ErrTooMany = errors.New("as many as there may be")
)

// Store keeps endpoints and deliveries. Every method is atomic on its own, and
// joins the transaction that Atomically began. Tests implement it too.
type Store interface {
	// Atomically runs fn in one transaction.
	Atomically(ctx context.Context, fn func(ctx context.Context) error) error

	// Endpoints returns a partner's endpoints of a kind, the newest first.
	Endpoints(ctx context.Context, partnerID id.UUID, kind Kind) ([]Endpoint, error)
	// Endpoint returns one endpoint, or ErrUnknown.
	Endpoint(ctx context.Context, key Key, kind Kind) (Endpoint, error)
	// Hold is Endpoint with a lock: until the transaction ends no one else
	// writes anything of the endpoint.
	Hold(ctx context.Context, key Key, kind Kind) (Endpoint, error)
	// AddEndpoint keeps an endpoint and its secret. It gets what happens from
	// now on. ErrTooMany: the partner already has the most of its kind.
	AddEndpoint(ctx context.Context, e *Endpoint, s Secret, most int) error
	// ChangeEndpoint writes the status of an existing endpoint and what a
	// partner may change. With skip, events that have not been given out are
	// skipped.
	ChangeEndpoint(ctx context.Context, e *Endpoint, skip bool) error
	// DeleteEndpoint removes an endpoint with its secrets and deliveries, or
	// ErrUnknown.
	DeleteEndpoint(ctx context.Context, key Key, kind Kind) error
	// AddSecret makes s the secret in use. The previous one also signs until a
	// moment; older ones beyond most are removed.
	AddSecret(ctx context.Context, key Key, s Secret, until time.Time, most int) error

	// Deliveries returns a page of an endpoint's deliveries with their last
	// attempts, the newest first, and how many there are. status empty: all.
	Deliveries(ctx context.Context, key Key, statuses []DeliveryStatus, p page.Page) ([]Delivery, int64, error)
	// Delivery returns one delivery with all its attempts, the oldest first, or
	// ErrUnknown.
	Delivery(ctx context.Context, key Key, deliveryID id.UUID) (Delivery, []Attempt, error)
	// AddTest keeps the delivery of a test. ErrTooMany: the endpoint's waiting
	// tests have reached tests, or its waiting deliveries most.
	AddTest(ctx context.Context, d *Delivery, tests, most int) error
	// Replay makes a delivery that has ended pending again, or returns
	// ErrUnknown.
	Replay(ctx context.Context, key Key, deliveryID id.UUID, now time.Time) error
	// ReplayFailed replays up to limit deliveries that failed since a moment,
	// the oldest first, and returns how many it replayed.
	ReplayFailed(ctx context.Context, key Key, since, now time.Time, limit int) (int64, error)

	// SpendToken uses up a verification token. PermissionDenied: it is not for
	// this operation.
	SpendToken(ctx context.Context, partnerID id.UUID, t verification.Type, token string, digest verification.Digest, at time.Time) error

	CourierStore
}

// CourierStore is what delivering needs. The metrics count deliveries through a
// second implementation.
type CourierStore interface {
	// Work lists up to limit active endpoints, of partners that are not
	// suspended, that have deliveries due or events to give out and are not
	// among served. A partner has at most each places, and its served endpoints
	// take the first ones. Every partner's first place comes before any
	// partner's second. Then endpoints that work come before those that fail,
	// and then the longest wait comes first.
	Work(ctx context.Context, now time.Time, served []id.UUID, each, limit int) ([]Endpoint, error)
	// Ungiven returns the next events after an endpoint's GivenSeq, of any
	// type, with their data for a postback. first is the number of the oldest
	// event that may still be kept.
	Ungiven(ctx context.Context, e *Endpoint, limit int) (events []event.Event, first int64, err error)
	// Sources returns where clients came from, without clients whose source is
	// unknown.
	Sources(ctx context.Context, partnerID id.UUID, clients []id.UUID) (map[id.UUID]Source, error)
	// Paid returns the deposits of these clients at these moments, with their
	// amounts; deposits of one moment are in the order of their facts.
	Paid(ctx context.Context, partnerID id.UUID, asked []Paid) ([]Paid, error)
	// GiveOut keeps deliveries of the events up to a number, once. given is
	// false when another courier was first, the endpoint is not active, or most
	// of its deliveries wait already.
	GiveOut(ctx context.Context, e *Endpoint, upTo int64, deliveries []Delivery, most int) (given bool, err error)
	// Claim takes up to limit due deliveries of an endpoint: no other courier
	// tries them before lease. The claim is empty when none are due or the
	// endpoint is not active.
	Claim(ctx context.Context, key Key, now, lease time.Time, limit int) (Claim, error)
	// Settle writes the outcomes of claimed deliveries, except of those that
	// another courier claimed in the meantime, and returns the endpoint's new
	// state. If the endpoint now has another URL than e, the outcomes do not
	// affect its failures.
	Settle(ctx context.Context, e *Endpoint, lease time.Time, outcomes []Outcome) (Endpoint, error)
	// Email returns a partner's address; empty when there is no such partner.
	Email(ctx context.Context, partnerID id.UUID) (string, error)

	// Purge removes up to limit each of events and ended deliveries from before
	// a moment, and of secrets that expired before now. more says that there
	// are more. Deliveries that are due after late were scheduled by a wrong
	// clock: Purge makes them due now.
	Purge(ctx context.Context, before, now, late time.Time, limit int) (more bool, err error)
}

// Source is where a client came from, and what its first deposit was.
type Source struct {
	ClickID, SubID, CampaignCode, LinkCode, Country string

	Params          string // its link's other parameters, as a query
	FirstDepositUSD money.Amount
}

// Paid is a deposit that an event reports in a band.
type Paid struct {
	ClientUID     id.UUID
	ClientAccount string
	At            time.Time
	AmountUSD     money.Amount
}

// Claim is a set of deliveries of one endpoint, with what sending them needs.
type Claim struct {
	Endpoint   Endpoint
	Secrets    []Secret // the secrets that sign, the one in use first
	Deliveries []Claimed
}

// Claimed is a delivery with its event.
type Claimed struct {
	Delivery
	Event *event.Event // nil: Content is sent
}

// Outcome is the result of one claimed delivery.
type Outcome struct {
	DeliveryID id.UUID
	Status     DeliveryStatus // Pending: to be tried again at NextAt
	NextAt     time.Time
	Attempt    *Attempt // nil: it was not tried
}

// FeedStore is what the feed reads.
type FeedStore interface {
	// Range returns the first and last number of a partner's events that are
	// kept; last < first: none.
	Range(ctx context.Context, partnerID id.UUID) (first, last int64, err error)
	// List returns up to limit events numbered from to to, of some types (none:
	// all), in their order.
	List(ctx context.Context, partnerID id.UUID, from, to int64, types []event.Type, limit int) ([]event.Event, error)
}
