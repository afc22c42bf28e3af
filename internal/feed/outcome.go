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

// BatchSize is the maximum number of facts in a batch. With batches of this
// size, the cost of a commit is negligible, and the memory can hold many
// batches.
const BatchSize = 10_000

// Apply is a function that applies facts, such as accrual.Service.Apply.
// Packages that cannot import accrual, because accrual imports them, use this
// type.
type Apply func(ctx context.Context, facts []Fact, requestID string) ([]Outcome, error)
