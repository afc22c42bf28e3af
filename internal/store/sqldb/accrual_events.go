package sqldb

import (
	"context"

	"github.com/tributary-server/tributary/internal/accrual"
	"github.com/tributary-server/tributary/internal/outbox/event"
)

// saveTold keeps the events of a batch: what happened before what it did to
// the wallet.
func (tx booksTx) saveTold(ctx context.Context, c *accrual.Changes) error {
	return event.Append(ctx, tx.q, c.Told)
}
