package outbox

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/tributary-server/tributary/internal/audit"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/mail"
)

const (
	// maxTurn is how long an endpoint may keep its slot while other endpoints
	// wait for a slot.
	maxTurn = 30 * time.Second
	// leaseLength is how long a delivery stays reserved for the courier that is
	// about to send it. It is longer than any request can take. If that
	// courier's process is killed, another courier sends the delivery after
	// this time.
	leaseLength = time.Minute
	// horizon is how far ahead a delivery can be scheduled. A delivery that is
	// due later was scheduled while the system clock was wrong, so Purge makes
	// it due at once.
	horizon = 48 * time.Hour
	// giveOut reads at most eventPage events in one step, and stops after it has
	// created about deliveryPage deliveries.
	eventPage, deliveryPage = 100, 500
)

// CourierConfig configures a Courier. Bands, Processes and Observe are
// optional.
type CourierConfig struct {
	Bands  bool // whether a postback's aff_value is the band of a deposit instead of its amount
	Clock  clock.Clock
	Caller Caller
	Mails  mail.Queue
	Audit  audit.Log
	Logger *slog.Logger
	Wake   func() // makes the server call Round soon; must not block
	// Processes returns the number of processes that deliver events. They share
	// the limit on concurrent requests to one endpoint. If Processes is nil, this
	// process is the only one.
	Processes func() int
	// Observe is called after the result of each attempt has been stored. It
	// must not block.
	Observe func(Kind, DeliveryStatus)
}

// Courier delivers events to endpoints. Couriers in several processes may share
// one database.
type Courier struct {
	CourierConfig

	store SQLStore

	running sync.WaitGroup
	mu      sync.Mutex
	served  map[Key]bool
	by      map[id.UUID]int // number of endpoints being served, by partner
}

// NewCourier returns a courier that delivers nothing until Round is called.
func NewCourier(store SQLStore, config CourierConfig) *Courier {
	return &Courier{CourierConfig: config, store: store, served: map[Key]bool{}, by: map[id.UUID]int{}}
}

// Round starts to serve the endpoints that have work now, and returns at once.
// Call Wait to wait for the end of this work. The work stops when ctx is done.
func (c *Courier) Round(ctx context.Context) error {
	work, err := c.store.Work(ctx, c.Clock.Now(), c.servedEndpoints(), maxServedPartner, maxServed)
	if err != nil {
		return fmt.Errorf("looking for deliveries: %w", err)
	}
	for i := range work {
		if key := work[i].Key; c.take(&work[i]) {
			c.running.Go(func() {
				err := c.serve(ctx, key)
				c.leave(key)
				switch {
				case err == nil:
					c.Wake() // so that endpoints which found no free slot are served
				case ctx.Err() == nil:
					c.Logger.ErrorContext(ctx, "deliveries could not be made and will be retried",
						"partner", key.PartnerID.String(), "endpoint", key.EndpointID.String(), "error", err)
				}
			})
		}
	}
	return nil
}

// Wait returns when no endpoint is being served.
func (c *Courier) Wait() { c.running.Wait() }

// serve sends an endpoint's due deliveries, and then creates deliveries for its
// next events. It stops when there is nothing left to do or when the endpoint's
// turn is over.
func (c *Courier) serve(ctx context.Context, key Key) error {
	calls := 1 // send one request at a time until the endpoint has accepted one
	for began := c.Clock.Now(); ctx.Err() == nil && c.Clock.Now().Sub(began) < maxTurn; {
		now := c.Clock.Now()
		lease := now.Add(leaseLength)
		claim, err := c.store.Claim(ctx, key, now, lease, calls)
		if err != nil {
			return fmt.Errorf("claiming deliveries: %w", err)
		}
		if len(claim.Deliveries) == 0 {
			given, err := c.giveOut(ctx, &claim.Endpoint)
			if err != nil || !given {
				return err
			}
			continue
		}
		outcomes := c.send(ctx, &claim)
		after, err := c.settle(context.WithoutCancel(ctx), &claim.Endpoint, lease, outcomes)
		if err != nil {
			return fmt.Errorf("storing the results of deliveries: %w", err)
		}
		if calls = 1; after.FailingSince == nil {
			calls = c.maxCalls()
		}
	}
	return nil
}

// giveOut creates deliveries for the endpoint's next events. It returns false if
// there are no further events, or if the endpoint already has the maximum number
// of pending deliveries.
func (c *Courier) giveOut(ctx context.Context, e *Endpoint) (given bool, err error) {
	if e.Status != Active {
		return false, nil
	}
	events, first, err := c.store.Ungiven(ctx, e, eventPage)
	if err != nil {
		return false, fmt.Errorf("reading events: %w", err)
	}
	upTo := max(e.GivenSeq, first-1) // skip the events that were removed before the endpoint got them
	now := c.Clock.Now()
	var deliveries []Delivery
	var told []occurrence
	for i := range events {
		if len(deliveries) >= deliveryPage || len(told) >= deliveryPage {
			break
		}
		next := &events[i]
		upTo = next.Seq
		if e.Kind == Webhook {
			if wants(e, next) {
				deliveries = append(deliveries, newDelivery(e.Key, next, next.ID(), string(next.Type), "", now))
			}
			continue
		}
		list, err := occurrences(next, e.Types)
		if err != nil {
			return false, err
		}
		told = append(told, list...)
	}
	if upTo == e.GivenSeq {
		return false, nil
	}
	if err := c.sources(ctx, e.PartnerID, told); err != nil {
		return false, err
	}
	for i := range told {
		o := &told[i]
		deliveries = append(deliveries, newDelivery(e.Key, o.event, o.messageID, o.values["event"], encodeJSON(o.values), now))
	}
	return c.store.GiveOut(ctx, e, upTo, deliveries, maxPending)
}

func (c *Courier) sources(ctx context.Context, partnerID id.UUID, told []occurrence) error {
	if len(told) == 0 {
		return nil
	}
	seen := map[id.UUID]bool{}
	var clients []id.UUID
	for i := range told {
		if uid := told[i].clientUID; !seen[uid] {
			seen[uid] = true
			clients = append(clients, uid)
		}
	}
	known, err := c.store.Sources(ctx, partnerID, clients)
	if err != nil {
		return fmt.Errorf("looking up where clients came from: %w", err)
	}
	var deposits []Paid
	for i := range told {
		source := known[told[i].clientUID]
		told[i].addSource(&source)
		if d := told[i].deposit; d != nil {
			deposits = append(deposits, Paid{ClientUID: d.ClientUID, At: d.At})
		}
	}
	var paid []Paid
	if len(deposits) > 0 {
		if paid, err = c.store.Paid(ctx, partnerID, deposits); err != nil {
			return fmt.Errorf("looking up deposits: %w", err)
		}
	}
	setAmounts(told, known, paid, c.Bands)
	return nil
}
