package identity

import (
	"context"
	"strings"
	"time"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/identity/caller"
)

// CreateKey adds a key. ok is false if there is no such partner. hasRoom is false
// if the partner already has limit keys. Revoked keys do not count.
//
// The UPDATE changes nothing, but makes concurrent calls for one partner wait for
// each other, so that together they cannot exceed the limit.
func (s Store) CreateKey(ctx context.Context, key APIKey, limit int) (ok, hasRoom bool, err error) {
	err = s.db.Write(ctx, func(ctx context.Context, q db.Querier) error {
		ok, hasRoom = true, true
		if key.PartnerID != nil {
			affected, err := q.Exec(ctx, `UPDATE partners SET status = status WHERE partner_id = $1`, *key.PartnerID)
			if ok = affected > 0; err != nil || !ok {
				return err
			}
			var keys int64
			if err := q.QueryRow(ctx, `SELECT count(*) FROM api_keys WHERE partner_id = $1 AND revoked_at IS NULL`, *key.PartnerID).Scan(&keys); err != nil {
				return err
			}
			if hasRoom = keys < int64(limit); !hasRoom {
				return nil
			}
		}
		return apiKeys.Insert(ctx, q, keyRow{APIKey: key, Scopes: strings.Join(key.Scopes, " ")})
	})
	return ok, hasRoom, err
}

type keyRow struct {
	APIKey

	Scopes string `db:"scopes"` // separated by spaces
	Status string `db:"status,null"`
}

func (r keyRow) key() (APIKey, error) {
	r.APIKey.Scopes, r.PartnerStatus = strings.Fields(r.Scopes), r.Status
	return r.APIKey, nil
}

var (
	apiKeys   = db.NewTable[keyRow]("api_keys", "status")
	keySelect = `SELECT ` + apiKeys.Of("k") + `, p.status FROM api_keys k LEFT JOIN partners p ON p.partner_id = k.partner_id `
)

// FindKey returns a key by its id. Every request with a key calls FindKey. It
// reads one row by primary key.
func (s Store) FindKey(ctx context.Context, keyID string) (APIKey, bool, error) {
	row, found, err := db.One[keyRow](ctx, s.db, keySelect+`WHERE k.key_id = $1`, keyID)
	if err != nil || !found {
		return APIKey{}, false, err
	}
	key, err := row.key()
	return key, true, err
}

// Keys lists a partner's keys that are not revoked, newest first.
func (s Store) Keys(ctx context.Context, partnerID id.UUID) ([]APIKey, error) {
	return db.AllAs(ctx, s.db, keyRow.key, keySelect+`WHERE k.partner_id = $1 AND k.revoked_at IS NULL ORDER BY k.created_at DESC, k.key_id`, partnerID)
}

// KeysOf lists all keys of a role that are not revoked, newest first. It reads
// the whole table, which is acceptable because only the broker asks for the
// list.
func (s Store) KeysOf(ctx context.Context, role caller.Role) ([]APIKey, error) {
	return db.AllAs(ctx, s.db, keyRow.key, keySelect+`WHERE k.role = $1 AND k.revoked_at IS NULL ORDER BY k.created_at DESC, k.key_id`, string(role))
}

// TouchKey stores the time at which a key was last used.
func (s Store) TouchKey(ctx context.Context, keyID string, at time.Time) error {
	return s.db.Write(ctx, func(ctx context.Context, q db.Querier) error {
		_, err := q.Exec(ctx, `UPDATE api_keys SET last_used_at = $2 WHERE key_id = $1`, keyID, db.Micros(at))
		return err
	})
}

// RevokeKey revokes a key. If the key is already revoked, its time of
// revocation does not change. ok is false if there is no such key.
func (s Store) RevokeKey(ctx context.Context, keyID string, at time.Time) (ok bool, err error) {
	err = s.db.Write(ctx, func(ctx context.Context, q db.Querier) error {
		affected, err := q.Exec(ctx, `UPDATE api_keys SET revoked_at = coalesce(revoked_at, $2) WHERE key_id = $1`, keyID, db.Micros(at))
		ok = affected > 0
		return err
	})
	return ok, err
}
