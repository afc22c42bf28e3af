package event

import (
	"context"
	"errors"
	"math"
	"slices"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
)

// Append numbers each partner's events and stores them. It locks the partner's
// counter until the transaction ends, so that a reader who sees an event can
// also read all events with lower numbers. Append ignores events of the house
// (clients that no partner brought), because no one reads them.
func Append(ctx context.Context, q db.Querier, events []Event) error {
	events = slices.DeleteFunc(slices.Clone(events), func(e Event) bool { return e.PartnerID == id.Nil })
	// Every transaction locks the counters in the same order, which prevents
	// deadlocks.
	slices.SortStableFunc(events, func(x, y Event) int { return slices.Compare(x.PartnerID[:], y.PartnerID[:]) })
	for start := 0; start < len(events); {
		end := start + 1
		for end < len(events) && events[end].PartnerID == events[start].PartnerID {
			end++
		}
		var last int64
		err := q.QueryRow(ctx, `INSERT INTO event_counters (partner_id, first_seq, last_seq) VALUES ($1, 1, $2)
			ON CONFLICT (partner_id) DO UPDATE SET last_seq = event_counters.last_seq + excluded.last_seq RETURNING last_seq`,
			events[start].PartnerID, int64(end-start)).Scan(&last)
		if err != nil {
			return err
		}
		for i := start; i < end; i++ {
			events[i].Seq = last - int64(end-1-i)
		}
		start = end
	}
	rows := make([]*Row, len(events))
	for i := range events {
		rows[i] = &Row{events[i], events[i].packed}
	}
	return table.Insert(ctx, q, rows...)
}

// Row is a row of the table events. Reward events have Packed, and all others
// have Data.
type Row struct {
	Event

	Packed []byte `db:"rewards,null"`
}

// Unread returns the row's event. Pass the event to Unpack before you use its
// Data.
func (r *Row) Unread() *Event {
	r.packed = r.Packed
	return &r.Event
}

var table = db.NewTable[*Row]("events")

// Log stores and reads partners' events.
type Log struct{ db db.DB }

// NewLog returns a Log on a database that comes from db.Joining, so that an
// event is stored in the transaction of the change that it reports.
func NewLog(db db.DB) Log { return Log{db} }

// Append stores events, and numbers each partner's events in the given order.
// It uses the transaction of ctx if there is one. It ignores events of the
// house, because no one reads them.
func (s Log) Append(ctx context.Context, events ...Event) error {
	return s.db.Write(ctx, func(ctx context.Context, q db.Querier) error { return Append(ctx, q, events) })
}

// Range returns the numbers of a partner's first and last stored event. If no
// events are stored, it returns first = last + 1.
func (s Log) Range(ctx context.Context, partnerID id.UUID) (first, last int64, err error) {
	return Range(ctx, s.db, partnerID)
}

// Range does the same as Log.Range, but inside a transaction.
func Range(ctx context.Context, q db.Querier, partnerID id.UUID) (first, last int64, err error) {
	err = q.QueryRow(ctx, `SELECT first_seq, last_seq FROM event_counters WHERE partner_id = $1`, partnerID).Scan(&first, &last)
	if errors.Is(err, db.ErrNoRows) {
		return 1, 0, nil
	}
	return first, last, err
}

// List returns a partner's events with the numbers first to last, in order. An
// empty list of types means all types.
func (s Log) List(ctx context.Context, partnerID id.UUID, first, last int64, types []Type, limit int) ([]Event, error) {
	return List(ctx, s.db, Whole, partnerID, first, last, types, limit)
}

// MaxSeq is the largest number that an event can have.
const MaxSeq = math.MaxInt64

// Columns is the set of columns that List reads.
type Columns string

// Whole reads all columns. Heads reads all columns except the data.
const (
	Whole Columns = `partner_id, event_seq, type, at, data, rewards`
	Heads Columns = `partner_id, event_seq, type, at`
)

// List returns a partner's events in order. It reads them by primary key, so it
// reads no other rows.
func List(
	ctx context.Context, q db.Querier, columns Columns, partnerID id.UUID, from, to int64, types []Type, limit int,
) ([]Event, error) {
	condition, args := "", []any{partnerID, from, to, int64(limit)}
	if len(types) > 0 {
		names := make([]string, len(types))
		for i, t := range types {
			names[i] = string(t)
		}
		condition, args = " AND type @any($5)", append(args, names)
	}
	rows, err := db.All[Row](ctx, q, `SELECT `+string(columns)+` FROM events
		WHERE partner_id = $1 AND event_seq >= $2 AND event_seq <= $3`+condition+`
		ORDER BY event_seq LIMIT $4`, args...)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	read := make([]*Event, len(rows))
	for i := range rows {
		read[i] = rows[i].Unread()
	}
	if err := Unpack(ctx, q, read...); err != nil {
		return nil, err
	}
	events := make([]Event, len(rows))
	for i, e := range read {
		events[i] = *e
	}
	return events, nil
}
