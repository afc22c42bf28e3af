package outbox

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/page"
)

var deliveryColumns = db.Columns(`partner_id, endpoint_id, delivery_id, message_id, event_seq, type, content, status, attempts, tries, next_at, created_at, ended_at`)

// scanDelivery reads a delivery, and more from the columns after it.
func scanDelivery(row db.Row, more ...any) (d Delivery, err error) {
	var next, created int64
	var ended *int64
	err = row.Scan(append([]any{
		&d.PartnerID, &d.EndpointID, &d.ID, &d.MessageID, &d.Seq, &d.Type, &d.Content, &d.Status, &d.Attempts, &d.Tries, &next, &created, &ended,
	}, more...)...)
	if errors.Is(err, db.ErrNoRows) {
		return Delivery{}, ErrUnknown
	}
	d.NextAt, d.CreatedAt, d.EndedAt = db.Instant(next), db.Instant(created), db.OptionalInstant(ended)
	return d, err
}

// attemptRow is an attempt whose columns may be NULL.
type attemptRow struct {
	n, at, took, status *int64
	url, problem, text  *string
}

const attemptColumns = `a.attempt, a.at, a.took_ms, a.url, a.status_code, a.problem, a.answer`

func (r *attemptRow) targets() []any {
	return []any{&r.n, &r.at, &r.took, &r.url, &r.status, &r.problem, &r.text}
}

func (r *attemptRow) attempt() *Attempt {
	if r.n == nil {
		return nil
	}
	a := &Attempt{
		N: int(*r.n), At: db.Instant(*r.at), Took: time.Duration(*r.took) * time.Millisecond, URL: *r.url, Problem: *r.problem, Answer: *r.text,
	}
	if r.status != nil {
		a.StatusCode = int(*r.status)
	}
	return a
}

// Deliveries returns a page of an endpoint's deliveries with their last
// attempts, the newest first, and how many there are. status empty: all. Plan:
// the primary key, backwards.
func (s SQLStore) Deliveries(
	ctx context.Context, key Key, statuses []DeliveryStatus, p page.Page,
) (list []Delivery, count int64, err error) {
	condition, args := ``, []any{key.PartnerID, key.EndpointID}
	if len(statuses) > 0 {
		texts := make([]string, len(statuses))
		for i, status := range statuses {
			texts[i] = string(status)
		}
		condition, args = ` AND d.status @any($3)`, append(args, texts)
	}
	err = s.db.Read(ctx, func(ctx context.Context, q db.Querier) error {
		err := q.QueryRow(ctx, `SELECT count(*) FROM deliveries d WHERE d.partner_id = $1 AND d.endpoint_id = $2`+condition, slices.Clone(args)...).Scan(&count)
		if err != nil {
			return err
		}
		limit := `$3 OFFSET $4`
		if len(statuses) > 0 {
			limit = `$4 OFFSET $5`
		}
		list, err = db.Collect(ctx, q, func(rows db.Rows) (Delivery, error) {
			var last attemptRow
			d, err := scanDelivery(rows, last.targets()...)
			d.Last = last.attempt()
			return d, err
		}, `SELECT `+db.Prefixed("d", deliveryColumns)+`, `+attemptColumns+` FROM deliveries d
			LEFT JOIN delivery_attempts a ON a.partner_id = d.partner_id AND a.endpoint_id = d.endpoint_id AND a.delivery_id = d.delivery_id
				AND a.attempt = (SELECT max(b.attempt) FROM delivery_attempts b
					WHERE b.partner_id = d.partner_id AND b.endpoint_id = d.endpoint_id AND b.delivery_id = d.delivery_id)
			WHERE d.partner_id = $1 AND d.endpoint_id = $2`+condition+` ORDER BY d.delivery_id DESC LIMIT `+limit,
			append(args, int64(p.Limit), int64(p.Offset))...)
		return err
	})
	return list, count, err
}

// Delivery returns one delivery with all its attempts, the oldest first, or
// ErrUnknown.
func (s SQLStore) Delivery(ctx context.Context, key Key, deliveryID id.UUID) (d Delivery, attempts []Attempt, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, q db.Querier) error {
		d, err = scanDelivery(q.QueryRow(ctx, `SELECT `+db.Prefixed("d", deliveryColumns)+` FROM deliveries d
			WHERE d.partner_id = $1 AND d.endpoint_id = $2 AND d.delivery_id = $3`, key.PartnerID, key.EndpointID, deliveryID))
		if err != nil {
			return err
		}
		attempts, err = db.Collect(ctx, q, func(rows db.Rows) (Attempt, error) {
			var r attemptRow
			if err := rows.Scan(r.targets()...); err != nil {
				return Attempt{}, err
			}
			return *r.attempt(), nil
		}, `SELECT `+attemptColumns+` FROM delivery_attempts a WHERE a.partner_id = $1 AND a.endpoint_id = $2 AND a.delivery_id = $3 ORDER BY a.attempt`,
			key.PartnerID, key.EndpointID, deliveryID)
		if len(attempts) > 0 {
			d.Last = &attempts[len(attempts)-1]
		}
		return err
	})
	return d, attempts, err
}

// pendingOf counts an endpoint's pending deliveries, up to a bound. Plan: the
// index of pending ones.
func pendingOf(ctx context.Context, q db.Querier, key Key, most int) (n int, err error) {
	err = q.QueryRow(ctx, `SELECT count(*) FROM (SELECT 1 FROM deliveries WHERE partner_id = $1 AND endpoint_id = $2 AND status = 'pending' LIMIT $3) p`,
		key.PartnerID, key.EndpointID, int64(most)).Scan(&n)
	return n, err
}

func addDeliveries(ctx context.Context, q db.Querier, deliveries []Delivery) error {
	return db.Insert(ctx, q, "deliveries", deliveryColumns, "", deliveries, func(d Delivery, dst []any) {
		var seq any
		if d.Seq != nil {
			seq = *d.Seq
		}
		copy(dst, []any{
			d.PartnerID, d.EndpointID, d.ID, d.MessageID, seq, d.Type, d.Content, string(d.Status), int64(d.Attempts), int64(d.Tries),
			db.Micros(d.NextAt), db.Micros(d.CreatedAt), nil,
		})
	})
}

// AddTest keeps the delivery of a test. ErrTooMany: the endpoint's waiting
// tests have reached tests, or its waiting deliveries most. Plan: the index of
// pending deliveries.
func (s SQLStore) AddTest(ctx context.Context, d *Delivery, tests, most int) error {
	return s.holding(ctx, d.Key, func(ctx context.Context, q db.Querier, _ *Endpoint) error {
		var pending, tested int
		err := q.QueryRow(ctx, `SELECT count(*), count(CASE WHEN event_seq IS NULL THEN 1 END) FROM deliveries
			WHERE partner_id = $1 AND endpoint_id = $2 AND status = 'pending'`, d.PartnerID, d.EndpointID).Scan(&pending, &tested)
		if err != nil {
			return err
		}
		if pending >= most || tested >= tests {
			return ErrTooMany
		}
		return addDeliveries(ctx, q, []Delivery{*d})
	})
}

// again makes an ended delivery pending.
const again = `UPDATE deliveries SET status = 'pending', tries = 0, ended_at = NULL, next_at = `

// Replay makes a delivery that has ended pending again, or returns ErrUnknown.
func (s SQLStore) Replay(ctx context.Context, key Key, deliveryID id.UUID, now time.Time) error {
	return s.holding(ctx, key, func(ctx context.Context, q db.Querier, _ *Endpoint) error {
		n, err := q.Exec(ctx, again+`$4
			WHERE partner_id = $1 AND endpoint_id = $2 AND delivery_id = $3 AND status <> 'pending'`,
			key.PartnerID, key.EndpointID, deliveryID, db.Micros(now))
		if err != nil || n > 0 {
			return err
		}
		var there int
		err = q.QueryRow(ctx, `SELECT count(*) FROM deliveries WHERE partner_id = $1 AND endpoint_id = $2 AND delivery_id = $3`,
			key.PartnerID, key.EndpointID, deliveryID).Scan(&there)
		if err == nil && there == 0 {
			err = ErrUnknown
		}
		return err
	})
}

// ReplayFailed replays up to limit deliveries that failed since a moment, the
// oldest first, and returns how many it replayed. Plan: the primary key's
// prefix, the endpoint's deliveries of the last month.
func (s SQLStore) ReplayFailed(ctx context.Context, key Key, since, now time.Time, limit int) (n int64, err error) {
	err = s.holding(ctx, key, func(ctx context.Context, q db.Querier, _ *Endpoint) error {
		n, err = q.Exec(ctx, again+`$4 WHERE partner_id = $1 AND endpoint_id = $2 AND delivery_id IN (
			SELECT delivery_id FROM deliveries WHERE partner_id = $1 AND endpoint_id = $2 AND status = 'failed' AND created_at >= $3
			ORDER BY delivery_id LIMIT $5)`, key.PartnerID, key.EndpointID, db.Micros(since), db.Micros(now), int64(limit))
		return err
	})
	return n, err
}
