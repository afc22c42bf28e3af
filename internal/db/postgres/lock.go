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

// storeLock is the number of the advisory lock of the whole store. Nothing else
// in the database uses it. A Lock of partners holds it in shared mode.
const storeLock = 0x7472_6962 // "trib" in ASCII

// planSettings makes PostgreSQL plan every statement of the transaction for the
// current size of the tables, and look up each key in an index. Otherwise,
// PostgreSQL would reuse plans from the time when a table was almost empty. For
// a table without statistics, it would also read a whole index to find a
// hundred keys.
const planSettings = `SELECT set_config('plan_cache_mode', 'force_custom_plan', true), set_config('enable_seqscan', 'off', true),
	set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true)`

// Lock implements db.DB with advisory locks, which PostgreSQL releases at the
// end of the transaction. Every Lock first gets storeLock and then the locks of
// its partners in ascending order of their numbers. Therefore two Locks never
// deadlock.
//
// PostgreSQL grants advisory locks in the order of the requests. A request for
// one partner waits only for Locks of the same partner, so a long feed of other
// partners does not delay it.
func (s *Store) Lock(ctx context.Context, keys db.Keys, fn func(context.Context, db.Querier) error) error {
	leave, err := s.locking.Enter(ctx, limit.OwnerOf(ctx), false)
	if err != nil {
		return err
	}
	defer leave()
	return s.retry(ctx, canRetryLock, func() error {
		return s.inTx(ctx, pgx.TxOptions{}, func(ctx context.Context, q db.Querier) error {
			if err := lock(ctx, q, keys); err != nil {
				return err
			}
			if !keys.Whole() { // a correction, which has the lock of the whole store, may have to read a large part of a table
				if _, err := q.Exec(ctx, planSettings); err != nil {
					return err
				}
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
		// The last bytes of a UUID are random. If two partners have the same
		// number, their Locks exclude each other, which only costs time.
		numbers[i] = int64(binary.BigEndian.Uint64(partnerID[8:]))
	}
	slices.Sort(numbers)
	_, err := q.Exec(ctx, `SELECT pg_advisory_xact_lock_shared($1)::text UNION ALL SELECT pg_advisory_xact_lock(k)::text FROM unnest($2::bigint[]) k`,
		int64(storeLock), numbers)
	return err
}

// canRetryLock reports whether a Lock that has failed may succeed at another
// attempt. For example, another transaction may have inserted a row after this
// transaction had looked for it. The next attempt finds the row.
func canRetryLock(err error) bool {
	var e *pgconn.PgError
	return retryable(err) || (errors.As(err, &e) && e.Code == "23505")
}
