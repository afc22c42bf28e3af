package main

import (
	"github.com/tributary-server/tributary/internal/registration"
	"github.com/tributary-server/tributary/internal/store/sqldb"
)

// registrations lets strangers in, unless they are closed, by links that begin
// with publicURL.
func (a *app) registrations(p *programme, publicURL string, closed bool) *registration.Service {
	return registration.New(sqldb.NewRegistrations(p.store), registration.Config{
		Facts: p.accrual, Passwords: p.identity, SetUps: sqldb.NewSetUps(p.store), Mails: p.mails, Audit: sqldb.NewAudit(p.store, a.clock), Clock: a.clock,
		PublicURL: publicURL, Closed: closed,
	})
}
