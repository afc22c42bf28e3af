package verification

import (
	"context"
	"time"

	"github.com/tributary-server/tributary/internal/id"
)

// Store keeps operations. Every method is atomic; what is done with the
// context of Atomically is one transaction.
type Store interface {
	// Atomically runs fn in one transaction. fn may be called several times;
	// the last call counts.
	Atomically(ctx context.Context, fn func(ctx context.Context) error) error

	// Hold keeps others from starting operations of the partner, and from
	// changing how it gets its codes, until the transaction of ctx ends.
	Hold(ctx context.Context, partnerID id.UUID) error
	// Latest is when the partner started the n-th operation of a pool, counted
	// from the last one, which is the first. found = false: it started fewer.
	Latest(ctx context.Context, partnerID id.UUID, pool Pool, n int) (at time.Time, found bool, err error)
	// Add adds an operation.
	Add(ctx context.Context, op Operation) error

	// Try counts one more try of an operation that may be completed at now:
	// not expired, not completed, and fewer than MaxTries tries so far. op is
	// the operation after that; when counted is false, as it was. A key finds
	// only what it started itself, the partner in person (by is empty) all.
	Try(ctx context.Context, partnerID, operationID id.UUID, by string, now time.Time) (op Operation, found, counted bool, err error)
	// Complete gives an operation its token. done = false: it had one.
	Complete(ctx context.Context, partnerID, operationID id.UUID, tokenHash [32]byte, at, until time.Time) (done bool, err error)

	// Purge removes the operations that were started before a moment.
	Purge(ctx context.Context, before time.Time) error
}
