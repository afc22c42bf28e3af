package identity

import (
	"context"
	"time"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
)

// expiredSessions is the maximum number of expired sessions that are removed when a
// session is added. It is greater than one, so that the table shrinks, and small, so
// that no login has to wait.
const expiredSessions = 100

// CreateSession adds a session, unless the account no longer has this version of the
// password. It removes some of the partner's expired sessions and revokes the oldest
// ones beyond MaxSessions. The UPDATE changes nothing, but locks the row, so that
// CreateSession and a change of the password wait for each other.
func (s Store) CreateSession(ctx context.Context, session Session, version int64) (created bool, err error) {
	err = s.db.Write(ctx, func(ctx context.Context, q db.Querier) error {
		affected, err := q.Exec(ctx, `UPDATE credentials SET version = version WHERE partner_id = $1 AND version = $2`,
			session.PartnerID, version)
		if created = affected > 0; err != nil || !created {
			return err
		}
		return insertSession(ctx, q, session, session.ID, session.IssuedAt)
	})
	return created, err
}

// RenewSession adds a session to the family of another session. created is false
// if the other session was revoked or removed, or if the family's login was at
// cutoff or earlier. The UPDATE locks the row, so that no revocation runs at the
// same time.
func (s Store) RenewSession(ctx context.Context, renewed id.UUID, session Session, cutoff time.Time) (created bool, err error) {
	err = s.db.Write(ctx, func(ctx context.Context, q db.Querier) error {
		type log struct {
			Family id.UUID   `db:"family"`
			Began  time.Time `db:"began"`
		}
		in, found, err := db.One[log](ctx, q, `UPDATE sessions SET revoked_at = NULL
			WHERE partner_id = $1 AND session_id = $2 AND revoked_at IS NULL AND coalesce(began_at, issued_at) > $3
			RETURNING coalesce(family_id, session_id) AS family, coalesce(began_at, issued_at) AS began`,
			session.PartnerID, renewed, db.Micros(cutoff))
		if created = found; err != nil || !created {
			return err
		}
		return insertSession(ctx, q, session, in.Family, in.Began)
	})
	return created, err
}

type sessionRow struct {
	Session

	Family id.UUID   `db:"family_id"`
	Began  time.Time `db:"began_at"`
}

var (
	sessions    = db.NewTable[sessionRow]("sessions")
	signingKeys = db.NewTable[SigningKey]("signing_keys")
)

// insertSession adds a session to a family. It removes some of the partner's
// expired sessions and revokes the oldest ones beyond MaxSessions. To find the
// oldest, it reads about MaxSessions rows of the index sessions_expiry.
func insertSession(ctx context.Context, q db.Querier, session Session, family id.UUID, began time.Time) error {
	_, err := q.Exec(ctx, `
		DELETE FROM sessions WHERE partner_id = $1 AND session_id IN (
			SELECT session_id FROM sessions WHERE partner_id = $1 AND expires_at <= $2 ORDER BY expires_at, session_id LIMIT $3)`,
		session.PartnerID, db.Micros(session.IssuedAt), int64(expiredSessions))
	if err != nil {
		return err
	}
	if err := sessions.Insert(ctx, q, sessionRow{session, family, began}); err != nil {
		return err
	}
	_, err = q.Exec(ctx, `
		UPDATE sessions SET revoked_at = $2 WHERE partner_id = $1 AND session_id IN (
			SELECT session_id FROM sessions WHERE partner_id = $1 AND revoked_at IS NULL AND expires_at > $2
			ORDER BY expires_at DESC, session_id DESC LIMIT $3 OFFSET $4)`,
		session.PartnerID, db.Micros(session.IssuedAt), int64(expiredSessions), int64(MaxSessions))
	return err
}

// inFamily selects the sessions of partner $1 that were renewed from the same
// login as session $2, including that session.
const inFamily = ` partner_id = $1 AND coalesce(family_id, session_id) =
	(SELECT coalesce(f.family_id, f.session_id) FROM sessions f WHERE f.partner_id = $1 AND f.session_id = $2)`

// FindSession returns the state of a session. Every request with a token calls
// FindSession. It finds the rows by primary key.
func (s Store) FindSession(ctx context.Context, partnerID, sessionID id.UUID) (state SessionState, ok bool, err error) {
	ok, err = db.Found(s.db.QueryRow(ctx, `
		SELECT s.revoked_at IS NOT NULL, p.status
		FROM sessions s JOIN partners p ON p.partner_id = s.partner_id
		WHERE s.partner_id = $1 AND s.session_id = $2`, partnerID, sessionID).Scan(&state.Revoked, &state.PartnerStatus))
	return state, ok, err
}

// RevokeSession revokes a session and its family, which is every session that
// was renewed from the same login. If a session is already revoked, its time
// of revocation does not change.
func (s Store) RevokeSession(ctx context.Context, partnerID, sessionID id.UUID, at time.Time) error {
	return s.db.Write(ctx, func(ctx context.Context, q db.Querier) error {
		_, err := q.Exec(ctx, `
			UPDATE sessions SET revoked_at = coalesce(revoked_at, $3) WHERE`+inFamily,
			partnerID, sessionID, db.Micros(at))
		return err
	})
}

// CurrentSigningKey returns the signing key with the highest generation.
func (s Store) CurrentSigningKey(ctx context.Context) (SigningKey, bool, error) {
	return db.One[SigningKey](ctx, s.db, `SELECT `+signingKeys.Of("")+` FROM signing_keys ORDER BY generation DESC LIMIT 1`)
}

// SigningKeys lists all signing keys, newest first. There are only two or
// three, because AddSigningKey removes old ones.
func (s Store) SigningKeys(ctx context.Context) ([]SigningKey, error) {
	return db.All[SigningKey](ctx, s.db, `SELECT `+signingKeys.Of("")+` FROM signing_keys ORDER BY generation DESC`)
}

// AddSigningKey adds a signing key, unless another process has already added one
// with the same generation. It then retires the older keys, and removes those
// that were retired before cutoff.
func (s Store) AddSigningKey(ctx context.Context, key SigningKey, cutoff time.Time) error {
	return s.db.Write(ctx, func(ctx context.Context, q db.Querier) error {
		added, err := q.Exec(ctx, `
			INSERT INTO signing_keys (key_id, generation, private_pem, created_at) VALUES ($1, $2, $3, $4)
			ON CONFLICT (generation) DO NOTHING`, key.ID, key.Generation, key.PrivatePEM, db.Micros(key.CreatedAt))
		if err != nil || added == 0 {
			return err
		}
		if _, err := q.Exec(ctx, `UPDATE signing_keys SET retired_at = $2 WHERE generation < $1 AND retired_at IS NULL`,
			key.Generation, db.Micros(key.CreatedAt)); err != nil {
			return err
		}
		_, err = q.Exec(ctx, `DELETE FROM signing_keys WHERE generation < $1 AND retired_at < $2`, key.Generation, db.Micros(cutoff))
		return err
	})
}
