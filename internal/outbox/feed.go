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

// These bound the reading of the feed.
const (
	MaxWait = 30 * time.Second
	MaxPart = 200 // events in one answer: each may have a hundred account-days
	// window is how many events one call searches for those of its types.
	window = 10_000
	// glance is how often a waiting call looks again.
	glance = 500 * time.Millisecond
	// At most maxWaiting calls wait at a time, and at most maxWaitingPartner of
	// one partner. Other calls are answered at once. The last half of the
	// places is for partners with at most fewWaiting calls, so that a partner
	// with many calls cannot take them.
	maxWaiting, maxWaitingPartner, fewWaiting = 500, 10, 2
)

// Latest is the cursor after all events that exist now.
const Latest = "latest"

// Feed reads a partner's events in their order. It is safe for concurrent use.
type Feed struct {
	store event.Log

	mu      sync.Mutex
	waiting map[id.UUID]int
	all     int
	stop    chan struct{}
	stopped sync.Once
}

// NewFeed returns a Feed.
func NewFeed(store event.Log) *Feed {
	return &Feed{store: store, waiting: map[id.UUID]int{}, stop: make(chan struct{})}
}

// Stop answers all calls that wait and makes later calls return at once.
func (f *Feed) Stop() { f.stopped.Do(func() { close(f.stop) }) }

// Read is a request for events.
type Read struct {
	Cursor string       // where an earlier answer ended; empty: from the oldest event; or Latest
	Types  []event.Type // none: all
	Limit  int
	Wait   time.Duration // how long to wait for an event when there is none; at most MaxWait
}

// Part is the answer to a Read.
type Part struct {
	Events []event.Event
	Next   string // the cursor for the next call
	More   bool   // true: the next call has events at once
}

// Read returns the events after a cursor. Calls that continue from each
// answer's Next get every event once.
//
// It returns a ValidationError on type, or on cursor if the cursor is invalid,
// or has expired because events after it were removed.
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
		if last, err = f.more(ctx, partnerID, last, deadline); err != nil || last == seen {
			return part, err
		}
	}
}

// look reads the events after seen, up to last.
func (f *Feed) look(ctx context.Context, partnerID id.UUID, seen, last int64, r *Read) (Part, error) {
	to := min(last, seen+window)
	var events []event.Event
	if to > seen {
		var err error
		if events, err = f.list(ctx, partnerID, seen+1, to, r); err != nil {
			return Part{}, err
		}
	}
	if len(events) == r.Limit {
		to = events[len(events)-1].Seq
	}
	return Part{Events: events, Next: cursorOf(partnerID, to), More: to < last}, nil
}

// list reads the events from a number on. Old events may be removed at any
// time.
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
		return nil, expired()
	}
	return events, nil
}

// more waits until there are events after last, or until the deadline.
func (f *Feed) more(ctx context.Context, partnerID id.UUID, last int64, deadline *time.Timer) (int64, error) {
	tick := time.NewTicker(glance)
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

// position returns the number of the last event before a cursor.
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
		return 0, expired()
	}
	return seen, nil
}

func wrongCursor() error {
	return fault.Invalid("cursor", "invalid", "Send a cursor that this feed returned.")
}

func expired() error {
	return fault.Invalid("cursor", "expired", "The events after this cursor were removed. Start again without a cursor.")
}

// A cursor is a number and a check that it belongs to this partner. The check
// keeps clients from relying on what a cursor contains.
const (
	checkBytes  = 4
	cursorBytes = 8 + checkBytes
)

func cursorOf(partnerID id.UUID, seen int64) string {
	raw := binary.BigEndian.AppendUint64(nil, uint64(seen))
	check := sha256.Sum256(append(append([]byte("feed"), partnerID[:]...), raw...))
	return base64.RawURLEncoding.EncodeToString(append(raw, check[:checkBytes]...))
}
