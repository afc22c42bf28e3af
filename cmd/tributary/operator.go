package main

import (
	"context"

	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/operator"
	"github.com/tributary-server/tributary/internal/store/sqldb"
)

// operator is what the broker decides of partners and plans.
func (a *app) operator(p *programme) *operator.Service {
	return operator.New(sqldb.NewOperator(p.store), sqldb.NewPlanAdmin(p.store), a.clock, sqldb.NewAudit(p.store, a.clock), func(ctx context.Context) {
		db.AfterCommit(ctx, func() { a.drain(ctx, p) })
	})
}
