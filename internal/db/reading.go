package db

import (
	"context"
	"time"

	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/limit"
)

const (
	maxReaders     = 1000
	readerPatience = 30 * time.Second
)

// ReadPool returns a pool with a slot for each concurrent snapshot. It divides
// the slots fairly among the owners, such as partners, for whom snapshots are
// read.
func ReadPool(size int) *limit.Pool {
	return limit.NewPool(limit.PoolConfig{Size: size, Queue: maxReaders, Patience: readerPatience, Code: fault.ServiceUnavailable})
}

type readingKey struct{ pool *limit.Pool }

// EnterRead waits for a slot for a snapshot. The slot counts towards the limit of
// the owner in ctx. The caller gives the slot back with leave. A read inside
// another read uses the slot of the outer read.
func EnterRead(ctx context.Context, pool *limit.Pool) (inside context.Context, leave func(), err error) {
	if ctx.Value(readingKey{pool}) != nil {
		return ctx, func() {}, nil
	}
	leave, err = pool.Enter(ctx, limit.OwnerOf(ctx), false)
	if err != nil {
		return nil, nil, err
	}
	return context.WithValue(ctx, readingKey{pool}, true), leave, nil
}
