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
	// turn is how long an endpoint is served before waiting endpoints get its
	// place.
	turn = 30 * time.Second
	// leaseLength is how long a delivery is reserved for the courier that tries
	// it. It is longer than any call takes. If a process is killed, its
	// deliveries are delayed by this time.
	leaseLength = time.Minute
	// horizon is later than any delivery can be due by a correct clock.
	horizon = 48 * time.Hour
	// eventPage is how many events are given out at a time. deliveryPage is
	// about how many deliveries they make at most.
	eventPage, deliveryPage = 100, 500
)

// CourierConfig is what a Courier needs besides its store. All of it except
// Bands and Observe is required.
type CourierConfig struct {
	Bands  bool // postbacks get the band of a deposit instead of its amount
	Clock  clock.Clock
	Caller Caller
	Mails  mail.Queue
	Audit  audit.Log
	Logger *slog.Logger
	Wake   func() // asks for another Round soon; it must not block
	// Observe is called after each attempt, once the result of the delivery is
	// stored. It must not block. nil: no one counts.
	Observe func(Kind, DeliveryStatus)
}

// Courier delivers events to endpoints. Several may work on one store, in any
// number of processes.
type Courier struct {
	CourierConfig

	store SQLStore

	running sync.WaitGroup
	mu      sync.Mutex
	served  map[Key]bool
	by      map[id.UUID]int // how many of a partner's endpoints are served
}

// NewCourier returns a Courier.
func NewCourier(store SQLStore, config CourierConfig) *Courier {
	return &Courier{CourierConfig: config, store: store, served: map[Key]bool{}, by: map[id.UUID]int{}}
}

// Round looks for endpoints that have something due and begins to serve them.
// It does not wait for the work that it begins, which stops when ctx ends: see
// Wait.
func (c *Courier) Round(ctx context.Context) error {
	work, err := c.store.Work(ctx, c.Clock.Now(), c.serving(), maxServedPartner, maxServed)
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
					c.Wake() // for endpoints that found no free place
				case ctx.Err() == nil:
					c.Logger.ErrorContext(ctx, "deliveries could not be made and will be retried",
						"partner", key.PartnerID.String(), "endpoint", key.EndpointID.String(), "error", err)
				}
			})
		}
	}
	return nil
}

// Wait waits until no endpoint is being served.
func (c *Courier) Wait() { c.running.Wait() }

// serve delivers what is due to one endpoint, then gives out the next events.
// It stops when no work is left or the endpoint's turn is over.
func (c *Courier) serve(ctx context.Context, key Key) error {
	calls := 1 // one call at a time until the endpoint has answered well
	for began := c.Clock.Now(); ctx.Err() == nil && c.Clock.Now().Sub(began) < turn; {
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
			calls = maxCalls
		}
	}
	return nil
}

// giveOut makes deliveries of the next events. given is false if there are no
// events, or if the endpoint already has the most deliveries that may wait.
func (c *Courier) giveOut(ctx context.Context, e *Endpoint) (given bool, err error) {
	if e.Status != Active {
		return false, nil
	}
	events, first, err := c.store.Ungiven(ctx, e, eventPage)
	if err != nil {
		return false, fmt.Errorf("reading events: %w", err)
	}
	upTo := max(e.GivenSeq, first-1) // this endpoint missed events, which were removed in the meantime
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
		deliveries = append(deliveries, newDelivery(e.Key, o.event, o.messageID, o.values["event"], encoded(o.values), now))
	}
	return c.store.GiveOut(ctx, e, upTo, deliveries, maxPending)
}

// sources looks up where the clients of some occurrences came from, and what
// they deposited.
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
		told[i].source(&source)
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
	amounts(told, known, paid, c.Bands)
	return nil
}
