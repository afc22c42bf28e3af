package outbox

import (
	"context"
	"time"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
)

// maxWaitingDeliveries is the number of pending deliveries at which an endpoint
// gets no more events.
const maxWaitingDeliveries = 1000

// Work returns active endpoints that have work, up to the given limit. An
// endpoint has work if deliveries are due or if it has not been given all events
// yet. Work leaves out the endpoints of suspended partners, and the endpoints in
// busy, which are already being served.
//
// Each partner has the given number of slots. An endpoint that is being served
// uses one slot, and Work offers only the free ones. It fills the first slot of
// every partner, then the second slot of every partner, and so on. In each of
// these rounds, working endpoints come before failing ones, and endpoints that
// have waited longest come first.
//
// The slots are numbered before the limit applies, so that a partner with a lot
// of work cannot prevent another partner's first slot. The wait of a working
// endpoint starts at the later of two times: its last success, and the time when
// its oldest due delivery became due. If the wait were measured from the oldest
// event, an endpoint with a backlog would always come first. The last attempt of
// a failing endpoint is not stored with the endpoint, so failing endpoints come
// in random order.
//
// The query reads the active endpoints by index. For each of them, it reads the
// partner's counter and the index of pending deliveries. It reads further data
// only for endpoints that have work.
func (s SQLStore) Work(ctx context.Context, now time.Time, busy []id.UUID, slots, limit int) ([]Endpoint, error) {
	const pending = ` FROM deliveries d WHERE d.partner_id = e.partner_id AND d.endpoint_id = e.endpoint_id AND d.status = 'pending'`
	all := endpoints.Of("")
	return db.All[Endpoint](ctx, s.db,
		`WITH due AS (
			SELECT `+endpoints.Of("e")+`, CASE WHEN e.endpoint_id @anyid($3) THEN 1 ELSE 0 END AS served,
				CASE WHEN e.failing_since IS NULL THEN 0 ELSE 1 END AS failing, coalesce((SELECT min(d.next_at)`+pending+` AND d.next_at <= $1), $1) AS due_at
			FROM endpoints e WHERE e.status = 'active'
				AND (e.endpoint_id @anyid($3) OR EXISTS (SELECT 1`+pending+` AND d.next_at <= $1)
					OR (e.given_seq < (SELECT c.last_seq FROM event_counters c WHERE c.partner_id = e.partner_id)
						AND (SELECT count(*) FROM (SELECT 1`+pending+` LIMIT $2) p) < $2))
				AND NOT EXISTS (SELECT 1 FROM partners p WHERE p.partner_id = e.partner_id AND p.status = 'suspended')
		), waiting AS (
			SELECT `+all+`, served, failing, CASE WHEN succeeded_at > due_at THEN succeeded_at ELSE due_at END AS since FROM due
		), placed AS (
			SELECT `+all+`, served, failing, since, row_number() OVER (PARTITION BY partner_id
				ORDER BY served DESC, failing, CASE WHEN failing = 1 THEN random() ELSE since END, endpoint_id) AS place FROM waiting
		)
		SELECT `+all+` FROM placed WHERE served = 0 AND place <= $4
		ORDER BY place, failing, since, endpoint_id LIMIT $5`,
		db.Micros(now), int64(maxWaitingDeliveries), busy, int64(slots), int64(limit))
}
