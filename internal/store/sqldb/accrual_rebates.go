package sqldb

import (
	"context"

	"github.com/tributary-server/tributary/internal/accrual"
)

// saveRebates writes what accrual changed of rebates.
func (tx booksTx) saveRebates(context.Context, *accrual.Changes) error { return nil }
