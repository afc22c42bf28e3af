package telemetry

import "github.com/tributary-server/tributary/internal/accrual"

// These are the values of the label for the outcomes of facts.
const (
	outcomeAccepted = "accepted" // the fact is new and was stored
	outcomeKnown    = "known"    // the fact was received before, with the same or with other content
	outcomeWaiting  = "waiting"  // the fact was stored, but waits for another fact
	outcomeReleased = "released" // the fact had waited for another fact and has now taken effect
)

var outcomes = []string{outcomeAccepted, outcomeKnown, outcomeWaiting, outcomeReleased}

// Batch records the duration of a transaction that applied facts. If the
// transaction was committed, Batch also counts the facts.
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
