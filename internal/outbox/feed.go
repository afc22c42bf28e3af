package outbox

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"sync"
	"time"

	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/outbox/event"
	free "github.com/tributary-server/tributary/internal/text"
)

// These are the limits on requests for the feed of events.
const (
	MaxWait = 30 * time.Second
	MaxPart = 200 // maximum number of events in one response; an event can have a hundred account-days
	// window is the maximum number of events that one request looks through to find
	// those of the requested types.
	window = 10_000
	// pollInterval is how often a waiting request looks for new events.
	pollInterval = 500 * time.Millisecond
	// maxWaiting is the maximum number of requests that wait at the same time,
	// and maxWaitingPartner is the maximum for one partner. A request above
	// either limit returns at once. Half of the maxWaiting slots are reserved
	// for partners that have at most fewWaiting requests waiting, so that
	// partners with many requests cannot use up all slots.
	maxWaiting, maxWaitingPartner, fewWaiting = 500, 10, 2
)

// Latest is a cursor that skips all events that exist now.
const Latest = "latest"

// Feed reads partners' events in order. It is safe for concurrent use.
type Feed struct {
	store event.Log

	mu      sync.Mutex
	waiting map[id.UUID]int
	all     int
	stop    chan struct{}
	stopped sync.Once
}

// NewFeed returns a Feed that reads from store.
func NewFeed(store event.Log) *Feed {
	return &Feed{store: store, waiting: map[id.UUID]int{}, stop: make(chan struct{})}
}

// Stop ends all waits. Requests after Stop return without waiting.
func (f *Feed) Stop() { f.stopped.Do(func() { close(f.stop) }) }

// Read is a request for events.
type Read struct {
	Cursor string       // Next of an earlier Part, or Latest; empty means from the oldest event
	Types  []event.Type // empty means all
	Limit  int
	Wait   time.Duration // how long to wait if there are no events yet; at most MaxWait
}

// Part is the result of a Read.
type Part struct {
	Events []event.Event
	Next   string // cursor for the next request
	More   bool   // whether the next request returns events without waiting
}

// Read returns the events after a cursor. A caller that always sends the Next
// of the previous Part gets every event once.
//
// It returns ValidationError for type or cursor. A cursor becomes invalid when
// an event after it is removed.
func (f *Feed) Read(ctx context.Context, partnerID id.UUID, r Read) (Part, error) {
	for _, t := range r.Types {
		if !event.IsKnown(t) {
			return Part{}, fault.Invalid("type", "invalid_choice", fmt.Sprintf("%q is not a valid choice.", free.Clip(string(t))))
		}
	}
	first, last, err := f.store.Range(ctx, partnerID)
	if err != nil {
		return Part{}, fmt.Errorf("reading the feed: %w", err)
	}
	seen, err := position(partnerID, r.Cursor, first, last)
	if err != nil {
		return Part{}, err
	}
	r.Limit = min(max(r.Limit, 1), MaxPart)
	if r.Wait <= 0 || !f.enter(partnerID) {
		return f.look(ctx, partnerID, seen, last, &r)
	}
	defer f.leave(partnerID)
	deadline := time.NewTimer(min(r.Wait, MaxWait))
	defer deadline.Stop()
	for {
		part, err := f.look(ctx, partnerID, seen, last, &r)
		if err != nil || len(part.Events) > 0 || part.More {
			return part, err
		}
		seen = last
		if last, err = f.waitForEvents(ctx, partnerID, last, deadline); err != nil || last == seen {
			return part, err
		}
	}
}

// look returns the events whose numbers are greater than from and at most newest.
func (f *Feed) look(ctx context.Context, partnerID id.UUID, from, newest int64, r *Read) (Part, error) {
	to := min(newest, from+window)
	var events []event.Event
	if to > from {
		var err error
		if events, err = f.list(ctx, partnerID, from+1, to, r); err != nil {
			return Part{}, err
		}
	}
	if len(events) == r.Limit {
		to = events[len(events)-1].Seq
	}
	return Part{Events: events, Next: cursorOf(partnerID, to), More: to < newest}, nil
}

// list returns the events with the numbers in a range, in order. Another process
// may remove old events at any time, so list checks afterwards that none of these
// events was removed.
func (f *Feed) list(ctx context.Context, partnerID id.UUID, from, to int64, r *Read) ([]event.Event, error) {
	events, err := f.store.List(ctx, partnerID, from, to, r.Types, r.Limit)
	if err != nil {
		return nil, fmt.Errorf("reading the feed: %w", err)
	}
	first, _, err := f.store.Range(ctx, partnerID)
	if err != nil {
		return nil, fmt.Errorf("reading the feed: %w", err)
	}
	if first > from {
		return nil, expiredError()
	}
	return events, nil
}

// waitForEvents waits until there are events with numbers greater than last, or
// until the deadline.
func (f *Feed) waitForEvents(ctx context.Context, partnerID id.UUID, last int64, deadline *time.Timer) (int64, error) {
	tick := time.NewTicker(pollInterval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return last, ctx.Err()
		case <-f.stop:
			return last, nil
		case <-deadline.C:
			return last, nil
		case <-tick.C:
			_, now, err := f.store.Range(ctx, partnerID)
			if err != nil {
				return last, fmt.Errorf("waiting for events: %w", err)
			}
			if now > last {
				return now, nil
			}
		}
	}
}

func (f *Feed) enter(partnerID id.UUID) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	own := f.waiting[partnerID]
	if f.all >= maxWaiting || own >= maxWaitingPartner || (f.all >= maxWaiting/2 && own >= fewWaiting) {
		return false
	}
	f.all++
	f.waiting[partnerID]++
	return true
}

func (f *Feed) leave(partnerID id.UUID) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.all--
	if f.waiting[partnerID]--; f.waiting[partnerID] == 0 {
		delete(f.waiting, partnerID)
	}
}

// position returns the number of the last event that the cursor skips.
func position(partnerID id.UUID, cursor string, first, last int64) (int64, error) {
	switch cursor {
	case "":
		return first - 1, nil
	case Latest:
		return last, nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil || len(raw) != cursorBytes {
		return 0, wrongCursor()
	}
	seen := int64(binary.BigEndian.Uint64(raw))
	if seen < 0 || seen > last || cursorOf(partnerID, seen) != cursor {
		return 0, wrongCursor()
	}
	if seen < first-1 {
		return 0, expiredError()
	}
	return seen, nil
}

func wrongCursor() error {
	return fault.Invalid("cursor", "invalid", "Send a cursor that this feed returned.")
}

func expiredError() error {
	return fault.Invalid("cursor", "expired", "The events after this cursor were removed. Start again without a cursor.")
}

// A cursor consists of an event's number and a checksum of the partner and the
// number. The checksum stops callers from making up cursors.
const (
	checkBytes  = 4
	cursorBytes = 8 + checkBytes
)

func cursorOf(partnerID id.UUID, seen int64) string {
	raw := binary.BigEndian.AppendUint64(nil, uint64(seen))
	check := sha256.Sum256(append(append([]byte("feed"), partnerID[:]...), raw...))
	return base64.RawURLEncoding.EncodeToString(append(raw, check[:checkBytes]...))
}
