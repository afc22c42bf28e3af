package main

import (
	"context"
	"slices"
	"sync"

	"github.com/tributary-server/tributary/internal/db"
)

// recorder is a store that records the rows of all bulk inserts, so that replay
// can write the same rows without the work that produced them.
type recorder struct {
	db.DB
	mu           sync.Mutex
	transactions [][]taped
}

type taped struct {
	insert db.BulkInsert
	rows   [][]any
}

// Lock implements db.DB.
func (r *recorder) Lock(ctx context.Context, keys db.Keys, fn func(context.Context, db.Querier) error) error {
	var rows []taped
	err := r.DB.Lock(ctx, keys, func(ctx context.Context, q db.Querier) error {
		rows = nil
		return fn(ctx, &tap{Querier: q, rows: &rows})
	})
	if err == nil {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.transactions = append(r.transactions, rows)
	}
	return err
}

type tap struct {
	db.Querier
	rows *[]taped
}

// Bulk implements db.Querier. It copies the rows while it writes them.
func (t *tap) Bulk(ctx context.Context, in db.BulkInsert) error {
	kept := taped{insert: in, rows: make([][]any, in.Rows)}
	fill := in.Row
	in.Row = func(i int, dst []any) {
		fill(i, dst)
		kept.rows[i] = slices.Clone(dst)
	}
	*t.rows = append(*t.rows, kept)
	return t.Querier.Bulk(ctx, in)
}

// replay writes recorded rows again, and groups them into the same transactions
// as before.
func replay(ctx context.Context, database db.DB, transactions [][]taped) error {
	for _, inserts := range transactions {
		err := database.Write(ctx, func(ctx context.Context, q db.Querier) error {
			for _, t := range inserts {
				t.insert.Row = func(i int, dst []any) { copy(dst, t.rows[i]) }
				if err := q.Bulk(ctx, t.insert); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}
