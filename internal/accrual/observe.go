package accrual

import (
	"context"
	"errors"
	"time"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/payout"
)

// Batch describes one transaction on the books, for the metrics.
type Batch struct {
	Took     time.Duration
	Err      error // nil if the transaction was committed; otherwise the numbers below mean nothing
	Accepted int   // number of new facts that were stored
	Known    int   // number of facts with an id that was already stored, even if their content differs
	Waiting  int   // number of accepted facts that wait for another fact
	Released int   // number of waiting facts that took effect
	Answers  map[payout.Status]int
}

// apply runs fn in one transaction on the books, and then calls the observer.
// The observer gets only the numbers of the committed attempt. Attempts that
// were rolled back, after a conflict or for lack of a lock, do not count.
func (s *Service) apply(ctx context.Context, keys db.Keys, fn func(context.Context, *applyTx) error) error {
	began := s.clock.Now()
	var did Batch
	err := s.store.apply(ctx, keys, func(ctx context.Context, tx *applyTx) error {
		err := fn(ctx, tx)
		did = tx.did
		return err
	})
	if _, again := errors.AsType[*needsKeysError](err); s.config.Observe != nil && !again {
		did.Took, did.Err = s.clock.Now().Sub(began), err
		s.config.Observe(did)
	}
	return err
}

func (b *Batch) count(c *Changes) {
	b.Accepted += len(c.Facts)
	b.Waiting += len(c.Waiting)
	b.Released += len(c.Done)
}

func (b *Batch) answer(payouts []*payout.Settlement) {
	for _, p := range payouts {
		if b.Answers == nil {
			b.Answers = map[payout.Status]int{}
		}
		b.Answers[p.Status]++
	}
}
