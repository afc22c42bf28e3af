package partner

import "time"

func (o *Overview) Summary(days Days, now time.Time) (*Summary, error) { return o.summary(days, now) }
