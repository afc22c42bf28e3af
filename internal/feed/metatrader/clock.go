package metatrader

import "time"

// shifts are by how much clocks are set back somewhere.
var shifts = []time.Duration{time.Hour, 30 * time.Minute, 2 * time.Hour}

// inOrder reads two local times so that the close is not before the open,
// where one of them occurs twice because the clock goes back. Without a reason
// for the second time it is the first.
func inOrder(opened, closed time.Time, zone *time.Location) (open, shut time.Time) {
	open, _ = bothTimes(opened, zone)
	shut, second := bothTimes(closed, zone)
	if shut.Before(open) {
		shut = second
	}
	return open, shut
}

// bothTimes are the two instants at which the zone's clock shows what it shows
// at t; the same twice when it does so once.
func bothTimes(t time.Time, zone *time.Location) (first, second time.Time) {
	for _, shift := range shifts {
		for _, other := range []time.Time{t.Add(-shift), t.Add(shift)} {
			if sameClock(t.In(zone), other.In(zone)) {
				if other.Before(t) {
					return other, t
				}
				return t, other
			}
		}
	}
	return t, t
}

func sameClock(a, b time.Time) bool {
	const form = "2006-01-02 15:04:05"
	return a.Format(form) == b.Format(form)
}
