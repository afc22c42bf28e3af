package verification

import (
	"context"
	"time"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
)

// Store stores operations. Each method runs in its own transaction, or in the
// one that Atomically began.
type Store struct{ db db.DB }

// NewStore returns a Store in db, which must come from db.Joining.
func NewStore(db db.DB) Store { return Store{db} }

// Atomically runs fn in one transaction. It may call fn several times, but only
// the statements of the last call take effect.
func (s Store) Atomically(ctx context.Context, fn func(context.Context) error) error {
	return db.Atomically(ctx, s.db, fn)
}

// Hold locks the partner. Until the transaction of ctx ends, no other
// transaction can start an operation of the partner or change the partner's
// channel.
func (s Store) Hold(ctx context.Context, partnerID id.UUID) error {
	return s.db.Write(ctx, func(ctx context.Context, q db.Querier) error { return HoldSecurity(ctx, q, partnerID) })
}

// Latest returns the time at which the partner's nth newest operation of a pool
// was started. ok is false if the pool has fewer operations. The query reads
// the index verifications_created backwards until it has found n operations of
// the pool. The index covers at most one month.
func (s Store) Latest(ctx context.Context, partnerID id.UUID, pool Pool, n int) (at time.Time, ok bool, err error) {
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

// Add stores a new operation.
func (s Store) Add(ctx context.Context, op Operation) error {
	return s.db.Write(ctx, func(ctx context.Context, q db.Querier) error { return operations.Insert(ctx, q, op) })
}

var operations = db.NewTable[Operation]("verifications")

// Try counts one more try of an operation. counted is false if the operation
// has expired, was completed, or already has MaxTries tries. credential is the
// id of the API key that makes the request, or empty if the partner is signed
// in. A key can try only operations that it started itself, and a signed-in
// partner can try all of their operations. Concurrent tries are all counted.
func (s Store) Try(
	ctx context.Context, partnerID, operationID id.UUID, credential string, now time.Time,
) (op Operation, ok, counted bool, err error) {
	err = s.db.Write(ctx, func(ctx context.Context, q db.Querier) error {
		op, counted, err = db.One[Operation](ctx, q, `
			UPDATE verifications SET tries = tries + 1
			WHERE partner_id = $1 AND verification_id = $2 AND completed_at IS NULL AND expires_at > $3 AND tries < $4
				AND credential IN ($5, CASE WHEN CAST($5 AS text) = '' THEN credential ELSE $5 END)
			RETURNING `+operations.Of(""), partnerID, operationID, db.Micros(now), int64(MaxTries), credential)
		if ok = counted; err != nil || ok {
			return err
		}
		op, ok, err = db.One[Operation](ctx, q, `SELECT `+operations.Of("")+` FROM verifications
			WHERE partner_id = $1 AND verification_id = $2 AND credential IN ($3, CASE WHEN CAST($3 AS text) = '' THEN credential ELSE $3 END)`,
			partnerID, operationID, credential)
		return err
	})
	return op, ok, counted, err
}

// Complete stores the hash of the token for which an operation's code was
// exchanged. It returns false if the operation already has a token or has
// expired.
func (s Store) Complete(ctx context.Context, partnerID, operationID id.UUID, tokenHash [32]byte, at, until time.Time) (done bool, err error) {
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

// Purge removes the operations that were started before a given time. The query
// reads the whole table, which covers at most one month.
func (s Store) Purge(ctx context.Context, before time.Time) error {
	return s.db.Write(ctx, func(ctx context.Context, q db.Querier) error {
		_, err := q.Exec(ctx, `DELETE FROM verifications WHERE created_at < $1`, db.Micros(before))
		return err
	})
}

// HoldSecurity locks the partner's security settings until the transaction
// ends. If the partner has no row in partner_security, it adds one, so that
// there is a row to lock. A partner without a row, or with a row that was never
// changed (changed_at is 0), is a standard partner.
func HoldSecurity(ctx context.Context, q db.Querier, partnerID id.UUID) error {
	_, err := q.Exec(ctx, `
		INSERT INTO partner_security (partner_id, security_type, changed_at)
		SELECT partner_id, 'standard', 0 FROM partners WHERE partner_id = $1
		ON CONFLICT (partner_id) DO UPDATE SET changed_at = partner_security.changed_at`, partnerID)
	return err
}
