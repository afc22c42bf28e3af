package feed

// Status is what became of a fact.
type Status int

// The fates of a fact.
const (
	Applied   Status = iota
	Held             // kept; takes effect when its missing half arrives
	Duplicate        // known already, no effect
	Refused          // not kept: see Outcome.Err
)

// Outcome is what became of one fact of a batch.
type Outcome struct {
	Status Status
	Err    *LineError // for Refused
}

// BatchSize is how many facts one transaction takes: large enough that a
// commit's cost vanishes, small enough to hold in memory many times over.
const BatchSize = 10_000
