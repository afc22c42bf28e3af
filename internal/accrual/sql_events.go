package accrual

import (
	"context"

	"github.com/tributary-server/tributary/internal/outbox/event"
)

// saveTold keeps the events of a batch. A cause comes before the events of its
// effects on the wallet.
func (tx SQLTx) saveTold(ctx context.Context, c *Changes) error {
	return event.Append(ctx, tx.q, c.Told)
}
