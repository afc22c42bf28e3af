package outbox

import (
	"context"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
)

// holding runs fn in a transaction that locks the endpoint's row first. Until
// the transaction ends, no other transaction writes the endpoint, its secrets
// or its deliveries. Therefore the values that fn reads stay valid until the
// commit, and two writers never deadlock. All writes use holding, except for
// AddEndpoint (which uses holdCounter) and the statements of Purge that concern
// all endpoints.
//
// It returns ErrUnknown if there is no such endpoint.
func (s SQLStore) holding(ctx context.Context, key Key, fn func(context.Context, db.Querier, *Endpoint) error) error {
	return s.write(ctx, func(ctx context.Context, q db.Querier) error {
		// On both engines, an update locks the row even if it changes nothing.
		e, err := db.OneOr[Endpoint](ctx, q, ErrUnknown, `UPDATE endpoints SET updated_at = updated_at
			WHERE partner_id = $1 AND endpoint_id = $2 RETURNING `+endpoints.Of(""), key.PartnerID, key.EndpointID)
		if err != nil {
			return err
		}
		return fn(ctx, q, &e)
	})
}

// Hold returns an endpoint and locks it. Until the transaction ends, no other
// transaction writes the endpoint, its secrets or its deliveries.
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

// holdCounter locks a partner's counter of events. Until the transaction ends,
// no event of the partner is numbered or removed.
func holdCounter(ctx context.Context, q db.Querier, partnerID id.UUID) (first, last int64, err error) {
	err = q.QueryRow(ctx, `INSERT INTO event_counters (partner_id, first_seq, last_seq) VALUES ($1, 1, 0)
		ON CONFLICT (partner_id) DO UPDATE SET last_seq = event_counters.last_seq RETURNING first_seq, last_seq`, partnerID).Scan(&first, &last)
	return first, last, err
}
