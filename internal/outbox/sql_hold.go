package outbox

import (
	"context"
	"strings"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
)

// holding is write on what is there of one endpoint. Its row is taken first:
// until the transaction ends nobody else writes anything of the endpoint, its
// secrets or its deliveries, so what fn reads of them is true when it is kept,
// and of two writers none waits for the other twice. Every write goes through
// here, but for those of a new endpoint (see holdCounter) and Purge's of what is
// over for all endpoints.
//
// ErrUnknown: there is no such endpoint.
func (s SQLStore) holding(ctx context.Context, key Key, fn func(context.Context, db.Querier, *Endpoint) error) error {
	return s.write(ctx, func(ctx context.Context, q db.Querier) error {
		// An update that changes nothing locks on either engine.
		e, err := scanEndpoint(q.QueryRow(ctx, `UPDATE endpoints SET updated_at = updated_at
			WHERE partner_id = $1 AND endpoint_id = $2 RETURNING `+strings.Join(endpointColumns, ", "), key.PartnerID, key.EndpointID))
		if err != nil {
			return err
		}
		return fn(ctx, q, &e)
	})
}

// Hold is Endpoint for what goes by it: until the transaction ends nobody else
// writes anything of the endpoint.
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

// holdCounter takes a partner's counter, as numbering events does: until the
// transaction ends none is numbered or removed.
func holdCounter(ctx context.Context, q db.Querier, partnerID id.UUID) (first, last int64, err error) {
	err = q.QueryRow(ctx, `INSERT INTO event_counters (partner_id, first_seq, last_seq) VALUES ($1, 1, 0)
		ON CONFLICT (partner_id) DO UPDATE SET last_seq = event_counters.last_seq RETURNING first_seq, last_seq`, partnerID).Scan(&first, &last)
	return first, last, err
}
