package identity

import (
	"context"
	"crypto/sha256"
	"time"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
)

// RegistrationStore stores registrations and password resets under the hashes
// of their tokens.
type RegistrationStore struct{ db db.DB }

// NewRegistrationStore returns the RegistrationStore of db. db must be the
// result of db.Joining.
func NewRegistrationStore(db db.DB) RegistrationStore { return RegistrationStore{db} }

// Atomically runs fn in one transaction. It locks the whole store, so that two
// calls never run at the same time, even in different processes. All statements
// that fn runs with its context, through any store on the same database, take
// effect together or not at all.
func (s RegistrationStore) Atomically(ctx context.Context, fn func(context.Context) error) error {
	return s.db.Lock(ctx, db.WholeStore(), func(ctx context.Context, _ db.Querier) error { return fn(ctx) })
}

// AddRegistration stores a registration and removes all others with its e-mail.
// Older versions used the column password_hash, which now stays empty.
func (s RegistrationStore) AddRegistration(ctx context.Context, token [sha256.Size]byte, p *PendingRegistration) error {
	return s.db.Write(ctx, func(ctx context.Context, q db.Querier) error {
		if _, err := q.Exec(ctx, `DELETE FROM registrations WHERE email = $1`, p.Email); err != nil {
			return err
		}
		_, err := q.Exec(ctx, `INSERT INTO registrations (token_hash, email, password_hash, country, programme, created_at, expires_at)
			VALUES ($1, $2, '', $3, $4, $5, $6)`,
			token[:], p.Email, p.Country, p.Programme, db.Micros(p.CreatedAt), db.Micros(p.ExpiresAt))
		return err
	})
}

// FindRegistration returns the registration of a token, unless it has expired.
func (s RegistrationStore) FindRegistration(ctx context.Context, token [sha256.Size]byte, now time.Time) (p PendingRegistration, found bool, err error) {
	var created, expires int64
	found, err = db.Found(s.db.QueryRow(ctx, `SELECT email, country, programme, created_at, expires_at FROM registrations
		WHERE token_hash = $1 AND expires_at > $2`, token[:], db.Micros(now)).
		Scan(&p.Email, &p.Country, &p.Programme, &created, &expires))
	p.CreatedAt, p.ExpiresAt = db.Instant(created), db.Instant(expires)
	return p, found, err
}

// RemoveRegistrations removes all registrations with this e-mail.
func (s RegistrationStore) RemoveRegistrations(ctx context.Context, email string) error {
	return s.db.Write(ctx, func(ctx context.Context, q db.Querier) error {
		_, err := q.Exec(ctx, `DELETE FROM registrations WHERE email = $1`, email)
		return err
	})
}

// PurgeRegistrations removes expired registrations, up to the given limit. The
// query uses the index registrations_expiry.
func (s RegistrationStore) PurgeRegistrations(ctx context.Context, now time.Time, limit int) (removed int64, err error) {
	return s.purge(ctx, `DELETE FROM registrations WHERE token_hash IN (
		SELECT token_hash FROM registrations WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)`, now, limit)
}

// AddReset stores a password reset that a partner requested.
func (s RegistrationStore) AddReset(ctx context.Context, token [sha256.Size]byte, partnerID id.UUID, at, expires time.Time) error {
	return s.db.Write(ctx, func(ctx context.Context, q db.Querier) error {
		_, err := q.Exec(ctx, `INSERT INTO password_resets (token_hash, partner_id, created_at, expires_at) VALUES ($1, $2, $3, $4)`,
			token[:], partnerID, db.Micros(at), db.Micros(expires))
		return err
	})
}

// FindReset reports whether the token belongs to a reset that was not used and has not
// expired. The partner of the reset must still exist.
func (s RegistrationStore) FindReset(ctx context.Context, token [sha256.Size]byte, now time.Time) (found bool, err error) {
	var one int
	return db.Found(s.db.QueryRow(ctx, `SELECT 1 FROM password_resets r JOIN partners p ON p.partner_id = r.partner_id
		WHERE r.token_hash = $1 AND r.used_at IS NULL AND r.expires_at > $2`, token[:], db.Micros(now)).Scan(&one))
}

// UseReset uses up a reset that was not used and has not expired. It also uses up all
// other resets of the same partner.
func (s RegistrationStore) UseReset(
	ctx context.Context, token [sha256.Size]byte, now time.Time,
) (partnerID id.UUID, email string, found bool, err error) {
	err = s.db.Write(ctx, func(ctx context.Context, q db.Querier) error {
		found, err = db.Found(q.QueryRow(ctx, `UPDATE password_resets SET used_at = $2
			WHERE token_hash = $1 AND used_at IS NULL AND expires_at > $3 RETURNING partner_id`,
			token[:], db.Micros(now), db.Micros(now)).Scan(&partnerID))
		if err != nil || !found {
			return err
		}
		found, err = db.Found(q.QueryRow(ctx, `SELECT email FROM partners WHERE partner_id = $1`, partnerID).Scan(&email))
		if err != nil || !found {
			return err
		}
		_, err = q.Exec(ctx, `UPDATE password_resets SET used_at = $2 WHERE partner_id = $1 AND used_at IS NULL`, partnerID, db.Micros(now))
		return err
	})
	return partnerID, email, found, err
}

// PurgeResets removes expired resets, up to the given limit. The query uses the
// index password_resets_expiry.
func (s RegistrationStore) PurgeResets(ctx context.Context, now time.Time, limit int) (removed int64, err error) {
	return s.purge(ctx, `DELETE FROM password_resets WHERE token_hash IN (
		SELECT token_hash FROM password_resets WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)`, now, limit)
}

func (s RegistrationStore) purge(ctx context.Context, statement string, now time.Time, limit int) (removed int64, err error) {
	err = s.db.Write(ctx, func(ctx context.Context, q db.Querier) error {
		removed, err = q.Exec(ctx, statement, db.Micros(now), int64(limit))
		return err
	})
	return removed, err
}
