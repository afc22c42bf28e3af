package telemetry

import (
	"context"

	"github.com/tributary-server/tributary/internal/accrual"
)

// What becomes of a fact, as a metric names it.
const (
	outcomeAccepted  = "accepted"
	outcomeDuplicate = "duplicate"
	outcomeRejected  = "rejected"
)

// Ingest counts the facts of one stream: pass every summary of its progress,
// and the last one, to the function returned.
func (m *Metrics) Ingest() func(accrual.Summary) {
	var seen accrual.Summary
	return func(now accrual.Summary) {
		m.facts.WithLabelValues(outcomeAccepted).Add(float64(now.Accepted - seen.Accepted))
		m.facts.WithLabelValues(outcomeDuplicate).Add(float64(now.Duplicates - seen.Duplicates))
		m.facts.WithLabelValues(outcomeRejected).Add(float64(now.RejectedCount - seen.RejectedCount))
		seen = now
	}
}

// Books returns store with its batches measured.
func (m *Metrics) Books(store accrual.Store) accrual.Store { return measured{store, m} }

type measured struct {
	accrual.Store
	metrics *Metrics
}

// Apply implements accrual.Store.
func (s measured) Apply(ctx context.Context, fn func(context.Context, accrual.Tx) error) error {
	began := s.metrics.clock.Now()
	err := s.Store.Apply(ctx, fn)
	result := "ok"
	if err != nil {
		result = "failed"
	}
	s.metrics.batches.WithLabelValues(result).Observe(s.metrics.clock.Now().Sub(began).Seconds())
	return err
}
