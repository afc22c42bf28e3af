package main

import (
	"github.com/tributary-server/tributary/internal/config"
	"github.com/tributary-server/tributary/internal/outbox/guard"
	"github.com/tributary-server/tributary/internal/store/sqldb"
	"github.com/tributary-server/tributary/internal/traffic"
)

// traffic keeps where partners' traffic comes from.
func (a *app) traffic(p *programme, web *config.Web) *traffic.Service {
	return traffic.New(sqldb.NewTraffic(p.store), traffic.Config{
		Clock: a.clock, Caller: guard.New(guard.Config{Allow: web.EgressAllow}), Audit: sqldb.NewAudit(p.store, a.clock),
		Approve: web.ApproveTrafficSources,
	})
}
