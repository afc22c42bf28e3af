package main

import (
	"net/http"

	"github.com/tributary-server/tributary/internal/api"
	"github.com/tributary-server/tributary/internal/api/drf"
	"github.com/tributary-server/tributary/internal/api/schema"
	"github.com/tributary-server/tributary/internal/report"
	"github.com/tributary-server/tributary/internal/store/sqldb"
)

// handler is the whole API on the programme's services.
func handler(a *app, p *programme) http.Handler {
	r := drf.New(drf.Config{
		Authenticator: p.identity, Clock: a.clock, Logger: a.log, Observe: p.metrics.Observe,
		Title: "Tributary Partner API", Version: release(),
	})
	api.AddAuth(r, p.identity)
	api.Reports(r, report.NewService(sqldb.NewReports(p.store), a.clock))
	schema.Declare(r)
	return r
}
