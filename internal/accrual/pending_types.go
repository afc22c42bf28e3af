package accrual

import (
	"context"

	"github.com/tributary-server/tributary/internal/feed"
)

// orderReinstated refuses the fact: the books cannot take a reversal back yet.
func (b *books) orderReinstated(context.Context, *feed.Fact, *feed.Reversal) (effect, error) {
	return refuse("not_supported", "type: order.reinstated cannot be applied yet"), nil
}

// serverChanged refuses the fact: the books cannot rename a server yet.
func (b *books) serverChanged(context.Context, *feed.Fact, *feed.ServerChange) (effect, error) {
	return refuse("not_supported", "type: account.server_changed cannot be applied yet"), nil
}
