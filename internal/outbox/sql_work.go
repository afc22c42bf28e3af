package outbox

import (
	"context"
	"time"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
)

// maxWaitingDeliveries is the number of pending deliveries from which onwards
// an endpoint gets no more events.
const maxWaitingDeliveries = 1000

// Work returns up to limit active endpoints that have work and are not being
// served already. served has the ids of those that are. An endpoint has work if
// deliveries are due, or if there are events without deliveries. Work leaves
// out suspended partners.
//
// each is the maximum number of slots of one partner. The endpoints in served
// already have their slots. First, every partner's first slot is filled, then
// every partner's second slot, and so on. Within this order, working endpoints
// come before failing ones, and those that have waited longest come first.
//
// Work numbers the slots of each partner before it applies limit, so that a
// partner with a lot of work cannot prevent the first slot of another partner.
// An endpoint in served has its slot even if it has no work left. A working
// endpoint waits since it was last served. If it waited since its oldest event,
// an endpoint with a backlog would always come first. For failing endpoints,
// the time of their last turn is not stored, so they come in random order.
//
// The query reads the active endpoints by their index. For each of them, it
// reads its partner's counter and the index of pending deliveries. It reads
// other data only for endpoints that have work.
func (s SQLStore) Work(ctx context.Context, now time.Time, served []id.UUID, each, limit int) ([]Endpoint, error) {
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
		db.Micros(now), int64(maxWaitingDeliveries), served, int64(each), int64(limit))
}
