package outbox

import (
	"context"
	"fmt"
	"time"
)

// retentionDays is how many days events and ended deliveries are stored.
const retentionDays = 30

// purgeStep is the maximum number of rows of each kind that one transaction removes.
// The limit keeps transactions short.
const purgeStep = 1000

// Purge removes events and ended deliveries that are older than retentionDays.
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
