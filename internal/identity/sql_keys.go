package identity

import (
	"context"
	"strings"
	"time"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/identity/caller"
)

// CreateKey adds a key. ok is false if there is no such partner. room is false
// if the partner already has limit keys or more that were not revoked. The
// UPDATE changes nothing: it makes concurrent calls for one partner wait for
// each other, so that the limit holds.
func (s Store) CreateKey(ctx context.Context, key APIKey, limit int) (ok, room bool, err error) {
	err = s.db.Write(ctx, func(ctx context.Context, q db.Querier) error {
		ok, room = true, true
		if key.PartnerID != nil {
			affected, err := q.Exec(ctx, `UPDATE partners SET status = status WHERE partner_id = $1`, *key.PartnerID)
			if ok = affected > 0; err != nil || !ok {
				return err
			}
			var keys int64
			if err := q.QueryRow(ctx, `SELECT count(*) FROM api_keys WHERE partner_id = $1 AND revoked_at IS NULL`, *key.PartnerID).Scan(&keys); err != nil {
				return err
			}
			if room = keys < int64(limit); !room {
				return nil
			}
		}
		_, err := q.Exec(ctx, `
			INSERT INTO api_keys (key_id, secret_hash, role, partner_id, scopes, name, created_at, expires_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
			key.ID, key.SecretHash[:], string(key.Role), key.PartnerID, strings.Join(key.Scopes, " "), key.Name,
			db.Micros(key.CreatedAt), db.OptionalMicros(key.ExpiresAt))
		return err
	})
	return ok, room, err
}

//nolint:gosec // names of columns
const apiKeyColumns = `
	SELECT k.key_id, k.secret_hash, k.role, k.partner_id, coalesce(p.status, ''), k.scopes, k.name,
		k.created_at, k.expires_at, k.last_used_at, k.revoked_at
	FROM api_keys k LEFT JOIN partners p ON p.partner_id = k.partner_id `

func apiKey(row db.Row) (key APIKey, err error) {
	var (
		hash                     []byte
		role, scopes             string
		created                  int64
		expires, lastUsed, ended *int64
	)
	err = row.Scan(&key.ID, &hash, &role, &key.PartnerID, &key.PartnerStatus, &scopes, &key.Name, &created, &expires, &lastUsed, &ended)
	if err != nil {
		return APIKey{}, err
	}
	copy(key.SecretHash[:], hash)
	key.Role, key.Scopes = caller.Role(role), strings.Fields(scopes)
	key.CreatedAt, key.ExpiresAt = db.Instant(created), db.OptionalInstant(expires)
	key.LastUsedAt, key.RevokedAt = db.OptionalInstant(lastUsed), db.OptionalInstant(ended)
	return key, nil
}

// FindKey returns a key by its id. Every request with a key calls it. Plan: one
// read by primary key.
func (s Store) FindKey(ctx context.Context, keyID string) (APIKey, bool, error) {
	key, err := apiKey(s.db.QueryRow(ctx, apiKeyColumns+`WHERE k.key_id = $1`, keyID))
	ok, err := db.Found(err)
	return key, ok, err
}

// Keys lists a partner's keys that were not revoked, newest first.
func (s Store) Keys(ctx context.Context, partnerID id.UUID) ([]APIKey, error) {
	return db.Collect(ctx, s.db, func(rows db.Rows) (APIKey, error) { return apiKey(rows) },
		apiKeyColumns+`WHERE k.partner_id = $1 AND k.revoked_at IS NULL ORDER BY k.created_at DESC, k.key_id`, partnerID)
}

// KeysOf lists all keys of a role that were not revoked, newest first. Plan:
// the whole table; only the broker asks for it.
func (s Store) KeysOf(ctx context.Context, role caller.Role) ([]APIKey, error) {
	return db.Collect(ctx, s.db, func(rows db.Rows) (APIKey, error) { return apiKey(rows) },
		apiKeyColumns+`WHERE k.role = $1 AND k.revoked_at IS NULL ORDER BY k.created_at DESC, k.key_id`, string(role))
}

// TouchKey stores when a key was last used.
func (s Store) TouchKey(ctx context.Context, keyID string, at time.Time) error {
	return s.db.Write(ctx, func(ctx context.Context, q db.Querier) error {
		_, err := q.Exec(ctx, `UPDATE api_keys SET last_used_at = $2 WHERE key_id = $1`, keyID, db.Micros(at))
		return err
	})
}

// RevokeKey revokes a key. If it was revoked before, the first time is kept.
func (s Store) RevokeKey(ctx context.Context, keyID string, at time.Time) (ok bool, err error) {
	err = s.db.Write(ctx, func(ctx context.Context, q db.Querier) error {
		affected, err := q.Exec(ctx, `UPDATE api_keys SET revoked_at = coalesce(revoked_at, $2) WHERE key_id = $1`, keyID, db.Micros(at))
		ok = affected > 0
		return err
	})
	return ok, err
}
