package clock

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// ParseZone reads the name of a time zone, such as Europe/Athens.
func ParseZone(name string) (*time.Location, error) {
	zone, err := time.LoadLocation(name)
	if name == "" || name == "Local" || err != nil {
		return nil, fmt.Errorf("%q is not the name of a time zone: write one such as Europe/Athens, or UTC", name)
	}
	return zone, nil
}

const maxSpan = 36_500

const day = 24 * time.Hour

// ParseSpan reads a duration of at least one minute, either in whole days (30d) or as
// a Go duration (12h).
func ParseSpan(text string) (time.Duration, error) {
	if days, ok := strings.CutSuffix(text, "d"); ok {
		if n, err := strconv.ParseUint(days, 10, 32); err == nil && n > 0 && n <= maxSpan {
			return time.Duration(n) * day, nil
		}
	}
	if d, err := time.ParseDuration(text); err == nil && d >= time.Minute && d <= maxSpan*day {
		return d, nil
	}
	return 0, fmt.Errorf("%q: write a length of time such as 30d or 12h", text)
}

// FormatSpan formats d for ParseSpan, in days if d is a whole number of days.
func FormatSpan(d time.Duration) string {
	if d%day == 0 {
		return fmt.Sprintf("%dd", d/day)
	}
	return d.String()
}
