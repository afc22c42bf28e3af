package feed

import "context"

// Status is the result of applying a fact.
type Status int

// The results of a fact.
const (
	Applied   Status = iota
	Held             // stored; takes effect when the facts that it needs arrive
	Duplicate        // already known, no effect
	Refused          // not stored: see Outcome.Err
)

// Outcome is the result of one fact of a batch.
type Outcome struct {
	Status Status
	Err    *LineError // for Refused
}

// BatchSize is how many facts one transaction applies: large enough that a
// commit's cost does not matter, small enough to keep many batches in memory.
const BatchSize = 10_000

// Apply applies facts, as accrual.Service.Apply does. Packages that accrual
// imports take this function instead of the service.
type Apply func(ctx context.Context, facts []Fact, requestID string) ([]Outcome, error)
