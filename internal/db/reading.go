package db

import (
	"context"
	"time"

	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/limit"
)

// These bound waits to read.
const (
	maxReaders     = 1000
	readerPatience = 30 * time.Second
)

// ReadPool shares a number of snapshots between readers, so that no owner can
// hold all of them.
func ReadPool(size int) *limit.Pool {
	return limit.NewPool(limit.PoolConfig{Size: size, Queue: maxReaders, Patience: readerPatience, Code: fault.ServiceUnavailable})
}

type readingKey struct{ pool *limit.Pool }

// EnterRead takes a place for a snapshot, for the owner that ctx works for. A
// read inside another read uses that read's place.
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
