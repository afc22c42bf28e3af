package postgres

import (
	"context"
	"encoding/binary"
	"errors"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/limit"
)

// storeLock is the advisory lock of the whole store: a number that nothing else
// in the database locks. A Lock of partners shares it.
const storeLock = 0x7472_6962 // "trib"

// Lock implements db.DB with advisory locks, which the end of the transaction
// releases in any case. All Locks take the storeLock first and then those of
// their partners in one order, so they cannot wait for each other in a circle.
//
// PostgreSQL grants advisory locks in the order of the requests. A Lock of one
// partner therefore waits for the Locks of that partner that run, and not for
// all those that a long feed still has to begin.
func (s *Store) Lock(ctx context.Context, keys db.Keys, fn func(context.Context, db.Querier) error) error {
	leave, err := s.locking.Enter(ctx, limit.OwnerOf(ctx), false)
	if err != nil {
		return err
	}
	defer leave()
	return s.retry(ctx, contended, func() error {
		return s.inTx(ctx, pgx.TxOptions{}, func(ctx context.Context, q db.Querier) error {
			if err := lock(ctx, q, keys); err != nil {
				return err
			}
			return fn(ctx, q)
		})
	})
}

func lock(ctx context.Context, q db.Querier, keys db.Keys) error {
	if keys.Whole() {
		_, err := q.Exec(ctx, `SELECT pg_advisory_xact_lock($1)`, int64(storeLock))
		return err
	}
	numbers := make([]int64, len(keys.Partners()))
	for i, partnerID := range keys.Partners() {
		// The last bytes of a UUID are random. Two partners with one number
		// wait for each other without need, and nothing worse.
		numbers[i] = int64(binary.BigEndian.Uint64(partnerID[8:])) //nolint:gosec // every bit pattern is a number
	}
	slices.Sort(numbers)
	_, err := q.Exec(ctx, `SELECT pg_advisory_xact_lock_shared($1)::text UNION ALL SELECT pg_advisory_xact_lock(k)::text FROM unnest($2::bigint[]) k`,
		int64(storeLock), numbers)
	return err
}

// contended reports an error after which a Lock may succeed if it starts again.
// Among them is a row that another transaction inserted after this one had
// looked for it: the next attempt finds that row.
func contended(err error) bool {
	var e *pgconn.PgError
	return retryable(err) || (errors.As(err, &e) && e.Code == "23505")
}
