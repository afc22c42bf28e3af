package sqlite

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/limit"
)

// These constants limit how many writers wait, and for how long. A request
// waits for at most requestPatience; after the error, its client can send it
// again. Commands and jobs wait for at most ownPatience.
const (
	maxWriters      = 1000
	requestPatience = 10 * time.Second
	ownPatience     = time.Minute
	// lockedAfter is how long the first writer waits for another process before
	// the file counts as locked. Further writers then get an error at once
	// instead of waiting.
	lockedAfter = 2 * time.Second
)

// writeTurns lets the writers of this process lock the file one after the
// other, in a fair order.
type writeTurns struct {
	pool *limit.Pool
	// locked is the time at which the current writer started to wait for
	// another process, in nanoseconds since 1970. It is 0 if no writer waits
	// for another process.
	locked  atomic.Int64
	commits atomic.Int64
}

func newTurns() *writeTurns {
	return &writeTurns{pool: limit.NewPool(limit.PoolConfig{
		Size: 1, Queue: maxWriters, Patience: ownPatience, Code: fault.ServiceUnavailable,
	})}
}

type turn struct {
	turns *writeTurns
	leave func()
	until time.Time
}

func (t *writeTurns) take(ctx context.Context) (*turn, error) {
	owner, now := limit.OwnerOf(ctx), clock.System().Now()
	if since := t.locked.Load(); since != 0 && owner != "" && now.UnixNano()-since > int64(lockedAfter) {
		return nil, db.Unavailable(db.ErrLocked)
	}
	patience := ownPatience
	if owner != "" {
		patience = requestPatience
	}
	waiting, cancel := context.WithTimeoutCause(ctx, patience, db.Unavailable(errTurn))
	defer cancel()
	leave, err := t.pool.Enter(waiting, owner, false)
	if err != nil {
		return nil, err
	}
	return &turn{t, func() { t.locked.Store(0); leave() }, clock.System().Now().Add(patience)}, nil
}

var errTurn = errors.New("too many writers are waiting for the database")

// wait pauses before the next attempt to lock the file. It returns an error if
// the turn has lasted too long.
func (t *turn) wait(ctx context.Context, attempt int) error {
	now := clock.System().Now()
	t.turns.locked.CompareAndSwap(0, now.UnixNano())
	if now.After(t.until) {
		return db.Unavailable(db.ErrLocked)
	}
	select {
	case <-ctx.Done():
		return fmt.Errorf("%w: %w", db.ErrLocked, context.Cause(ctx))
	case <-time.After(time.Duration(10<<min(attempt, 3)) * time.Millisecond):
		return nil
	}
}

// busy reports whether err says that another process has the lock.
func busy(err error) bool {
	switch primary(err) {
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return true
	default:
		return false
	}
}

// syncFailed reports whether the disk accepted all writes but did not sync them.
func syncFailed(err error) bool {
	e, is := errors.AsType[*sqlite.Error](err)
	return is && e.Code() == sqlite3.SQLITE_IOERR_FSYNC
}

// primary returns the primary result code of a SQLite error, or 0 for any other
// error.
func primary(err error) int {
	if e, is := errors.AsType[*sqlite.Error](err); is {
		return e.Code() & 0xff
	}
	return 0
}

// unavailable marks an error if the file cannot be written or read now. SQLite
// has already rolled the transaction back.
func unavailable(err error) error {
	switch primary(err) {
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR,
		sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PROTOCOL, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_PERM:
		return db.Unavailable(err)
	default:
		return err
	}
}
