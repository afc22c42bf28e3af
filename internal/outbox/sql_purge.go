package outbox

import (
	"context"
	"time"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/outbox/event"
)

// Purge removes events and ended deliveries from before the given time, and
// secrets that have expired. One call removes at most limit events of a partner
// and limit deliveries of an endpoint. Purge returns true if more can be removed.
//
// If a delivery is due after latest, Purge makes it due now. Only a wrong clock
// can have scheduled it so far ahead.
//
// The queries read each partner's oldest events and each endpoint's oldest
// deliveries by primary key.
func (s SQLStore) Purge(ctx context.Context, before, now, latest time.Time, limit int) (more bool, err error) {
	partners, err := db.All[id.UUID](ctx, s.db, `SELECT c.partner_id FROM event_counters c WHERE c.first_seq <= c.last_seq
		AND (SELECT v.at FROM events v WHERE v.partner_id = c.partner_id AND v.event_seq = c.first_seq) < $1 LIMIT $2`, db.Micros(before), int64(limit))
	if err != nil {
		return false, err
	}
	for _, partnerID := range partners {
		full, err := s.purgeEvents(ctx, partnerID, before, limit)
		if err != nil {
			return false, err
		}
		more = more || full
	}
	keys, err := db.All[Key](ctx, s.db, `SELECT partner_id, endpoint_id FROM endpoints`)
	if err != nil {
		return false, err
	}
	for _, key := range keys {
		full, err := s.purgeDeliveries(ctx, key, before, limit)
		if err != nil {
			return false, err
		}
		more = more || full
	}
	err = s.write(ctx, func(ctx context.Context, q db.Querier) error {
		if _, err := q.Exec(ctx, `UPDATE deliveries SET next_at = $1 WHERE status = 'pending' AND next_at > $2`, db.Micros(now), db.Micros(latest)); err != nil {
			return err
		}
		_, err := q.Exec(ctx, `DELETE FROM endpoint_secrets WHERE expires_at <= $1`, db.Micros(now))
		return err
	})
	return more || len(partners) == limit, err
}

// purgeEvents removes a partner's oldest events, up to the given limit. It locks
// the event counter before it reads the events. Otherwise, one of two concurrent
// purges could write a counter that still includes events which the other purge has
// removed. Readers of the feed would then miss these events without an error.
func (s SQLStore) purgeEvents(ctx context.Context, partnerID id.UUID, before time.Time, limit int) (full bool, err error) {
	err = s.write(ctx, func(ctx context.Context, q db.Querier) error {
		first, last, err := holdCounter(ctx, q, partnerID)
		if err != nil {
			return err
		}
		next := first
		events, err := event.List(ctx, q, event.Heads, partnerID, first, last, nil, limit)
		for i := 0; err == nil && i < len(events) && events[i].At.Before(before); i++ {
			next = events[i].Seq + 1
		}
		if err != nil || next == first {
			return err
		}
		full = next == first+int64(limit)
		if _, err := q.Exec(ctx, `DELETE FROM events WHERE partner_id = $1 AND event_seq >= $2 AND event_seq < $3`, partnerID, first, next); err != nil {
			return err
		}
		_, err = q.Exec(ctx, `UPDATE event_counters SET first_seq = $2 WHERE partner_id = $1 AND first_seq < $2`, partnerID, next)
		return err
	})
	return full, err
}

// purgeDeliveries reads an endpoint's oldest deliveries, up to the given limit, and
// removes those that have ended.
func (s SQLStore) purgeDeliveries(ctx context.Context, key Key, before time.Time, limit int) (full bool, err error) {
	// The deliveries are read before the endpoint is locked, because most
	// endpoints have nothing to remove.
	old, full, err := oldDeliveries(ctx, s.db, key, before, limit)
	if err != nil || len(old) == 0 {
		return false, err
	}
	err = s.lockEndpoint(ctx, key, func(ctx context.Context, q db.Querier, _ *Endpoint) error {
		// Read the deliveries again, because some may have been replayed before
		// the lock.
		old, full, err = oldDeliveries(ctx, q, key, before, limit)
		if err != nil || len(old) == 0 {
			return err
		}
		for _, table := range []string{"delivery_attempts", "deliveries"} {
			_, err := q.Exec(ctx, `DELETE FROM `+table+` WHERE partner_id = $1 AND endpoint_id = $2 AND delivery_id @anyid($3)`,
				key.PartnerID, key.EndpointID, old)
			if err != nil {
				return err
			}
		}
		return nil
	})
	return full, ignore(err, ErrUnknown)
}

// oldDeliveries reads an endpoint's oldest deliveries, up to the given limit, and
// returns those that have ended. The second result is true if there may be more.
func oldDeliveries(ctx context.Context, q db.Querier, key Key, before time.Time, limit int) (old []id.UUID, full bool, err error) {
	type row struct {
		ID      id.UUID        `db:"delivery_id"`
		Status  DeliveryStatus `db:"status"`
		Created time.Time      `db:"created_at"`
	}
	oldest, err := db.All[row](ctx, q, `SELECT delivery_id, status, created_at FROM deliveries WHERE partner_id = $1 AND endpoint_id = $2 ORDER BY delivery_id LIMIT $3`,
		key.PartnerID, key.EndpointID, int64(limit))
	for _, r := range oldest {
		if r.Created.Before(before) && r.Status != Pending {
			old = append(old, r.ID)
		}
	}
	return old, len(old) > 0 && len(oldest) == limit, err
}
