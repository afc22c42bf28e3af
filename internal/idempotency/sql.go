package idempotency

import (
	"context"
	"crypto/sha256"
	"time"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
)

// SQLStore stores responses in SQL. It implements Store.
type SQLStore struct{ db db.DB }

// NewSQLStore returns a SQLStore on a database that comes from db.Joining,
// because a request and its response are stored in one transaction.
func NewSQLStore(db db.DB) SQLStore { return SQLStore{db} }

// Lock implements Store. It locks the given partner, because most requests need
// no other lock. If a request needs more locks, the transaction starts again
// with all of them. Requests of the broker lock the whole store, because the
// broker is not a partner.
func (s SQLStore) Lock(ctx context.Context, owner id.UUID, fn func(context.Context) error) error {
	keys := db.Partners(owner)
	if owner == id.Nil {
		keys = db.WholeStore()
	}
	return s.db.Lock(ctx, keys, func(ctx context.Context, _ db.Querier) error { return fn(ctx) })
}

// Find returns the record stored for a key.
func (s SQLStore) Find(ctx context.Context, owner id.UUID, keyHash [sha256.Size]byte) (r Record, found bool, err error) {
	var content []byte
	var status, created int64
	found, err = db.Found(s.db.QueryRow(ctx, `
		SELECT operation, body_digest, status, answer, created_at FROM idempotency_keys WHERE partner_id = $1 AND key_hash = $2`,
		owner, keyHash[:]).Scan(&r.Operation, &content, &status, &r.Sealed, &created))
	if !found {
		return Record{}, false, err
	}
	r.Owner, r.KeyHash, r.Status, r.CreatedAt = owner, keyHash, int(status), db.Instant(created)
	copy(r.Content[:], content)
	return r, true, nil
}

// Add stores a record.
func (s SQLStore) Add(ctx context.Context, r Record) error {
	return s.db.Write(ctx, func(ctx context.Context, q db.Querier) error {
		_, err := q.Exec(ctx, `
			INSERT INTO idempotency_keys (partner_id, key_hash, operation, body_digest, status, answer, created_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7)`,
			r.Owner, r.KeyHash[:], r.Operation, r.Content[:], int64(r.Status), r.Sealed, db.Micros(r.CreatedAt))
		return err
	})
}

// Purge removes up to limit records that were stored before cutoff.
func (s SQLStore) Purge(ctx context.Context, cutoff time.Time, limit int) (removed int64, err error) {
	err = s.db.Write(ctx, func(ctx context.Context, q db.Querier) error {
		removed, err = q.Exec(ctx, `
			DELETE FROM idempotency_keys WHERE (partner_id, key_hash) IN (
				SELECT partner_id, key_hash FROM idempotency_keys WHERE created_at < $1 ORDER BY created_at LIMIT $2)`,
			db.Micros(cutoff), int64(limit))
		return err
	})
	return removed, err
}
