package identity

import (
	"context"
	"time"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/verification"
)

// Security returns a partner's security settings.
func (s Store) Security(ctx context.Context, partnerID id.UUID) (Security, bool, error) {
	return securityOf(ctx, s.db, partnerID)
}

// HoldSecurity reads and locks a partner's security settings. Until the
// transaction of ctx ends, no other transaction can change them or start a
// verification.
func (s Store) HoldSecurity(ctx context.Context, partnerID id.UUID) (settings Security, ok bool, err error) {
	err = s.db.Write(ctx, func(ctx context.Context, q db.Querier) error {
		if err := verification.HoldSecurity(ctx, q, partnerID); err != nil {
			return err
		}
		settings, ok, err = securityOf(ctx, q, partnerID)
		return err
	})
	return settings, ok, err
}

func securityOf(ctx context.Context, q db.Querier, partnerID id.UUID) (settings Security, ok bool, err error) {
	var kind string
	var changed, confirmed *int64
	ok, err = db.Found(q.QueryRow(ctx, `
		SELECT p.partner_id, p.email, coalesce(s.security_type, 'standard'), s.changed_at, t.confirmed_at,
			(SELECT count(*) FROM recovery_codes r WHERE r.partner_id = p.partner_id AND r.used_at IS NULL)
		FROM partners p
		LEFT JOIN partner_security s ON s.partner_id = p.partner_id
		LEFT JOIN totp_secrets t ON t.partner_id = p.partner_id
		WHERE p.partner_id = $1`, partnerID).
		Scan(&settings.PartnerID, &settings.Email, &kind, &changed, &confirmed, &settings.Recovery))
	if !ok {
		return Security{}, false, err
	}
	if changed != nil && *changed == 0 {
		changed = nil
	}
	settings.Type = SecurityType(kind)
	settings.ChangedAt, settings.ConfirmedAt = db.OptionalInstant(changed), db.OptionalInstant(confirmed)
	return settings, true, nil
}

// verificationsLive is longer than the life of a code plus the life of its
// token. Verifications older than this have expired, so SetSecurity ignores them.
const verificationsLive = verification.CodeLife + verification.TokenLife + time.Hour

// SetSecurity changes the partner's security type. The caller must have locked the
// settings with HoldSecurity. SetSecurity makes the partner's codes and tokens invalid,
// because they were sent through the old channel.
func (s Store) SetSecurity(ctx context.Context, partnerID id.UUID, t SecurityType, at time.Time) error {
	return s.db.Write(ctx, func(ctx context.Context, q db.Querier) error {
		_, err := q.Exec(ctx, `UPDATE partner_security SET security_type = $2, changed_at = $3 WHERE partner_id = $1`, partnerID, string(t), db.Micros(at))
		if err != nil {
			return err
		}
		_, err = q.Exec(ctx, `
			UPDATE verifications SET
				expires_at = CASE WHEN expires_at > $2 THEN $2 ELSE expires_at END,
				token_expires_at = CASE WHEN token_expires_at > $2 THEN $2 ELSE token_expires_at END
			WHERE partner_id = $1 AND created_at > $3 AND used_at IS NULL`,
			partnerID, db.Micros(at), db.Micros(at.Add(-verificationsLive)))
		return err
	})
}

// EndOtherSessions revokes every session of the partner except one. It also
// increases the account's version, so that a login which read the account earlier
// fails.
func (s Store) EndOtherSessions(ctx context.Context, partnerID, but id.UUID, at time.Time) error {
	return s.db.Write(ctx, func(ctx context.Context, q db.Querier) error {
		if _, err := q.Exec(ctx, `UPDATE credentials SET version = version + 1 WHERE partner_id = $1`, partnerID); err != nil {
			return err
		}
		_, err := q.Exec(ctx, `UPDATE sessions SET revoked_at = $3 WHERE partner_id = $1 AND session_id <> $2 AND revoked_at IS NULL`,
			partnerID, but, db.Micros(at))
		return err
	})
}

// AccountOf returns the account of a partner.
func (s Store) AccountOf(ctx context.Context, partnerID id.UUID) (Account, bool, error) {
	return signInAccount(s.db.QueryRow(ctx, signInColumns+` FROM partners p `+signInJoins+` WHERE p.partner_id = $1`, partnerID))
}

// SpendToken uses up a verification token. It returns PermissionDenied if the
// token is for something else or is no longer valid.
func (s Store) SpendToken(ctx context.Context, partnerID id.UUID, t verification.Type, token string, digest verification.Digest, at time.Time) error {
	return s.db.Write(ctx, func(ctx context.Context, q db.Querier) error {
		return verification.SpendToken(ctx, q, partnerID, t, token, digest, at)
	})
}

// TOTP returns the secret of a partner's authenticator app, even if the partner
// has not confirmed the app yet.
func (s Store) TOTP(ctx context.Context, partnerID id.UUID) (secret TOTPSecret, ok bool, err error) {
	var created int64
	var confirmed *int64
	ok, err = db.Found(s.db.QueryRow(ctx, `SELECT secret, created_at, confirmed_at, last_step FROM totp_secrets WHERE partner_id = $1`, partnerID).
		Scan(&secret.Secret, &created, &confirmed, &secret.LastStep))
	if !ok {
		return TOTPSecret{}, false, err
	}
	secret.CreatedAt, secret.ConfirmedAt = db.Instant(created), db.OptionalInstant(confirmed)
	return secret, true, nil
}

// StartTOTP stores a secret that is not in use yet. It replaces an earlier
// unconfirmed secret. started is false if a secret is in use.
func (s Store) StartTOTP(ctx context.Context, partnerID id.UUID, secret string, at time.Time) (started bool, err error) {
	started, err = s.changeOne(ctx, `
		INSERT INTO totp_secrets (partner_id, secret, created_at, last_step) VALUES ($1, $2, $3, 0)
		ON CONFLICT (partner_id) DO UPDATE SET secret = excluded.secret, created_at = excluded.created_at, last_step = 0
		WHERE totp_secrets.confirmed_at IS NULL`, partnerID, secret, db.Micros(at))
	return started, err
}

// ConfirmTOTP puts a secret into use and stores the time step of its first code
// and new recovery codes. ok is false if the secret is already in use or was
// replaced.
func (s Store) ConfirmTOTP(ctx context.Context, partnerID id.UUID, secret string, step int64, recovery []RecoveryHash, at time.Time) (ok bool, err error) {
	err = s.db.Write(ctx, func(ctx context.Context, q db.Querier) error {
		changed, err := q.Exec(ctx, `
			UPDATE totp_secrets SET confirmed_at = $3, last_step = $4 WHERE partner_id = $1 AND secret = $2 AND confirmed_at IS NULL`,
			partnerID, secret, db.Micros(at), step)
		if ok = changed == 1; err != nil || !ok {
			return err
		}
		if _, err := q.Exec(ctx, `DELETE FROM recovery_codes WHERE partner_id = $1`, partnerID); err != nil {
			return err
		}
		for _, hash := range recovery {
			if _, err := q.Exec(ctx, `INSERT INTO recovery_codes (partner_id, code_hash, created_at) VALUES ($1, $2, $3)`, partnerID, hash[:], db.Micros(at)); err != nil {
				return err
			}
		}
		return nil
	})
	return ok, err
}

// UseStep stores the time step of a code, so that the code cannot be used again.
// used is false if a code of this step or of a later step was already used. If
// several calls use one step at the same time, only one returns true.
func (s Store) UseStep(ctx context.Context, partnerID id.UUID, secret string, step int64) (used bool, err error) {
	return s.changeOne(ctx, `
		UPDATE totp_secrets SET last_step = $3 WHERE partner_id = $1 AND secret = $2 AND confirmed_at IS NOT NULL AND last_step < $3`,
		partnerID, secret, step)
}

// UseRecoveryCode uses up a recovery code and returns how many are left. used
// is false if there is no such code or if it was used before.
func (s Store) UseRecoveryCode(ctx context.Context, partnerID id.UUID, code RecoveryHash, at time.Time) (used bool, left int, err error) {
	err = s.db.Write(ctx, func(ctx context.Context, q db.Querier) error {
		changed, err := q.Exec(ctx, `UPDATE recovery_codes SET used_at = $3 WHERE partner_id = $1 AND code_hash = $2 AND used_at IS NULL`,
			partnerID, code[:], db.Micros(at))
		if used = changed == 1; err != nil || !used {
			return err
		}
		return q.QueryRow(ctx, `SELECT count(*) FROM recovery_codes WHERE partner_id = $1 AND used_at IS NULL`, partnerID).Scan(&left)
	})
	return used, left, err
}

// DeleteTOTP removes a partner's secret and all recovery codes.
func (s Store) DeleteTOTP(ctx context.Context, partnerID id.UUID) error {
	return s.db.Write(ctx, func(ctx context.Context, q db.Querier) error {
		if _, err := q.Exec(ctx, `DELETE FROM totp_secrets WHERE partner_id = $1`, partnerID); err != nil {
			return err
		}
		_, err := q.Exec(ctx, `DELETE FROM recovery_codes WHERE partner_id = $1`, partnerID)
		return err
	})
}

func (s Store) changeOne(ctx context.Context, statement string, args ...any) (changed bool, err error) {
	err = s.db.Write(ctx, func(ctx context.Context, q db.Querier) error {
		affected, err := q.Exec(ctx, statement, args...)
		changed = affected == 1
		return err
	})
	return changed, err
}
