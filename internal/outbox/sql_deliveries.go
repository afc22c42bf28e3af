package outbox

import (
	"context"
	"slices"
	"time"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/page"
)

type attemptRow struct {
	N          int       `db:"attempt"` // 0 if there was no attempt
	At         time.Time `db:"at"`
	Took       int64     `db:"took_ms"`
	URL        string    `db:"url"`
	StatusCode int       `db:"status_code,null"`
	Problem    string    `db:"problem"`
	Answer     string    `db:"answer"`
}

type deliveryAttempt struct {
	Key

	DeliveryID id.UUID `db:"delivery_id"`
	attemptRow
}

type triedDelivery struct {
	Delivery
	attemptRow
}

var (
	deliveries = db.NewTable[Delivery]("deliveries")
	attempts   = db.NewTable[deliveryAttempt]("delivery_attempts")
)

// lastAttempt selects the columns of the last attempt. The query must left-join
// delivery_attempts as a, because there may be no attempt yet.
const lastAttempt = `coalesce(a.attempt, 0) AS attempt, coalesce(a.at, 0) AS at, coalesce(a.took_ms, 0) AS took_ms, coalesce(a.url, '') AS url,
	a.status_code, coalesce(a.problem, '') AS problem, coalesce(a.answer, '') AS answer`

func (r *attemptRow) attempt() *Attempt {
	if r.N == 0 {
		return nil
	}
	return &Attempt{
		N: r.N, At: r.At, Took: time.Duration(r.Took) * time.Millisecond, URL: r.URL, StatusCode: r.StatusCode, Problem: r.Problem, Answer: r.Answer,
	}
}

// Deliveries returns a page of an endpoint's deliveries, the newest first, with the
// last attempt of each, and the total number of deliveries. An empty list of
// statuses means all statuses. The query reads the primary key backwards.
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
		list, err = db.AllAs(ctx, q, func(r triedDelivery) (Delivery, error) {
			r.Last = r.attempt()
			return r.Delivery, nil
		}, `SELECT `+deliveries.Of("d")+`, `+lastAttempt+` FROM deliveries d
			LEFT JOIN delivery_attempts a ON a.partner_id = d.partner_id AND a.endpoint_id = d.endpoint_id AND a.delivery_id = d.delivery_id
				AND a.attempt = (SELECT max(b.attempt) FROM delivery_attempts b
					WHERE b.partner_id = d.partner_id AND b.endpoint_id = d.endpoint_id AND b.delivery_id = d.delivery_id)
			WHERE d.partner_id = $1 AND d.endpoint_id = $2`+condition+` ORDER BY d.delivery_id DESC LIMIT `+limit,
			append(args, int64(p.Limit), int64(p.Offset))...)
		return err
	})
	return list, count, err
}

// Delivery returns a delivery with all its attempts, the oldest first. It
// returns ErrUnknown if there is no such delivery.
func (s SQLStore) Delivery(ctx context.Context, key Key, deliveryID id.UUID) (d Delivery, tried []Attempt, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, q db.Querier) error {
		d, err = db.OneOr[Delivery](ctx, q, ErrUnknown, `SELECT `+deliveries.Of("d")+` FROM deliveries d
			WHERE d.partner_id = $1 AND d.endpoint_id = $2 AND d.delivery_id = $3`, key.PartnerID, key.EndpointID, deliveryID)
		if err != nil {
			return err
		}
		tried, err = db.AllAs(ctx, q, func(r attemptRow) (Attempt, error) { return *r.attempt(), nil },
			`SELECT `+db.List("a", db.ColumnsOf[attemptRow]())+` FROM delivery_attempts a
			WHERE a.partner_id = $1 AND a.endpoint_id = $2 AND a.delivery_id = $3 ORDER BY a.attempt`,
			key.PartnerID, key.EndpointID, deliveryID)
		if len(tried) > 0 {
			d.Last = &tried[len(tried)-1]
		}
		return err
	})
	return d, tried, err
}

// pendingOf counts an endpoint's pending deliveries, but at most up to limit. It
// reads the index of pending deliveries.
func pendingOf(ctx context.Context, q db.Querier, key Key, limit int) (n int, err error) {
	err = q.QueryRow(ctx, `SELECT count(*) FROM (SELECT 1 FROM deliveries WHERE partner_id = $1 AND endpoint_id = $2 AND status = 'pending' LIMIT $3) p`,
		key.PartnerID, key.EndpointID, int64(limit)).Scan(&n)
	return n, err
}

// AddTest stores the delivery of a test. It returns ErrTooMany if the endpoint
// already has maxTests pending tests, or maxPending pending deliveries of any
// kind. It reads the index of pending deliveries.
func (s SQLStore) AddTest(ctx context.Context, d *Delivery, maxTests, maxPending int) error {
	return s.lockEndpoint(ctx, d.Key, func(ctx context.Context, q db.Querier, _ *Endpoint) error {
		var pending, tested int
		err := q.QueryRow(ctx, `SELECT count(*), count(CASE WHEN event_seq IS NULL THEN 1 END) FROM deliveries
			WHERE partner_id = $1 AND endpoint_id = $2 AND status = 'pending'`, d.PartnerID, d.EndpointID).Scan(&pending, &tested)
		if err != nil {
			return err
		}
		if pending >= maxPending || tested >= maxTests {
			return ErrTooMany
		}
		return deliveries.Insert(ctx, q, *d)
	})
}

const again = `UPDATE deliveries SET status = 'pending', tries = 0, ended_at = NULL, next_at = `

// Replay makes an ended delivery pending again. It returns ErrUnknown if there
// is no such delivery.
func (s SQLStore) Replay(ctx context.Context, key Key, deliveryID id.UUID, now time.Time) error {
	return s.lockEndpoint(ctx, key, func(ctx context.Context, q db.Querier, _ *Endpoint) error {
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

// ReplayFailed replays deliveries that have failed since a given time, the oldest
// first, up to the given limit. It returns how many it replayed. The query reads
// all deliveries of the endpoint by a prefix of the primary key.
func (s SQLStore) ReplayFailed(ctx context.Context, key Key, since, now time.Time, limit int) (n int64, err error) {
	err = s.lockEndpoint(ctx, key, func(ctx context.Context, q db.Querier, _ *Endpoint) error {
		n, err = q.Exec(ctx, again+`$4 WHERE partner_id = $1 AND endpoint_id = $2 AND delivery_id IN (
			SELECT delivery_id FROM deliveries WHERE partner_id = $1 AND endpoint_id = $2 AND status = 'failed' AND created_at >= $3
			ORDER BY delivery_id LIMIT $5)`, key.PartnerID, key.EndpointID, db.Micros(since), db.Micros(now), int64(limit))
		return err
	})
	return n, err
}
