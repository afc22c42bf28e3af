package outbox

import (
	"context"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
)

// lockEndpoint runs fn in a transaction that first locks the endpoint's row.
// Until the transaction ends, no other transaction can write the endpoint, its
// secrets or its deliveries. The values that fn reads therefore stay valid until
// the commit, and writers never deadlock. All writes use lockEndpoint, except for
// AddEndpoint, which uses holdCounter, and the statements of Purge that concern
// all endpoints.
//
// It returns ErrUnknown if there is no such endpoint.
func (s SQLStore) lockEndpoint(ctx context.Context, key Key, fn func(context.Context, db.Querier, *Endpoint) error) error {
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

// Hold locks an endpoint and returns it. Until the transaction ends, no other
// transaction can write the endpoint, its secrets or its deliveries.
func (s SQLStore) Hold(ctx context.Context, key Key, kind Kind) (held Endpoint, err error) {
	err = s.lockEndpoint(ctx, key, func(_ context.Context, _ db.Querier, e *Endpoint) error {
		if e.Kind != kind {
			return ErrUnknown
		}
		held = *e
		return nil
	})
	return held, err
}

// holdCounter locks a partner's event counter. Until the transaction ends, no
// other transaction can number or remove an event of the partner.
func holdCounter(ctx context.Context, q db.Querier, partnerID id.UUID) (first, last int64, err error) {
	err = q.QueryRow(ctx, `INSERT INTO event_counters (partner_id, first_seq, last_seq) VALUES ($1, 1, 0)
		ON CONFLICT (partner_id) DO UPDATE SET last_seq = event_counters.last_seq RETURNING first_seq, last_seq`, partnerID).Scan(&first, &last)
	return first, last, err
}
