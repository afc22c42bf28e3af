package main

import (
	"context"

	"github.com/tributary-server/tributary/internal/agent"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/partner"
	"github.com/tributary-server/tributary/internal/store/sqldb"
	"github.com/tributary-server/tributary/internal/verification"
)

// agents is the service of referral agents, whose agreements need a code.
func (a *app) agents(p *programme, partners *partner.Service) *agent.Service {
	s := agent.New(sqldb.NewAgents(p.store), a.clock, agent.Config{
		Address: partners.Address, Mails: p.mails, Audit: sqldb.NewAudit(p.store, a.clock), Logger: a.log,
		Drain: func(ctx context.Context) error {
			db.AfterCommit(ctx, func() { a.drain(ctx, p) })
			return nil
		},
	})
	p.binders[verification.SetAgentCommission] = s
	return s
}
