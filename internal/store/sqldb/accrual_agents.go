package sqldb

import (
	"context"

	"github.com/tributary-server/tributary/internal/accrual"
)

// saveAgents writes what accrual changed of agents.
func (tx booksTx) saveAgents(context.Context, *accrual.Changes) error { return nil }
