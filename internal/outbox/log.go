package outbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/outbox/event"
	"github.com/tributary-server/tributary/internal/page"
	free "github.com/tributary-server/tributary/internal/text"
)

// Deliveries returns a page of an endpoint's deliveries, the newest first, and the
// total number of deliveries. An empty list of statuses means all statuses.
func (s *Service) Deliveries(
	ctx context.Context, key Key, kind Kind, statuses []DeliveryStatus, p page.Page,
) (list []Delivery, count int64, err error) {
	if _, err := s.store.Endpoint(ctx, key, kind); err != nil {
		return nil, 0, err
	}
	return s.store.Deliveries(ctx, key, statuses, p)
}

// Delivery returns one delivery with its attempts.
func (s *Service) Delivery(ctx context.Context, key Key, kind Kind, deliveryID id.UUID) (d Delivery, attempts []Attempt, err error) {
	if _, err := s.store.Endpoint(ctx, key, kind); err != nil {
		return Delivery{}, nil, err
	}
	d, attempts, err = s.store.Delivery(ctx, key, deliveryID)
	return d, attempts, err
}

// maxPending is the maximum number of an endpoint's pending deliveries. The
// endpoint gets no further events until it has fewer.
const maxPending = 1000

// maxTests is the maximum number of an endpoint's pending tests, so that a
// caller cannot make the server send any number of requests.
const maxTests = 10

// Test queues a test message. A webhook gets a message of the type webhook.test. A
// postback gets the action with the given name, or its first action if the name is
// empty, with an example value for each token.
//
// It returns ValidationError for event if the postback does not report the
// action. It returns PermissionDenied if the endpoint is not active, and
// Throttled if too many of its deliveries are pending.
func (s *Service) Test(ctx context.Context, key Key, kind Kind, name string) (Delivery, error) {
	now := s.clock.Now()
	d := Delivery{Key: key, ID: id.New(), Type: string(event.Test), Status: Pending, NextAt: now, CreatedAt: now}
	d.MessageID = key.PartnerID.Hex() + "-test-" + d.ID.Hex()
	err := s.store.Atomically(ctx, func(ctx context.Context) error {
		e, err := s.activeEndpoint(ctx, key, kind)
		if err != nil {
			return err
		}
		if kind == Postback {
			if d.Type, err = testedEvent(&e, name); err != nil {
				return err
			}
		}
		d.Content = testContent(&e, &d)
		return s.store.AddTest(ctx, &d, maxTests, maxPending)
	})
	if errors.Is(err, ErrTooMany) {
		return Delivery{}, &fault.Error{Code: fault.Throttled, RetryAfter: time.Minute}
	}
	if err == nil {
		s.wake()
	}
	return d, err
}

func testedEvent(e *Endpoint, name string) (string, error) {
	if name == "" {
		return e.Types[0], nil
	}
	if slices.Contains(e.Types, name) {
		return name, nil
	}
	return "", fault.Invalid("event", "invalid_choice", fmt.Sprintf("The postback does not report %q. Send one of its events.", free.Clip(name)))
}

func testContent(e *Endpoint, d *Delivery) string {
	if e.Kind == Postback {
		template, err := ParseTemplate(e.URL)
		if err != nil {
			template = &Template{} // the courier reports the same error when it sends the delivery
		}
		values := template.examples()
		values["event"], values["event_id"] = d.Type, d.MessageID
		values["event_time"], values["timestamp"] = eventTimes(d.CreatedAt)
		values["aff_cid"] = d.MessageID
		return encodeJSON(values)
	}
	return encodeJSON(event.Envelope{
		ID: d.MessageID, Type: event.Test, Timestamp: d.CreatedAt, Data: json.RawMessage(`{"message":"This is a test."}`),
	})
}

func encodeJSON(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("outbox: encoding a message: %v", err)) // cannot happen, because the values have only simple fields
	}
	return string(text)
}

// activeEndpoint locks an endpoint and returns it. It returns PermissionDenied
// if the endpoint is not active.
func (s *Service) activeEndpoint(ctx context.Context, key Key, kind Kind) (Endpoint, error) {
	e, err := s.store.Hold(ctx, key, kind)
	if err == nil && e.Status != Active {
		err = &fault.Error{Code: fault.PermissionDenied, Message: fmt.Sprintf("The %s is %s. Make it active first.", kind, e.Status)}
	}
	return e, err
}

// Replay makes an ended delivery pending again. The message id stays the same.
// A delivery that is already pending does not change.
//
// It returns PermissionDenied if the endpoint is not active.
func (s *Service) Replay(ctx context.Context, key Key, kind Kind, deliveryID id.UUID) (Delivery, error) {
	var d Delivery
	err := s.store.Atomically(ctx, func(ctx context.Context) error {
		if _, err := s.activeEndpoint(ctx, key, kind); err != nil {
			return err
		}
		if err := s.store.Replay(ctx, key, deliveryID, s.clock.Now()); err != nil {
			return err
		}
		var err error
		d, _, err = s.store.Delivery(ctx, key, deliveryID)
		return err
	})
	if err == nil {
		s.wake()
	}
	return d, err
}

// maxReplay is the maximum number of deliveries that one request replays.
const maxReplay = 1000

// ReplayFailed replays deliveries that have failed since a given time, the
// oldest first and at most maxReplay. It returns how many it replayed.
func (s *Service) ReplayFailed(ctx context.Context, key Key, kind Kind, since time.Time) (n int64, err error) {
	err = s.store.Atomically(ctx, func(ctx context.Context) error {
		if _, err := s.activeEndpoint(ctx, key, kind); err != nil {
			return err
		}
		n, err = s.store.ReplayFailed(ctx, key, since, s.clock.Now(), maxReplay)
		return err
	})
	if err == nil {
		s.wake()
	}
	return n, err
}
