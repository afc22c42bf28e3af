package feed

import "context"

// Status is the result of applying a fact.
type Status int

// These are the results of applying a fact.
const (
	Applied   Status = iota
	Held             // stored, but without effect until a fact that it needs arrives
	Duplicate        // already known, so without effect
	Refused          // not stored; Outcome.Err has the reason
)

// Outcome is the result of one fact of a batch.
type Outcome struct {
	Status Status
	Err    *LineError // nil unless the status is Refused
}

// BatchSize is the maximum number of facts in a batch. It is large enough to
// make the cost of a commit negligible, and small enough to have many batches
// in memory.
const BatchSize = 10_000

// Apply is a function that applies facts, such as accrual.Service.Apply. It is
// for packages that cannot import accrual, because accrual imports them.
type Apply func(ctx context.Context, facts []Fact, requestID string) ([]Outcome, error)
