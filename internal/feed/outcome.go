package feed

import "context"

// Status is the result of applying a fact.
type Status int

// These are the results of applying a fact.
const (
	Applied   Status = iota
	Held             // stored, but without effect until the facts that it needs arrive
	Duplicate        // already known, without effect
	Refused          // not stored; Outcome.Err has the reason
)

// Outcome is the result of one fact of a batch.
type Outcome struct {
	Status Status
	Err    *LineError // nil unless the status is Refused
}

// BatchSize is the maximum number of facts in one transaction. It is large
// enough to make the cost of a commit negligible, and small enough to hold many
// batches in memory.
const BatchSize = 10_000

// Apply applies facts, as accrual.Service.Apply does. Packages that accrual
// imports use this function, because they cannot import accrual.
type Apply func(ctx context.Context, facts []Fact, requestID string) ([]Outcome, error)
