package sqldb

import (
	"context"
	"time"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/identity"
)

// Identity implements identity.Store.
type Identity struct{ db db.DB }

var _ identity.Store = Identity{}

// NewIdentity returns identity's part of a store.
func NewIdentity(db db.DB) Identity { return Identity{db} }

// Atomically implements identity.Store.
func (s Identity) Atomically(ctx context.Context, fn func(context.Context) error) error {
	return db.Atomically(ctx, s.db, fn)
}

// FindAccount implements identity.Store.
func (s Identity) FindAccount(ctx context.Context, email string) (identity.Account, bool, error) {
	return signInAccount(s.db.QueryRow(ctx, signInColumns+`
		FROM sign_in_emails e JOIN partners p ON p.partner_id = e.partner_id `+signInJoins+`
		WHERE e.email = $1`, email))
}

const (
	signInColumns = `SELECT p.partner_id, p.status, coalesce(c.password_hash, ''), coalesce(c.version, 0), coalesce(s.security_type, 'standard')`
	signInJoins   = `LEFT JOIN credentials c ON c.partner_id = p.partner_id LEFT JOIN partner_security s ON s.partner_id = p.partner_id`
)

func signInAccount(row db.Row) (a identity.Account, ok bool, err error) {
	var kind string
	ok, err = db.Found(row.Scan(&a.PartnerID, &a.Status, &a.PasswordHash, &a.PasswordVersion, &kind))
	if !ok {
		return identity.Account{}, false, err
	}
	a.Security = identity.SecurityType(kind)
	return a, true, nil
}

// SetPassword implements identity.Store.
func (s Identity) SetPassword(ctx context.Context, partnerID id.UUID, hash string, legacyCost int, at time.Time) (ok bool, err error) {
	err = s.db.Write(ctx, func(ctx context.Context, q db.Querier) error {
		affected, err := q.Exec(ctx, `
			INSERT INTO credentials (partner_id, password_hash, version, legacy_cost, changed_at)
			SELECT partner_id, CAST($2 AS text), 1, CAST($3 AS bigint), CAST($4 AS bigint) FROM partners WHERE partner_id = $1
			ON CONFLICT (partner_id) DO UPDATE SET password_hash = excluded.password_hash,
				version = credentials.version + 1, legacy_cost = excluded.legacy_cost, changed_at = excluded.changed_at`,
			partnerID, hash, int64(legacyCost), db.Micros(at))
		if ok = affected > 0; err != nil || !ok {
			return err
		}
		for _, statement := range []string{
			`UPDATE sessions SET revoked_at = $2 WHERE partner_id = $1 AND revoked_at IS NULL`,
			`UPDATE api_keys SET revoked_at = $2 WHERE partner_id = $1 AND revoked_at IS NULL`,
		} {
			if _, err := q.Exec(ctx, statement, partnerID, db.Micros(at)); err != nil {
				return err
			}
		}
		return nil
	})
	return ok, err
}

// Rehash implements identity.Store.
func (s Identity) Rehash(ctx context.Context, partnerID id.UUID, version int64, hash string) error {
	return s.db.Write(ctx, func(ctx context.Context, q db.Querier) error {
		_, err := q.Exec(ctx, `UPDATE credentials SET password_hash = $3, legacy_cost = 0 WHERE partner_id = $1 AND version = $2`,
			partnerID, version, hash)
		return err
	})
}

// LegacyCost implements identity.Store.
func (s Identity) LegacyCost(ctx context.Context) (int, error) {
	var cost int
	err := s.db.QueryRow(ctx, `SELECT coalesce(max(legacy_cost), 0) FROM credentials WHERE legacy_cost > 0`).Scan(&cost)
	return cost, err
}

// LoginFailures implements identity.Store.
func (s Identity) LoginFailures(ctx context.Context, key identity.ThrottleKey) (identity.Failures, error) {
	return failures(s.db.QueryRow(ctx, `SELECT failures, until_at, forget_at FROM login_failures WHERE throttle_key = $1`, key[:]))
}

func failures(row db.Row) (f identity.Failures, err error) {
	var until, forget int64
	ok, err := db.Found(row.Scan(&f.Count, &until, &forget))
	if !ok || f.Count == 0 {
		return identity.Failures{}, err
	}
	f.Until, f.ForgetAt = db.Instant(until), db.Instant(forget)
	return f, nil
}

// UpdateLoginFailures implements identity.Store. The INSERT that changes
// nothing locks the row, or makes one to lock.
func (s Identity) UpdateLoginFailures(ctx context.Context, key identity.ThrottleKey, change func(identity.Failures) identity.Failures) error {
	return s.db.Write(ctx, func(ctx context.Context, q db.Querier) error {
		f, err := failures(q.QueryRow(ctx, `
			INSERT INTO login_failures (throttle_key, failures, until_at, forget_at) VALUES ($1, 0, 0, 0)
			ON CONFLICT (throttle_key) DO UPDATE SET failures = login_failures.failures
			RETURNING failures, until_at, forget_at`, key[:]))
		if err != nil {
			return err
		}
		if f = change(f); f.Count == 0 {
			_, err = q.Exec(ctx, `DELETE FROM login_failures WHERE throttle_key = $1`, key[:])
			return err
		}
		_, err = q.Exec(ctx, `UPDATE login_failures SET failures = $2, until_at = $3, forget_at = $4 WHERE throttle_key = $1`,
			key[:], int64(f.Count), db.Micros(f.Until), db.Micros(f.ForgetAt))
		return err
	})
}

// PurgeLoginFailures implements identity.Store. It looks before it writes:
// most of the time there is nothing to remove.
func (s Identity) PurgeLoginFailures(ctx context.Context, now time.Time, limit int) error {
	const old = `SELECT throttle_key FROM login_failures WHERE forget_at <= $1 ORDER BY forget_at, throttle_key LIMIT $2`
	var one []byte
	if some, err := db.Found(s.db.QueryRow(ctx, old, db.Micros(now), int64(1)).Scan(&one)); err != nil || !some {
		return err
	}
	return s.db.Write(ctx, func(ctx context.Context, q db.Querier) error {
		_, err := q.Exec(ctx, `DELETE FROM login_failures WHERE throttle_key IN (`+old+`) AND forget_at <= $1`, db.Micros(now), int64(limit))
		return err
	})
}
