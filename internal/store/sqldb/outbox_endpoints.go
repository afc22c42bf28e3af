package sqldb

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/outbox"
	"github.com/tributary-server/tributary/internal/verification"
)

// Outbox implements outbox.Store.
type Outbox struct{ db db.DB }

var _ outbox.Store = Outbox{}

// NewOutbox returns the outbox's store on db, which has to be a Joining one.
func NewOutbox(db db.DB) Outbox { return Outbox{db} }

// Atomically implements outbox.Store.
func (s Outbox) Atomically(ctx context.Context, fn func(context.Context) error) error {
	return s.write(ctx, func(ctx context.Context, _ db.Querier) error { return fn(ctx) })
}

func (s Outbox) write(ctx context.Context, fn func(context.Context, db.Querier) error) error {
	return s.db.Write(ctx, fn)
}

var endpointColumns = db.Columns(`partner_id, endpoint_id, kind, name, url, method, types, status, reason, given_seq, created_at, updated_at,
	failing_since, succeeded_at`)

func scanEndpoint(row db.Row) (e outbox.Endpoint, err error) {
	var types string
	var created, updated int64
	var failing, succeeded *int64
	err = row.Scan(&e.PartnerID, &e.EndpointID, &e.Kind, &e.Name, &e.URL, &e.Method, &types, &e.Status, &e.Reason, &e.GivenSeq,
		&created, &updated, &failing, &succeeded)
	if errors.Is(err, db.ErrNoRows) {
		return outbox.Endpoint{}, outbox.ErrUnknown
	}
	if err != nil {
		return outbox.Endpoint{}, err
	}
	e.CreatedAt, e.UpdatedAt = db.Instant(created), db.Instant(updated)
	e.FailingSince, e.SucceededAt = db.OptionalInstant(failing), db.OptionalInstant(succeeded)
	if err := json.Unmarshal([]byte(types), &e.Types); err != nil {
		return outbox.Endpoint{}, fmt.Errorf("the types of endpoint %s: %w", e.EndpointID, err)
	}
	return e, nil
}

func typesText(e *outbox.Endpoint) string {
	text, err := json.Marshal(e.Types)
	if err != nil {
		panic(fmt.Sprintf("sqldb: types do not encode: %v", err)) // strings always do
	}
	return string(text)
}

// Endpoints implements outbox.Store. Plan: the primary key's prefix.
func (s Outbox) Endpoints(ctx context.Context, partnerID id.UUID, kind outbox.Kind) ([]outbox.Endpoint, error) {
	return db.Collect(ctx, s.db, func(rows db.Rows) (outbox.Endpoint, error) { return scanEndpoint(rows) },
		`SELECT `+db.Prefixed("e", endpointColumns)+` FROM endpoints e WHERE e.partner_id = $1 AND e.kind = $2 ORDER BY e.endpoint_id DESC`,
		partnerID, string(kind))
}

func endpoint(ctx context.Context, q db.Querier, key outbox.Key) (outbox.Endpoint, error) {
	return scanEndpoint(q.QueryRow(ctx, `SELECT `+db.Prefixed("e", endpointColumns)+` FROM endpoints e WHERE e.partner_id = $1 AND e.endpoint_id = $2`,
		key.PartnerID, key.EndpointID))
}

// Endpoint implements outbox.Store.
func (s Outbox) Endpoint(ctx context.Context, key outbox.Key, kind outbox.Kind) (outbox.Endpoint, error) {
	e, err := endpoint(ctx, s.db, key)
	if err == nil && e.Kind != kind {
		return outbox.Endpoint{}, outbox.ErrUnknown
	}
	return e, err
}

// lastEvent is the number of a partner's newest event.
const lastEvent = `coalesce((SELECT c.last_seq FROM event_counters c WHERE c.partner_id = $1), 0)`

// AddEndpoint implements outbox.Store.
func (s Outbox) AddEndpoint(ctx context.Context, e *outbox.Endpoint, secret outbox.Secret, most int) error {
	return s.write(ctx, func(ctx context.Context, q db.Querier) error {
		// Whoever else adds one waits here, and then counts this one too.
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
			return outbox.ErrTooMany
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

func addSecret(ctx context.Context, q db.Querier, key outbox.Key, secret outbox.Secret) error {
	_, err := q.Exec(ctx, `INSERT INTO endpoint_secrets (partner_id, endpoint_id, secret_id, secret, created_at) VALUES ($1, $2, $3, $4, $5)`,
		key.PartnerID, key.EndpointID, secret.ID, secret.Value, db.Micros(secret.CreatedAt))
	return err
}

// ChangeEndpoint implements outbox.Store. What a courier writes of it is not touched,
// but that a new status forgets failures, and so does a new address.
func (s Outbox) ChangeEndpoint(ctx context.Context, e *outbox.Endpoint, skip bool) error {
	return s.holding(ctx, e.Key, func(ctx context.Context, q db.Querier, _ *outbox.Endpoint) error {
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

// DeleteEndpoint implements outbox.Store.
func (s Outbox) DeleteEndpoint(ctx context.Context, key outbox.Key, kind outbox.Kind) error {
	return s.holding(ctx, key, func(ctx context.Context, q db.Querier, e *outbox.Endpoint) error {
		if e.Kind != kind {
			return outbox.ErrUnknown
		}
		for _, table := range []string{"endpoint_secrets", "deliveries", "delivery_attempts", "endpoints"} {
			if _, err := q.Exec(ctx, `DELETE FROM `+table+` WHERE partner_id = $1 AND endpoint_id = $2`, key.PartnerID, key.EndpointID); err != nil {
				return err
			}
		}
		return nil
	})
}

// SpendToken implements outbox.Store.
func (s Outbox) SpendToken(ctx context.Context, partnerID id.UUID, t verification.Type, token string, digest verification.Digest, at time.Time) error {
	return s.write(ctx, func(ctx context.Context, q db.Querier) error {
		return spendToken(ctx, q, partnerID, t, token, digest, at)
	})
}

// AddSecret implements outbox.Store.
func (s Outbox) AddSecret(ctx context.Context, key outbox.Key, secret outbox.Secret, until time.Time, most int) error {
	return s.holding(ctx, key, func(ctx context.Context, q db.Querier, _ *outbox.Endpoint) error {
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

// secrets reads those that sign now, the one in use first.
func secrets(ctx context.Context, q db.Querier, key outbox.Key, now time.Time) ([]outbox.Secret, error) {
	return db.Collect(ctx, q, func(rows db.Rows) (secret outbox.Secret, err error) {
		var created int64
		var expires *int64
		err = rows.Scan(&secret.ID, &secret.Value, &created, &expires)
		secret.CreatedAt, secret.ExpiresAt = db.Instant(created), db.OptionalInstant(expires)
		return secret, err
	}, `SELECT secret_id, secret, created_at, expires_at FROM endpoint_secrets WHERE partner_id = $1 AND endpoint_id = $2
		AND (expires_at IS NULL OR expires_at > $3) ORDER BY created_at DESC, secret_id DESC`, key.PartnerID, key.EndpointID, db.Micros(now))
}
