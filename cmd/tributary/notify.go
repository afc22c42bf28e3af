package main

import (
	"github.com/tributary-server/tributary/internal/notify"
	"github.com/tributary-server/tributary/internal/store/sqldb"
)

// notifications tells partners what happened. It keeps nothing of its own.
func (a *app) notifications(p *programme) *notify.Service {
	return notify.New(sqldb.NewNotifications(p.store), a.clock, p.mails)
}
