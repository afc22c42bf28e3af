package reward

import (
	"fmt"
	"time"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/fault"
)

// Period is a period of whole days in the programme's time zone. To is its last
// day.
type Period struct{ From, To clock.Day }

// MaxPeriod is the longest period whose orders are computed at once, in days.
const MaxPeriod = 366

// Check returns a ValidationError if the period ends before it starts, or if it
// has more than MaxPeriod days.
func (p Period) Check() error {
	switch {
	case p.To < p.From:
		return fault.Invalid("to", "invalid", fmt.Sprintf("Must not be before the first day, which is %s.", p.From))
	case p.Days() > MaxPeriod:
		return fault.Invalid("to", "max_value", fmt.Sprintf("The period may have at most %d days, and this one has %d.", MaxPeriod, p.Days()))
	default:
		return nil
	}
}

// Days returns the number of days.
func (p Period) Days() int64 { return int64(p.To-p.From) + 1 }

// Instants returns the start of the period, and the start of the day after it.
func (p Period) Instants(zone *time.Location) (from, until time.Time) {
	return p.From.Start(zone), (p.To + 1).Start(zone)
}
