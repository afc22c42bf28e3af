package event

import (
	"context"
	"errors"
	"math"
	"slices"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
)

// Append numbers events, partner by partner, and keeps them. The transaction
// that numbers a partner's events holds the partner's counter until it ends, so
// a reader that sees a number has seen every lower one. The house has no
// events.
func Append(ctx context.Context, q db.Querier, events []Event) error {
	events = slices.DeleteFunc(slices.Clone(events), func(e Event) bool { return e.PartnerID == id.Nil })
	// Every transaction takes counters in the same order, so two never
	// deadlock.
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
	return table.Insert(ctx, q, events...)
}

var table = db.NewTable[Event]("events")

// Log keeps and reads partners' events.
type Log struct{ db db.DB }

// NewLog returns the events of db. db must come from Joining, so that events
// share the transaction of the change that they report.
func NewLog(db db.DB) Log { return Log{db} }

// Append keeps events, in the transaction that ctx is inside of if there is
// one, and numbers them in their order. It drops the events of the house, which
// have no reader.
func (s Log) Append(ctx context.Context, events ...Event) error {
	return s.db.Write(ctx, func(ctx context.Context, q db.Querier) error { return Append(ctx, q, events) })
}

// Range returns the first and the last number that a partner's events have.
// Plan: the primary key.
func (s Log) Range(ctx context.Context, partnerID id.UUID) (first, last int64, err error) {
	return Range(ctx, s.db, partnerID)
}

// Range is Log.Range inside a transaction.
func Range(ctx context.Context, q db.Querier, partnerID id.UUID) (first, last int64, err error) {
	err = q.QueryRow(ctx, `SELECT first_seq, last_seq FROM event_counters WHERE partner_id = $1`, partnerID).Scan(&first, &last)
	if errors.Is(err, db.ErrNoRows) {
		return 1, 0, nil
	}
	return first, last, err
}

// List returns events of a partner in their order.
func (s Log) List(ctx context.Context, partnerID id.UUID, from, to int64, types []Type, limit int) ([]Event, error) {
	return List(ctx, s.db, `data`, partnerID, from, to, types, limit)
}

// MaxSeq is at least the number of any event.
const MaxSeq = math.MaxInt64

// List reads events in their order. data is the column or expression that gives
// their data. Plan: the primary key, at most the rows of those numbers.
func List(
	ctx context.Context, q db.Querier, data string, partnerID id.UUID, from, to int64, types []Type, limit int,
) ([]Event, error) {
	condition, args := "", []any{partnerID, from, to, int64(limit)}
	if len(types) > 0 {
		names := make([]string, len(types))
		for i, t := range types {
			names[i] = string(t)
		}
		condition, args = " AND type @any($5)", append(args, names)
	}
	return db.All[Event](ctx, q, `SELECT partner_id, event_seq, type, at, `+data+` AS data FROM events
		WHERE partner_id = $1 AND event_seq >= $2 AND event_seq <= $3`+condition+`
		ORDER BY event_seq LIMIT $4`, args...)
}
