package main

import (
	"cmp"
	"context"
	"log/slog"
	"net/http"

	"github.com/tributary-server/tributary/internal/api"
	"github.com/tributary-server/tributary/internal/api/drf"
	"github.com/tributary-server/tributary/internal/campaign"
	"github.com/tributary-server/tributary/internal/config"
	"github.com/tributary-server/tributary/internal/contact"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/idempotency"
	"github.com/tributary-server/tributary/internal/partner"
	"github.com/tributary-server/tributary/internal/performance"
	"github.com/tributary-server/tributary/internal/profile"
	"github.com/tributary-server/tributary/internal/report"
	"github.com/tributary-server/tributary/internal/store/sqldb"
)

// handler is the whole API on the programme's services, and beside it what
// tells how the server is. reached is the address under which it can be.
func handler(a *app, p *programme, web *config.Web, reached string, ready func(context.Context) error) (http.Handler, error) {
	linkBase := web.LinkBase
	if linkBase == "" {
		linkBase = reached
	}
	base, err := partner.ParseBase(linkBase)
	if err != nil {
		return nil, usageError{err}
	}
	campaigns := campaign.New(sqldb.NewCampaigns(p.store), a.clock, base)
	partners, err := partner.New(sqldb.NewPartners(p.store), a.clock, partner.Config{
		Zone: p.zone, LinkBase: linkBase, Base: campaigns.DefaultBase, Logger: a.log,
		Drain: func(ctx context.Context) error {
			db.AfterCommit(ctx, func() { a.drain(ctx, p) })
			return nil
		},
	})
	if err != nil {
		return nil, usageError{err}
	}
	reports := report.NewService(sqldb.NewReports(p.store), a.clock).With(report.Options{
		Zone: p.zone, MinRebate: web.RebateMinPercent.Percent, MaxRebate: web.RebateMaxPercent.Percent,
		XLSXRows: web.Rows(),
	})
	p.exports = a.exports(p, &web.Exports, reports)
	settings := a.rebateSettings(p, web, a.clock, reports)
	p.rebates = a.rebateRuns(p, web, settings)
	p.outward = a.outward(p, web)
	router := api.New(api.Deps{
		Identity: p.identity, Verifications: p.verifications,
		Partners: partners,

		Registrations: a.registrations(p, cmp.Or(web.PublicURL, linkBase), web.Registration == config.RegistrationClosed),

		Campaigns: campaigns,

		SubPublishers: a.subPublishers(p),

		Promo:    a.promo(p, web, base, campaigns, partners),
		Contacts: contact.New(sqldb.NewContacts(p.store), a.clock, sqldb.NewAudit(p.store, a.clock)),
		Reports:  reports,
		Exports:  p.exports,
		Facts:    p.accrual,
		Inbox:    sqldb.NewInbox(p.store),

		Performance: performance.New(sqldb.NewPerformance(p.store, p.tracking.db, p.zone), a.clock, p.zone),

		RebateSettings: settings, RebateRuns: p.rebates,

		Agents: a.agents(p, partners),

		Outbox: p.outward.service, Feed: p.outward.feed, Prober: p.outward.prober,

		Traffic: a.traffic(p, web), Notifications: a.notifications(p), Operator: a.operator(p),

		Wallet: a.wallets(p, web), Payouts: a.payouts(p),

		Profiles: profile.New(sqldb.NewProfiles(p.store), a.clock, sqldb.NewAudit(p.store, a.clock)),

		Idempotency: idempotency.New(sqldb.NewIdempotency(p.store), a.clock),

		Clock: a.clock, Logger: a.log, Version: release(), TrustedProxies: web.TrustedProxy, Observe: p.metrics.Observe,

		PartnerLimit: limitOf(web.RateLimit, web.RateLimitBurst),
		AddressLimit: limitOf(web.AddressRateLimit, web.AddressRateLimitBurst),
		BrokerLimit:  limitOf(web.KeyRateLimit, web.KeyRateLimitBurst),
	})
	redirect, err := a.redirect(p, web, base)
	if err != nil {
		return nil, err
	}
	beside := map[string]http.Handler{
		"/": api.Front(), "/favicon.ico": api.Favicon(), "/robots.txt": api.Robots(),
		"/healthz": api.Health(),
		"/readyz": api.Ready(func(ctx context.Context, err error) {
			a.log.WarnContext(ctx, "not ready", "error", err)
		}, ready, db.NewProof(p.store).Check, db.NewProof(p.tracking.db).Check),
		"/metrics": p.metrics.Handler(),
	}
	return inTurn(a.log, beside, redirect, drf.CORS(web.CORSOrigin, router)), nil
}

// limitOf is a limit as the options give it, where a rate of 0 is no limit.
func limitOf(rate, burst int) drf.Limit {
	if rate == 0 {
		rate = -1
	}
	return drf.Limit{Rate: rate, Burst: burst}
}

// inTurn asks what stands beside the API first, then tracked links. No
// ServeMux: it would clean paths before the router sees them. Paths are
// compared as they were sent: a proxy that keeps strangers from /metrics may
// not know that /%6detrics is another spelling of it.
func inTurn(log *slog.Logger, beside map[string]http.Handler, redirect *api.Redirect, router http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if h := beside[r.URL.EscapedPath()]; h != nil {
			h.ServeHTTP(w, r)
			log.DebugContext(r.Context(), "answered a probe", "path", r.URL.Path)
			return
		}
		if redirect.Tracked(r) {
			redirect.ServeHTTP(w, r)
			return
		}
		router.ServeHTTP(w, r)
	})
}
