package outbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/verification"
)

// SQLStore keeps endpoints and deliveries. Every method is atomic on its own,
// and joins the transaction that Atomically began.
type SQLStore struct{ db db.DB }

// NewSQLStore returns the outbox's store on db, which must come from Joining.
func NewSQLStore(db db.DB) SQLStore { return SQLStore{db} }

// Atomically runs fn in one transaction.
func (s SQLStore) Atomically(ctx context.Context, fn func(context.Context) error) error {
	return s.write(ctx, func(ctx context.Context, _ db.Querier) error { return fn(ctx) })
}

func (s SQLStore) write(ctx context.Context, fn func(context.Context, db.Querier) error) error {
	return s.db.Write(ctx, fn)
}

var endpointColumns = db.Columns(`partner_id, endpoint_id, kind, name, url, method, types, status, reason, given_seq, created_at, updated_at,
	failing_since, succeeded_at`)

func scanEndpoint(row db.Row) (e Endpoint, err error) {
	var types string
	var created, updated int64
	var failing, succeeded *int64
	err = row.Scan(&e.PartnerID, &e.EndpointID, &e.Kind, &e.Name, &e.URL, &e.Method, &types, &e.Status, &e.Reason, &e.GivenSeq,
		&created, &updated, &failing, &succeeded)
	if errors.Is(err, db.ErrNoRows) {
		return Endpoint{}, ErrUnknown
	}
	if err != nil {
		return Endpoint{}, err
	}
	e.CreatedAt, e.UpdatedAt = db.Instant(created), db.Instant(updated)
	e.FailingSince, e.SucceededAt = db.OptionalInstant(failing), db.OptionalInstant(succeeded)
	if err := json.Unmarshal([]byte(types), &e.Types); err != nil {
		return Endpoint{}, fmt.Errorf("the types of endpoint %s: %w", e.EndpointID, err)
	}
	return e, nil
}

func typesText(e *Endpoint) string {
	text, err := json.Marshal(e.Types)
	if err != nil {
		panic(fmt.Sprintf("outbox: types do not encode: %v", err)) // strings always do
	}
	return string(text)
}

// Endpoints returns a partner's endpoints of a kind, the newest first. Plan:
// the primary key's prefix.
func (s SQLStore) Endpoints(ctx context.Context, partnerID id.UUID, kind Kind) ([]Endpoint, error) {
	return db.Collect(ctx, s.db, func(rows db.Rows) (Endpoint, error) { return scanEndpoint(rows) },
		`SELECT `+db.Prefixed("e", endpointColumns)+` FROM endpoints e WHERE e.partner_id = $1 AND e.kind = $2 ORDER BY e.endpoint_id DESC`,
		partnerID, string(kind))
}

func endpoint(ctx context.Context, q db.Querier, key Key) (Endpoint, error) {
	return scanEndpoint(q.QueryRow(ctx, `SELECT `+db.Prefixed("e", endpointColumns)+` FROM endpoints e WHERE e.partner_id = $1 AND e.endpoint_id = $2`,
		key.PartnerID, key.EndpointID))
}

// Endpoint returns one endpoint, or ErrUnknown.
func (s SQLStore) Endpoint(ctx context.Context, key Key, kind Kind) (Endpoint, error) {
	e, err := endpoint(ctx, s.db, key)
	if err == nil && e.Kind != kind {
		return Endpoint{}, ErrUnknown
	}
	return e, err
}

// lastEvent is the number of a partner's newest event.
const lastEvent = `coalesce((SELECT c.last_seq FROM event_counters c WHERE c.partner_id = $1), 0)`

// AddEndpoint keeps an endpoint and its secret. It gets what happens from now
// on. ErrTooMany: the partner already has the most of its kind.
func (s SQLStore) AddEndpoint(ctx context.Context, e *Endpoint, secret Secret, most int) error {
	return s.write(ctx, func(ctx context.Context, q db.Querier) error {
		// A concurrent AddEndpoint waits here, and then counts this endpoint
		// too.
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
		case there >= most:
			return ErrTooMany
		}
		_, err = q.Exec(ctx, `INSERT INTO endpoints (partner_id, endpoint_id, kind, name, url, method, types, status, reason, given_seq, created_at, updated_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, '', $9, $10, $11)`,
			e.PartnerID, e.EndpointID, string(e.Kind), e.Name, e.URL, e.Method, typesText(e), string(e.Status), e.GivenSeq,
			db.Micros(e.CreatedAt), db.Micros(e.UpdatedAt))
		if err != nil {
			return err
		}
		return addSecret(ctx, q, e.Key, secret)
	})
}

func addSecret(ctx context.Context, q db.Querier, key Key, secret Secret) error {
	_, err := q.Exec(ctx, `INSERT INTO endpoint_secrets (partner_id, endpoint_id, secret_id, secret, created_at) VALUES ($1, $2, $3, $4, $5)`,
		key.PartnerID, key.EndpointID, secret.ID, secret.Value, db.Micros(secret.CreatedAt))
	return err
}

// ChangeEndpoint writes the status of an existing endpoint and what a partner
// may change. With skip, events that have not been given out are skipped. It
// keeps what couriers write, except that a new status or a new address resets
// failures.
func (s SQLStore) ChangeEndpoint(ctx context.Context, e *Endpoint, skip bool) error {
	return s.holding(ctx, e.Key, func(ctx context.Context, q db.Querier, _ *Endpoint) error {
		_, err := q.Exec(ctx, `UPDATE endpoints SET name = $3, url = $4, method = $5, types = $6, reason = $8, updated_at = $9,
				failing_since = CASE WHEN url = $4 AND (status = $7 OR $7 = 'disabled') THEN failing_since END, status = $7,
				given_seq = CASE WHEN $10 THEN `+lastEvent+` ELSE given_seq END
			WHERE partner_id = $1 AND endpoint_id = $2`,
			e.PartnerID, e.EndpointID, e.Name, e.URL, e.Method, typesText(e), string(e.Status), e.Reason, db.Micros(e.UpdatedAt), skip)
		if err != nil || !skip {
			return err
		}
		_, err = q.Exec(ctx, `UPDATE deliveries SET status = 'failed', ended_at = $3 WHERE partner_id = $1 AND endpoint_id = $2 AND status = 'pending'`,
			e.PartnerID, e.EndpointID, db.Micros(e.UpdatedAt))
		return err
	})
}

// DeleteEndpoint removes an endpoint with its secrets and deliveries, or
// ErrUnknown.
func (s SQLStore) DeleteEndpoint(ctx context.Context, key Key, kind Kind) error {
	return s.holding(ctx, key, func(ctx context.Context, q db.Querier, e *Endpoint) error {
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

// SpendToken uses up a verification token. PermissionDenied: it is not for this
// operation.
func (s SQLStore) SpendToken(ctx context.Context, partnerID id.UUID, t verification.Type, token string, digest verification.Digest, at time.Time) error {
	return s.write(ctx, func(ctx context.Context, q db.Querier) error {
		return verification.SpendToken(ctx, q, partnerID, t, token, digest, at)
	})
}

// AddSecret makes s the secret in use. The previous one also signs until a
// moment; older ones beyond most are removed.
func (s SQLStore) AddSecret(ctx context.Context, key Key, secret Secret, until time.Time, most int) error {
	return s.holding(ctx, key, func(ctx context.Context, q db.Querier, _ *Endpoint) error {
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
			key.PartnerID, key.EndpointID, int64(most))
		return err
	})
}

// secrets reads the secrets that sign now, the one in use first.
func secrets(ctx context.Context, q db.Querier, key Key, now time.Time) ([]Secret, error) {
	return db.Collect(ctx, q, func(rows db.Rows) (secret Secret, err error) {
		var created int64
		var expires *int64
		err = rows.Scan(&secret.ID, &secret.Value, &created, &expires)
		secret.CreatedAt, secret.ExpiresAt = db.Instant(created), db.OptionalInstant(expires)
		return secret, err
	}, `SELECT secret_id, secret, created_at, expires_at FROM endpoint_secrets WHERE partner_id = $1 AND endpoint_id = $2
		AND (expires_at IS NULL OR expires_at > $3) ORDER BY created_at DESC, secret_id DESC`, key.PartnerID, key.EndpointID, db.Micros(now))
}
