package outbox

import (
	"context"
	"fmt"
	"time"
)

// retentionDays is how long events and finished deliveries are kept.
const retentionDays = 30

// purgeStep is how many rows of a kind one transaction removes.
const purgeStep = 1000

// Purge removes what is older than retentionDays, in small steps.
func (c *Courier) Purge(ctx context.Context) error {
	for more := true; more && ctx.Err() == nil; {
		now := c.Clock.Now()
		var err error
		if more, err = c.store.Purge(ctx, now.Add(-retentionDays*24*time.Hour), now, now.Add(horizon), purgeStep); err != nil {
			return fmt.Errorf("removing old events and deliveries: %w", err)
		}
	}
	return nil
}
