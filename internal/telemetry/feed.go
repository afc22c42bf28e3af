package telemetry

import (
	"context"

	"github.com/tributary-server/tributary/internal/accrual"
	"github.com/tributary-server/tributary/internal/feed"
	"github.com/tributary-server/tributary/internal/payout"
)

// The outcomes of a fact, as a metric names them.
const (
	outcomeAccepted = "accepted" // new and kept
	outcomeKnown    = "known"    // sent again: a duplicate, or refused since its content differs
	outcomeWaiting  = "waiting"  // accepted, but waits for its missing half
	outcomeReleased = "released" // waited, and took effect
)

var outcomes = []string{outcomeAccepted, outcomeKnown, outcomeWaiting, outcomeReleased}

// Books returns store with its batches measured and their facts counted.
func (m *Metrics) Books(store accrual.Store) accrual.Store { return measured{store, m} }

type measured struct {
	accrual.Store

	metrics *Metrics
}

// Apply implements accrual.Store.
func (s measured) Apply(ctx context.Context, fn func(context.Context, accrual.Tx) error) error {
	began := s.metrics.clock.Now()
	var counts *counter
	err := s.Store.Apply(ctx, func(ctx context.Context, tx accrual.Tx) error {
		counts = &counter{Tx: tx, payouts: map[payout.Status]int{}} // reset because the store may call fn again
		return fn(ctx, counts)
	})
	result := "ok"
	if err != nil {
		result = "failed"
	}
	s.metrics.batches.WithLabelValues(result).Observe(s.metrics.clock.Now().Sub(began).Seconds())
	if err == nil && counts != nil {
		for i, n := range counts.facts {
			s.metrics.facts.WithLabelValues(outcomes[i]).Add(float64(n))
		}
		for status, n := range counts.payouts {
			s.metrics.payouts.WithLabelValues(string(status)).Add(float64(n))
		}
	}
	return err
}

// counter counts what one transaction does.
type counter struct {
	accrual.Tx

	facts   [4]int
	payouts map[payout.Status]int // that were answered
}

// Digests implements accrual.Tx.
func (c *counter) Digests(ctx context.Context, factIDs []string) (map[string]feed.Digest, error) {
	known, err := c.Tx.Digests(ctx, factIDs)
	c.facts[1] += len(known)
	return known, err
}

// Save implements accrual.Tx.
func (c *counter) Save(ctx context.Context, changes *accrual.Changes) error {
	c.facts[0] += len(changes.Facts)
	c.facts[2] += len(changes.Waiting)
	c.facts[3] += len(changes.Done)
	for _, p := range changes.Payouts.Answered {
		c.payouts[p.Status]++
	}
	return c.Tx.Save(ctx, changes)
}
