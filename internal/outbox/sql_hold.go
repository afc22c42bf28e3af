package outbox

import (
	"context"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
)

// holding is a write to one existing endpoint. It locks the endpoint's row
// first: until the transaction ends no one else writes the endpoint, its
// secrets or its deliveries. So what fn reads of them stays true until it
// commits, and two writers never deadlock. Every write goes through here,
// except those of a new endpoint (see holdCounter) and Purge's removal of what
// is over for all endpoints.
//
// ErrUnknown: there is no such endpoint.
func (s SQLStore) holding(ctx context.Context, key Key, fn func(context.Context, db.Querier, *Endpoint) error) error {
	return s.write(ctx, func(ctx context.Context, q db.Querier) error {
		// An update that changes nothing locks the row on either engine.
		e, err := db.OneOr[Endpoint](ctx, q, ErrUnknown, `UPDATE endpoints SET updated_at = updated_at
			WHERE partner_id = $1 AND endpoint_id = $2 RETURNING `+endpoints.Of(""), key.PartnerID, key.EndpointID)
		if err != nil {
			return err
		}
		return fn(ctx, q, &e)
	})
}

// Hold is Endpoint with a lock: until the transaction ends no one else writes
// anything of the endpoint.
func (s SQLStore) Hold(ctx context.Context, key Key, kind Kind) (held Endpoint, err error) {
	err = s.holding(ctx, key, func(_ context.Context, _ db.Querier, e *Endpoint) error {
		if e.Kind != kind {
			return ErrUnknown
		}
		held = *e
		return nil
	})
	return held, err
}

// holdCounter locks a partner's counter, as numbering events does: until the
// transaction ends no event is numbered or removed.
func holdCounter(ctx context.Context, q db.Querier, partnerID id.UUID) (first, last int64, err error) {
	err = q.QueryRow(ctx, `INSERT INTO event_counters (partner_id, first_seq, last_seq) VALUES ($1, 1, 0)
		ON CONFLICT (partner_id) DO UPDATE SET last_seq = event_counters.last_seq RETURNING first_seq, last_seq`, partnerID).Scan(&first, &last)
	return first, last, err
}
