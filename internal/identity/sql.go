package identity

import (
	"context"
	"time"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
)

// Store stores the data of this package. Its Find methods return found = false
// and no error if they find nothing. Every method is atomic.
type Store struct{ db db.DB }

// NewStore returns the Store of a database.
func NewStore(db db.DB) Store { return Store{db} }

// Atomically runs fn in one transaction. All statements that fn runs with its
// context, through this store or any other on the same database, take effect
// together or not at all. Atomically may call fn several times, but only the
// statements of the last call take effect.
func (s Store) Atomically(ctx context.Context, fn func(context.Context) error) error {
	return db.Atomically(ctx, s.db, fn)
}

// FindAccount finds the partner who signs in with a normalised e-mail.
func (s Store) FindAccount(ctx context.Context, email string) (Account, bool, error) {
	return signInAccount(s.db.QueryRow(ctx, signInColumns+`
		FROM sign_in_emails e JOIN partners p ON p.partner_id = e.partner_id `+signInJoins+`
		WHERE e.email = $1`, email))
}

const (
	signInColumns = `SELECT p.partner_id, p.status, coalesce(c.password_hash, ''), coalesce(c.version, 0), coalesce(s.security_type, 'standard')`
	signInJoins   = `LEFT JOIN credentials c ON c.partner_id = p.partner_id LEFT JOIN partner_security s ON s.partner_id = p.partner_id`
)

func signInAccount(row db.Row) (a Account, ok bool, err error) {
	var kind string
	ok, err = db.Found(row.Scan(&a.PartnerID, &a.Status, &a.PasswordHash, &a.PasswordVersion, &kind))
	if !ok {
		return Account{}, false, err
	}
	a.Security = SecurityType(kind)
	return a, true, nil
}

// SetPassword stores a new hash with the next version. It revokes every key and
// session of the partner. ok is false if there is no such partner.
func (s Store) SetPassword(ctx context.Context, partnerID id.UUID, hash string, legacyCost int, at time.Time) (ok bool, err error) {
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

// Rehash replaces a hash with another hash of the same password. It does nothing
// if the account no longer has this version of the password.
func (s Store) Rehash(ctx context.Context, partnerID id.UUID, version int64, hash string) error {
	return s.db.Write(ctx, func(ctx context.Context, q db.Querier) error {
		_, err := q.Exec(ctx, `UPDATE credentials SET password_hash = $3, legacy_cost = 0 WHERE partner_id = $1 AND version = $2`,
			partnerID, version, hash)
		return err
	})
}

// LegacyCost returns the highest number of iterations of any imported hash, or
// 0 if there is none.
func (s Store) LegacyCost(ctx context.Context) (int, error) {
	var cost int
	err := s.db.QueryRow(ctx, `SELECT coalesce(max(legacy_cost), 0) FROM credentials WHERE legacy_cost > 0`).Scan(&cost)
	return cost, err
}

// LoginFailures returns the stored failures of a key, or the zero value if there
// are none.
func (s Store) LoginFailures(ctx context.Context, key ThrottleKey) (Failures, error) {
	return failures(s.db.QueryRow(ctx, `SELECT failures, until_at, forget_at FROM login_failures WHERE throttle_key = $1`, key[:]))
}

func failures(row db.Row) (f Failures, err error) {
	var until, forget int64
	ok, err := db.Found(row.Scan(&f.Count, &until, &forget))
	if !ok || f.Count == 0 {
		return Failures{}, err
	}
	f.Until, f.ForgetAt = db.Instant(until), db.Instant(forget)
	return f, nil
}

// UpdateLoginFailures passes the stored failures to update and stores the result,
// while it holds a lock. If the result is the zero value, it removes the row. It
// may call update several times, but stores only the last result.
//
// The INSERT changes no count. It locks the row, or creates a row that can be
// locked.
func (s Store) UpdateLoginFailures(ctx context.Context, key ThrottleKey, update func(Failures) Failures) error {
	return s.db.Write(ctx, func(ctx context.Context, q db.Querier) error {
		f, err := failures(q.QueryRow(ctx, `
			INSERT INTO login_failures (throttle_key, failures, until_at, forget_at) VALUES ($1, 0, 0, 0)
			ON CONFLICT (throttle_key) DO UPDATE SET failures = login_failures.failures
			RETURNING failures, until_at, forget_at`, key[:]))
		if err != nil {
			return err
		}
		if f = update(f); f.Count == 0 {
			_, err = q.Exec(ctx, `DELETE FROM login_failures WHERE throttle_key = $1`, key[:])
			return err
		}
		_, err = q.Exec(ctx, `UPDATE login_failures SET failures = $2, until_at = $3, forget_at = $4 WHERE throttle_key = $1`,
			key[:], int64(f.Count), db.Micros(f.Until), db.Micros(f.ForgetAt))
		return err
	})
}

// PurgeLoginFailures removes expired counts, up to the given limit. It reads before
// it writes, because usually there is nothing to remove.
func (s Store) PurgeLoginFailures(ctx context.Context, now time.Time, limit int) error {
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
