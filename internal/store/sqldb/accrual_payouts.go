package sqldb

import (
	"context"

	"github.com/tributary-server/tributary/internal/accrual"
)

// savePayouts writes what accrual changed of payouts.
func (tx booksTx) savePayouts(context.Context, *accrual.Changes) error { return nil }
