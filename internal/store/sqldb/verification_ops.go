package sqldb

import (
	"context"
	"time"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/verification"
)

// Verifications implements verification.Store.
type Verifications struct{ db db.DB }

var _ verification.Store = Verifications{}

// NewVerifications returns the verifications' part of a store, which has to be
// a Joining one.
func NewVerifications(db db.DB) Verifications { return Verifications{db} }

// Atomically implements verification.Store.
func (s Verifications) Atomically(ctx context.Context, fn func(context.Context) error) error {
	return db.Atomically(ctx, s.db, fn)
}

// Hold implements verification.Store.
func (s Verifications) Hold(ctx context.Context, partnerID id.UUID) error {
	return s.db.Write(ctx, func(ctx context.Context, q db.Querier) error { return holdSecurity(ctx, q, partnerID) })
}

// Latest implements verification.Store. Plan: verifications_created, backwards
// until n of the pool are found; it holds a month at most.
func (s Verifications) Latest(ctx context.Context, partnerID id.UUID, pool verification.Pool, n int) (at time.Time, ok bool, err error) {
	where, args := `credential = $3`, []any{partnerID, int64(n - 1), pool.Credential}
	switch {
	case pool.Keys:
		where = `credential <> $3`
	case pool.Credential == "" && pool.Security:
		where += ` AND operation_type = 'CHANGE_SECURITY'`
	case pool.Credential == "":
		where += ` AND operation_type <> 'CHANGE_SECURITY'`
	}
	var created int64
	ok, err = db.Found(s.db.QueryRow(ctx, `
		SELECT created_at FROM verifications WHERE partner_id = $1 AND `+where+` ORDER BY created_at DESC LIMIT 1 OFFSET $2`, args...).Scan(&created))
	if !ok {
		return time.Time{}, false, err
	}
	return db.Instant(created), true, nil
}

// Add implements verification.Store.
func (s Verifications) Add(ctx context.Context, op verification.Operation) error {
	return s.db.Write(ctx, func(ctx context.Context, q db.Querier) error {
		_, err := q.Exec(ctx, `
			INSERT INTO verifications (partner_id, verification_id, operation_type, digest, summary, channel, code_hash, tries, created_at, expires_at, credential)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
			op.PartnerID, op.ID, string(op.Type), op.Digest[:], op.Summary, string(op.Channel), op.CodeHash, int64(op.Tries),
			db.Micros(op.CreatedAt), db.Micros(op.ExpiresAt), op.Credential)
		return err
	})
}

const verificationColumns = `operation_type, digest, summary, channel, code_hash, tries, created_at, expires_at, completed_at, credential`

// Try implements verification.Store: of many at once, each counts.
func (s Verifications) Try(
	ctx context.Context, partnerID, operationID id.UUID, by string, now time.Time,
) (op verification.Operation, ok, counted bool, err error) {
	op.PartnerID, op.ID = partnerID, operationID
	err = s.db.Write(ctx, func(ctx context.Context, q db.Querier) error {
		counted, err = scanVerification(&op, q.QueryRow(ctx, `
			UPDATE verifications SET tries = tries + 1
			WHERE partner_id = $1 AND verification_id = $2 AND completed_at IS NULL AND expires_at > $3 AND tries < $4
				AND credential IN ($5, CASE WHEN CAST($5 AS text) = '' THEN credential ELSE $5 END)
			RETURNING `+verificationColumns, partnerID, operationID, db.Micros(now), int64(verification.MaxTries), by))
		if ok = counted; err != nil || ok {
			return err
		}
		ok, err = scanVerification(&op, q.QueryRow(ctx, `SELECT `+verificationColumns+` FROM verifications
			WHERE partner_id = $1 AND verification_id = $2 AND credential IN ($3, CASE WHEN CAST($3 AS text) = '' THEN credential ELSE $3 END)`,
			partnerID, operationID, by))
		return err
	})
	return op, ok, counted, err
}

func scanVerification(op *verification.Operation, row db.Row) (bool, error) {
	var kind, channel string
	var digest []byte
	var created, expires int64
	var completed *int64
	ok, err := db.Found(row.Scan(&kind, &digest, &op.Summary, &channel, &op.CodeHash, &op.Tries, &created, &expires, &completed, &op.Credential))
	if !ok {
		return false, err
	}
	copy(op.Digest[:], digest)
	op.Type, op.Channel = verification.Type(kind), verification.Channel(channel)
	op.CreatedAt, op.ExpiresAt, op.CompletedAt = db.Instant(created), db.Instant(expires), db.OptionalInstant(completed)
	return true, nil
}

// Complete implements verification.Store.
func (s Verifications) Complete(ctx context.Context, partnerID, operationID id.UUID, tokenHash [32]byte, at, until time.Time) (done bool, err error) {
	err = s.db.Write(ctx, func(ctx context.Context, q db.Querier) error {
		changed, err := q.Exec(ctx, `
			UPDATE verifications SET completed_at = $4, token_hash = $3, token_expires_at = $5
			WHERE partner_id = $1 AND verification_id = $2 AND completed_at IS NULL AND expires_at > $4`,
			partnerID, operationID, tokenHash[:], db.Micros(at), db.Micros(until))
		done = changed == 1
		return err
	})
	return done, err
}

// Purge implements verification.Store. Plan: the whole table, which holds a
// month, read by a job alone.
func (s Verifications) Purge(ctx context.Context, before time.Time) error {
	return s.db.Write(ctx, func(ctx context.Context, q db.Querier) error {
		_, err := q.Exec(ctx, `DELETE FROM verifications WHERE created_at < $1`, db.Micros(before))
		return err
	})
}
