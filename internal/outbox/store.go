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

// What a Store says when there is no such thing, or too much of it.
var (
	ErrUnknown = fault.Unknown("no such endpoint or delivery")
	ErrTooMany = errors.New("as many as there may be")
)

// Store keeps endpoints and deliveries. Every method is atomic on its own, and
// joins what Atomically began.
// The tests have another one.
type Store interface {
	// Atomically runs fn in one transaction.
	Atomically(ctx context.Context, fn func(ctx context.Context) error) error

	// Endpoints returns a partner's endpoints of a kind, the newest first.
	Endpoints(ctx context.Context, partnerID id.UUID, kind Kind) ([]Endpoint, error)
	// Endpoint returns one of them, or ErrUnknown.
	Endpoint(ctx context.Context, key Key, kind Kind) (Endpoint, error)
	// Hold is Endpoint for what goes by it: until the transaction ends nobody else
	// writes anything of the endpoint.
	Hold(ctx context.Context, key Key, kind Kind) (Endpoint, error)
	// AddEndpoint keeps an endpoint and its secret. It is told of what happens
	// from now on. ErrTooMany: the partner has most of its kind.
	AddEndpoint(ctx context.Context, e *Endpoint, s Secret, most int) error
	// ChangeEndpoint writes what a partner may change, and the status, of an
	// endpoint that is there. skip: what has not been given out is not.
	ChangeEndpoint(ctx context.Context, e *Endpoint, skip bool) error
	// DeleteEndpoint removes an endpoint with its secrets and deliveries, or
	// ErrUnknown.
	DeleteEndpoint(ctx context.Context, key Key, kind Kind) error
	// AddSecret makes s the secret in use. The one before signs beside it until
	// a moment; of older ones those beyond most go.
	AddSecret(ctx context.Context, key Key, s Secret, until time.Time, most int) error

	// Deliveries returns a page of an endpoint's deliveries with their last
	// attempts, the newest first, and how many there are. status empty: all.
	Deliveries(ctx context.Context, key Key, statuses []DeliveryStatus, p page.Page) ([]Delivery, int64, error)
	// Delivery returns one of them with all its attempts, the first first, or
	// ErrUnknown.
	Delivery(ctx context.Context, key Key, deliveryID id.UUID) (Delivery, []Attempt, error)
	// AddTest keeps the delivery of a test. ErrTooMany: so many tests of the
	// endpoint wait, or most deliveries of any kind.
	AddTest(ctx context.Context, d *Delivery, tests, most int) error
	// Replay makes a delivery pending again that has ended, or ErrUnknown.
	Replay(ctx context.Context, key Key, deliveryID id.UUID, now time.Time) error
	// ReplayFailed does so for up to limit failed ones since a moment, the
	// oldest first, and says how many they were.
	ReplayFailed(ctx context.Context, key Key, since, now time.Time, limit int) (int64, error)

	// SpendToken uses a verification token up. PermissionDenied: it is not for
	// this.
	SpendToken(ctx context.Context, partnerID id.UUID, t verification.Type, token string, digest verification.Digest, at time.Time) error

	CourierStore
}

// CourierStore is what delivering needs.
// The tests have another one.
type CourierStore interface {
	// Work lists up to limit active endpoints, of partners that are not suspended,
	// that have deliveries due or events to give out and are none of those served.
	// A partner has each places at most, of which those served take the first.
	// Every partner's first place comes before anybody's second; then those that
	// work come before those that fail, then those that wait longest.
	Work(ctx context.Context, now time.Time, served []id.UUID, each, limit int) ([]Endpoint, error)
	// Ungiven returns the next events after an endpoint's GivenSeq, of any type,
	// with their data if it is a postback; first is the number of the oldest that
	// could be there.
	Ungiven(ctx context.Context, e *Endpoint, limit int) (events []event.Event, first int64, err error)
	// Sources tells where clients came from. One that is unknown is missing.
	Sources(ctx context.Context, partnerID id.UUID, clients []id.UUID) (map[id.UUID]Source, error)
	// Paid returns the deposits of these clients at these moments, with their
	// amounts; those of one moment in the order of their facts.
	Paid(ctx context.Context, partnerID id.UUID, asked []Paid) ([]Paid, error)
	// GiveOut keeps deliveries of the events up to a number, once: given = false
	// when somebody else was first, the endpoint is not active, or most of its
	// deliveries wait already.
	GiveOut(ctx context.Context, e *Endpoint, upTo int64, deliveries []Delivery, most int) (given bool, err error)
	// Claim takes up to limit due deliveries of an endpoint: nobody else tries
	// them before lease. A claim of nothing has no deliveries: there are none, or
	// the endpoint is not active.
	Claim(ctx context.Context, key Key, now, lease time.Time, limit int) (Claim, error)
	// Settle writes what became of claimed deliveries, except of those that
	// somebody else claimed meanwhile, and returns the endpoint as it is then. If
	// it has another URL than e by now, they say nothing of whether it works.
	Settle(ctx context.Context, e *Endpoint, lease time.Time, outcomes []Outcome) (Endpoint, error)
	// Email is a partner's address; empty: there is no such partner.
	Email(ctx context.Context, partnerID id.UUID) (string, error)

	// Purge removes up to limit each of events and ended deliveries from before
	// a moment, and of secrets that expired before now. more: there are more.
	// Deliveries that are due after late, by a clock that was wrong, are due now.
	Purge(ctx context.Context, before, now, late time.Time, limit int) (more bool, err error)
}

// Source is where a client came from, and what its first deposit was.
type Source struct {
	ClickID, SubID, CampaignCode, LinkCode, Country string

	Params          string // what else its link was followed with, as a query
	FirstDepositUSD money.Amount
}

// Paid is a deposit that an event tells of in a band.
type Paid struct {
	ClientUID     id.UUID
	ClientAccount string
	At            time.Time
	AmountUSD     money.Amount
}

// Claim is some deliveries of one endpoint, with what sending them takes.
type Claim struct {
	Endpoint   Endpoint
	Secrets    []Secret // that sign, the one in use first
	Deliveries []Claimed
}

// Claimed is a delivery with its event.
type Claimed struct {
	Delivery
	Event *event.Event // nil: Content is sent
}

// Outcome is what became of one claimed delivery.
type Outcome struct {
	DeliveryID id.UUID
	Status     DeliveryStatus // Pending: to be tried again at NextAt
	NextAt     time.Time
	Attempt    *Attempt // nil: it was not tried
}

// FeedStore is what the feed reads.
type FeedStore interface {
	// Range tells which of a partner's events are kept; last < first: none.
	Range(ctx context.Context, partnerID id.UUID) (first, last int64, err error)
	// List returns up to limit events numbered from to to, of some types
	// (none: all), in their order.
	List(ctx context.Context, partnerID id.UUID, from, to int64, types []event.Type, limit int) ([]event.Event, error)
}
