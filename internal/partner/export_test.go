package partner

import "time"

// Summary makes a summary of an overview, without a link.
func (o *Overview) Summary(days Days, now time.Time) (*Summary, error) { return o.summary(days, now) }
