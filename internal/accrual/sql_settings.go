package accrual

import (
	"context"

	"github.com/tributary-server/tributary/internal/settings"
)

// Settings returns every value of the programme's settings.
func (tx SQLTx) Settings(ctx context.Context) (settings.Values, error) {
	return settings.Load(ctx, tx.q)
}

// saveZone fixes the programme's time zone with the first facts.
func (tx SQLTx) saveZone(ctx context.Context, c *Changes) error {
	if c.FixedZone == nil {
		return nil
	}
	_, err := settings.FixZone(ctx, tx.q, c.FixedZone, c.Now)
	return err
}
