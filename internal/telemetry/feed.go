package telemetry

import "github.com/tributary-server/tributary/internal/accrual"

// These are the outcomes of a fact, as a metric names them.
const (
	outcomeAccepted = "accepted" // new and stored
	outcomeKnown    = "known"    // sent again: a duplicate, or refused because its content differs
	outcomeWaiting  = "waiting"  // accepted, but waits for another fact
	outcomeReleased = "released" // waited, and took effect
)

var outcomes = []string{outcomeAccepted, outcomeKnown, outcomeWaiting, outcomeReleased}

// Batch measures a transaction on the books, and counts its facts if it was
// committed.
func (m *Metrics) Batch(b accrual.Batch) {
	if b.Err != nil {
		m.batches.WithLabelValues(resultFailed).Observe(b.Took.Seconds())
		return
	}
	m.batches.WithLabelValues(resultOK).Observe(b.Took.Seconds())
	for outcome, n := range map[string]int{outcomeAccepted: b.Accepted, outcomeKnown: b.Known, outcomeWaiting: b.Waiting, outcomeReleased: b.Released} {
		m.facts.WithLabelValues(outcome).Add(float64(n))
	}
	for status, n := range b.Answers {
		m.payouts.WithLabelValues(string(status)).Add(float64(n))
	}
}
