package main

import (
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/config"
	"github.com/tributary-server/tributary/internal/rebate"
	"github.com/tributary-server/tributary/internal/report"
	"github.com/tributary-server/tributary/internal/store/sqldb"
)

// rebateSettings are partners' rebate settings; what is changed counts from
// clk's now on.
func (a *app) rebateSettings(p *programme, web *config.Web, clk clock.Clock, reports *report.Service) *rebate.Settings {
	return rebate.NewSettings(sqldb.NewRebateSettings(p.store), clk, rebate.Config{
		Min: web.RebateMinPercent.Percent, Max: web.RebateMaxPercent.Percent, Except: web.RebatesExceptCountry,
		Audit: sqldb.NewAudit(p.store, clk), Find: reports.RebateAccounts,
	})
}
