package verification

import (
	"context"
	"time"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
)

// Store stores operations. Every method is atomic. What is done with the
// context of Atomically is one transaction.
type Store struct{ db db.DB }

// NewStore returns the verifications' part of a store, which must be a Joining
// one.
func NewStore(db db.DB) Store { return Store{db} }

// Atomically runs fn in one transaction. fn may be called several times; the
// last call counts.
func (s Store) Atomically(ctx context.Context, fn func(context.Context) error) error {
	return db.Atomically(ctx, s.db, fn)
}

// Hold locks the partner. Until the transaction of ctx ends, no one else can
// start operations of the partner or change how it gets its codes.
func (s Store) Hold(ctx context.Context, partnerID id.UUID) error {
	return s.db.Write(ctx, func(ctx context.Context, q db.Querier) error { return HoldSecurity(ctx, q, partnerID) })
}

// Latest returns when the partner started the n-th newest operation of a pool,
// where 1 is the newest. ok is false if it started fewer. Plan:
// verifications_created, backwards until n of the pool are found; it holds a
// month at most.
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

// Add adds an operation.
func (s Store) Add(ctx context.Context, op Operation) error {
	return s.db.Write(ctx, func(ctx context.Context, q db.Querier) error { return operations.Insert(ctx, q, op) })
}

var operations = db.NewTable[Operation]("verifications")

// Try counts one more try of an operation that can be completed at now: it is
// not expired, not completed, and has fewer than MaxTries tries. It returns the
// operation after that, or unchanged if counted is false. A key finds only
// operations that it started itself. A partner who is signed in (by is empty)
// finds all. Concurrent tries all count.
func (s Store) Try(
	ctx context.Context, partnerID, operationID id.UUID, by string, now time.Time,
) (op Operation, ok, counted bool, err error) {
	err = s.db.Write(ctx, func(ctx context.Context, q db.Querier) error {
		op, counted, err = db.One[Operation](ctx, q, `
			UPDATE verifications SET tries = tries + 1
			WHERE partner_id = $1 AND verification_id = $2 AND completed_at IS NULL AND expires_at > $3 AND tries < $4
				AND credential IN ($5, CASE WHEN CAST($5 AS text) = '' THEN credential ELSE $5 END)
			RETURNING `+operations.Of(""), partnerID, operationID, db.Micros(now), int64(MaxTries), by)
		if ok = counted; err != nil || ok {
			return err
		}
		op, ok, err = db.One[Operation](ctx, q, `SELECT `+operations.Of("")+` FROM verifications
			WHERE partner_id = $1 AND verification_id = $2 AND credential IN ($3, CASE WHEN CAST($3 AS text) = '' THEN credential ELSE $3 END)`,
			partnerID, operationID, by)
		return err
	})
	return op, ok, counted, err
}

// Complete gives an operation its token. done is false if it already had one.
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

// Purge removes the operations that were started before a moment. Plan: the
// whole table, which holds a month; only a job calls it.
func (s Store) Purge(ctx context.Context, before time.Time) error {
	return s.db.Write(ctx, func(ctx context.Context, q db.Querier) error {
		_, err := q.Exec(ctx, `DELETE FROM verifications WHERE created_at < $1`, db.Micros(before))
		return err
	})
}

// HoldSecurity locks the partner's security settings until the transaction
// ends. A partner without a row is standard. So is one whose row was never
// changed (changed_at 0), because HoldSecurity adds such a row to have one to
// lock.
func HoldSecurity(ctx context.Context, q db.Querier, partnerID id.UUID) error {
	_, err := q.Exec(ctx, `
		INSERT INTO partner_security (partner_id, security_type, changed_at)
		SELECT partner_id, 'standard', 0 FROM partners WHERE partner_id = $1
		ON CONFLICT (partner_id) DO UPDATE SET changed_at = partner_security.changed_at`, partnerID)
	return err
}
