package outbox

import (
	"context"
	"time"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
)

// maxWaitingDeliveries is how many pending deliveries stop an endpoint from
// getting more events.
const maxWaitingDeliveries = 1000

// Work lists up to limit active endpoints, of partners that are not suspended,
// that have deliveries due or events to give out and are not among served. A
// partner has at most each places, and its served endpoints take the first
// ones. Every partner's first place comes before any partner's second. Then
// endpoints that work come before those that fail, and then the longest wait
// comes first. A partner's places are counted before limit applies, so limit
// never cuts off a partner's first place because others have much to do. An
// endpoint that is served has a place already, whatever is due to it. An
// endpoint that works waits since it was last served; otherwise one with an old
// backlog would always come first. For failing endpoints that time is not
// recorded, so their order is random. Plan: the active endpoints by their
// index, and for each one a look into its partner's counter and one into the
// index of pending deliveries; the rest is read only for those that have work.
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
