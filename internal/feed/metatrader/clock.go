package metatrader

import "time"

// shifts are the amounts by which clocks are set back when daylight saving time
// ends. The amount depends on the time zone.
var shifts = []time.Duration{time.Hour, 30 * time.Minute, 2 * time.Hour}

// inOrder converts two local times to UTC. A local time occurs twice if the
// clock is set back. inOrder then uses the first occurrence, or the second if
// the close would otherwise be before the open.
func inOrder(opened, closed time.Time, zone *time.Location) (open, shut time.Time) {
	open, _ = bothTimes(opened, zone)
	shut, second := bothTimes(closed, zone)
	if shut.Before(open) {
		shut = second
	}
	return open, shut
}

// bothTimes returns the two instants at which the zone's clock shows the local
// time of t. They are equal if the local time occurs only once.
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
