package accrual

import (
	"context"
	"time"

	"github.com/tributary-server/tributary/internal/payout"
)

// Batch describes one transaction on the books, for the metrics.
type Batch struct {
	Took     time.Duration
	Err      error // nil: it was committed; otherwise nothing that the counts say is kept
	Accepted int   // new facts that were kept
	Known    int   // facts that were known before: duplicates, and those refused because their content differs
	Waiting  int   // accepted facts that wait for their missing half
	Released int   // facts that waited and took effect
	Answers  map[payout.Status]int
}

// apply runs fn in one transaction on the books, and then calls the observer.
// It leaves out the counts of attempts that a conflict undid.
func (s *Service) apply(ctx context.Context, fn func(context.Context, *applyTx) error) error {
	began := s.clock.Now()
	var did Batch
	err := s.store.apply(ctx, func(ctx context.Context, tx *applyTx) error {
		err := fn(ctx, tx)
		did = tx.did
		return err
	})
	if s.config.Observe != nil {
		did.Took, did.Err = s.clock.Now().Sub(began), err
		s.config.Observe(did)
	}
	return err
}

// count adds what is about to be saved.
func (b *Batch) count(c *Changes) {
	b.Accepted += len(c.Facts)
	b.Waiting += len(c.Waiting)
	b.Released += len(c.Done)
}

// answer counts the answers that are about to be saved.
func (b *Batch) answer(payouts []*payout.Settlement) {
	for _, p := range payouts {
		if b.Answers == nil {
			b.Answers = map[payout.Status]int{}
		}
		b.Answers[p.Status]++
	}
}
