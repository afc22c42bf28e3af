package replay

import (
	"slices"
	"time"
)

// version is a version of an instrument, a rate or a plan.
type version[V any] struct {
	from    time.Time // in force from this moment, until the next version
	arrived time.Time
	value   V
}

// span is the time in which an order was booked: from the arrival of its fact
// until the booking. Both are the same for most orders. An order that had to
// wait, or that a later fact changed, was booked later.
type span struct{ from, until time.Time }

// candidates returns the versions that may have been in force at t when the
// order was booked, the newest first. A version that arrived before the span
// was known at the booking, and one that arrived after the span was not. A
// version that arrived within the span may or may not have been known. versions
// must be sorted, the oldest first.
func candidates[V any](versions []version[V], t time.Time, known span) (out []version[V]) {
	for _, v := range slices.Backward(versions) {
		if v.from.After(t) || v.arrived.After(known.until) {
			continue
		}
		out = append(out, v)
		if v.arrived.Before(known.from) {
			break
		}
	}
	return out
}

func inForce[V any](versions []version[V], t time.Time, known span) (out []V) {
	for _, v := range candidates(versions, t, known) {
		out = append(out, v.value)
	}
	return out
}

// choose returns the candidate that the books record. If the books record none
// of them, it returns the newest candidate, which then differs from the books.
// It returns false if there are no candidates.
func choose[V any](could []V, recorded func(V) bool) (v V, found bool) {
	for _, v := range could {
		if recorded(v) {
			return v, true
		}
	}
	if len(could) == 0 {
		return v, false
	}
	return could[0], true
}
