package main

import (
	"context"
	"time"

	"github.com/tributary-server/tributary/internal/config"
	"github.com/tributary-server/tributary/internal/rebate"
	"github.com/tributary-server/tributary/internal/store/sqldb"
	"github.com/tributary-server/tributary/internal/verification"
)

// rebatePace is how soon a period that is over is closed and paid.
const rebatePace = time.Minute

// rebateRuns close the periods of rebates and pay them; from now on a code for
// rebates can be asked for.
func (a *app) rebateRuns(p *programme, web *config.Web, settings *rebate.Settings) *rebate.Runs {
	runs := rebate.NewRuns(sqldb.NewRebateRuns(p.store), a.clock, rebate.RunConfig{
		Zone: p.zone, Expiry: web.RebateExpiry, Admits: settings.Allowed,
		Mails: p.mails, Audit: sqldb.NewAudit(p.store, a.clock), Wake: p.rebatesDue.Wake,
		Drain: func(ctx context.Context) { a.drain(ctx, p) },
	})
	p.binders[verification.ApproveRebates] = runs
	return runs
}
