package outbox

import (
	"context"
	"time"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/verification"
)

// SQLStore stores endpoints and deliveries. A method that is called inside
// Atomically uses that transaction. Otherwise it uses a transaction of its own.
type SQLStore struct{ db db.DB }

// NewSQLStore returns the SQLStore of db. db must be the result of db.Joining.
func NewSQLStore(db db.DB) SQLStore { return SQLStore{db} }

// Atomically runs fn in one transaction. The context that is passed to fn belongs
// to this transaction.
func (s SQLStore) Atomically(ctx context.Context, fn func(context.Context) error) error {
	return s.write(ctx, func(ctx context.Context, _ db.Querier) error { return fn(ctx) })
}

func (s SQLStore) write(ctx context.Context, fn func(context.Context, db.Querier) error) error {
	return s.db.Write(ctx, fn)
}

var (
	endpoints = db.NewTable[Endpoint]("endpoints")
	secretsOf = db.NewTable[secretRow]("endpoint_secrets", "expires_at")
)

type secretRow struct {
	Key
	Secret
}

// Endpoints returns a partner's endpoints of one kind, the newest first. The
// query reads all of the partner's endpoints by a prefix of the primary key.
func (s SQLStore) Endpoints(ctx context.Context, partnerID id.UUID, kind Kind) ([]Endpoint, error) {
	return db.All[Endpoint](ctx, s.db, `SELECT `+endpoints.Of("")+` FROM endpoints WHERE partner_id = $1 AND kind = $2 ORDER BY endpoint_id DESC`,
		partnerID, string(kind))
}

func endpoint(ctx context.Context, q db.Querier, key Key) (Endpoint, error) {
	return db.OneOr[Endpoint](ctx, q, ErrUnknown, `SELECT `+endpoints.Of("")+` FROM endpoints WHERE partner_id = $1 AND endpoint_id = $2`,
		key.PartnerID, key.EndpointID)
}

// Endpoint returns one endpoint, or ErrUnknown if there is no such endpoint.
func (s SQLStore) Endpoint(ctx context.Context, key Key, kind Kind) (Endpoint, error) {
	e, err := endpoint(ctx, s.db, key)
	if err == nil && e.Kind != kind {
		return Endpoint{}, ErrUnknown
	}
	return e, err
}

// lastEvent returns an SQL expression for the number of a partner's newest
// event. The argument is the placeholder of the partner's id.
func lastEvent(partnerID string) string {
	return `coalesce((SELECT c.last_seq FROM event_counters c WHERE c.partner_id = ` + partnerID + `), 0)`
}

// AddEndpoint stores an endpoint and its secret. The endpoint gets all later
// events. AddEndpoint returns ErrTooMany if the partner already has limit endpoints
// of this kind.
func (s SQLStore) AddEndpoint(ctx context.Context, e *Endpoint, secret Secret, limit int) error {
	return s.write(ctx, func(ctx context.Context, q db.Querier) error {
		// A concurrent AddEndpoint waits for this lock, so it counts this
		// endpoint too.
		_, last, err := holdCounter(ctx, q, e.PartnerID)
		if err != nil {
			return err
		}
		e.GivenSeq = last
		var there int
		err = q.QueryRow(ctx, `SELECT count(*) FROM endpoints WHERE partner_id = $1 AND kind = $2`, e.PartnerID, string(e.Kind)).Scan(&there)
		switch {
		case err != nil:
			return err
		case there >= limit:
			return ErrTooMany
		}
		if err := endpoints.Insert(ctx, q, *e); err != nil {
			return err
		}
		return addSecret(ctx, q, e.Key, secret)
	})
}

func addSecret(ctx context.Context, q db.Querier, key Key, secret Secret) error {
	return secretsOf.Insert(ctx, q, secretRow{key, secret})
}

// ChangeEndpoint stores an endpoint's status and the fields that a partner may
// change. If skip is true, the endpoint skips the events that have no
// deliveries yet. The fields that couriers write stay as they are, except that
// a new status or a new URL clears the failures.
func (s SQLStore) ChangeEndpoint(ctx context.Context, e *Endpoint, skip bool) error {
	return s.lockEndpoint(ctx, e.Key, func(ctx context.Context, q db.Querier, _ *Endpoint) error {
		var f db.Filter
		status, address := f.Bind(string(e.Status)), f.Bind(e.URL)
		set := endpoints.Set(&f, *e, "name", "url", "method", "types", "status", "reason", "updated_at")
		set += `, failing_since = CASE WHEN url = ` + address + ` AND (status = ` + status + ` OR ` + status + ` = 'disabled') THEN failing_since END`
		if skip {
			set += `, given_seq = ` + lastEvent(f.Bind(e.PartnerID))
		}
		f.Is("partner_id", e.PartnerID)
		f.Is("endpoint_id", e.EndpointID)
		_, err := q.Exec(ctx, `UPDATE endpoints SET `+set+f.Where(), f.Values()...)
		if err != nil || !skip {
			return err
		}
		_, err = q.Exec(ctx, `UPDATE deliveries SET status = 'failed', ended_at = $3 WHERE partner_id = $1 AND endpoint_id = $2 AND status = 'pending'`,
			e.PartnerID, e.EndpointID, db.Micros(e.UpdatedAt))
		return err
	})
}

// DeleteEndpoint removes an endpoint with its secrets and deliveries. It
// returns ErrUnknown if there is no such endpoint.
func (s SQLStore) DeleteEndpoint(ctx context.Context, key Key, kind Kind) error {
	return s.lockEndpoint(ctx, key, func(ctx context.Context, q db.Querier, e *Endpoint) error {
		if e.Kind != kind {
			return ErrUnknown
		}
		for _, table := range []string{"endpoint_secrets", "deliveries", "delivery_attempts", "endpoints"} {
			if _, err := q.Exec(ctx, `DELETE FROM `+table+` WHERE partner_id = $1 AND endpoint_id = $2`, key.PartnerID, key.EndpointID); err != nil {
				return err
			}
		}
		return nil
	})
}

// SpendToken uses up a temporary token. It returns PermissionDenied if the
// token is for another operation.
func (s SQLStore) SpendToken(ctx context.Context, partnerID id.UUID, t verification.Type, token string, digest verification.Digest, at time.Time) error {
	return s.write(ctx, func(ctx context.Context, q db.Querier) error {
		return verification.SpendToken(ctx, q, partnerID, t, token, digest, at)
	})
}

// AddSecret stores a new current secret. The previous secret also signs, until the
// given time. AddSecret removes the oldest secrets, so that at most limit secrets
// remain.
func (s SQLStore) AddSecret(ctx context.Context, key Key, secret Secret, until time.Time, limit int) error {
	return s.lockEndpoint(ctx, key, func(ctx context.Context, q db.Querier, _ *Endpoint) error {
		_, err := q.Exec(ctx, `UPDATE endpoint_secrets SET expires_at = $3 WHERE partner_id = $1 AND endpoint_id = $2 AND expires_at IS NULL`,
			key.PartnerID, key.EndpointID, db.Micros(until))
		if err != nil {
			return err
		}
		if err := addSecret(ctx, q, key, secret); err != nil {
			return err
		}
		_, err = q.Exec(ctx, `DELETE FROM endpoint_secrets WHERE partner_id = $1 AND endpoint_id = $2 AND secret_id IN (
			SELECT secret_id FROM endpoint_secrets WHERE partner_id = $1 AND endpoint_id = $2 ORDER BY created_at DESC, secret_id DESC LIMIT 1000 OFFSET $3)`,
			key.PartnerID, key.EndpointID, int64(limit))
		return err
	})
}

// secrets returns the secrets that sign now, the newest first.
func secrets(ctx context.Context, q db.Querier, key Key, now time.Time) ([]Secret, error) {
	return db.All[Secret](ctx, q, `SELECT secret_id, secret, created_at, expires_at FROM endpoint_secrets WHERE partner_id = $1 AND endpoint_id = $2
		AND (expires_at IS NULL OR expires_at > $3) ORDER BY created_at DESC, secret_id DESC`, key.PartnerID, key.EndpointID, db.Micros(now))
}
