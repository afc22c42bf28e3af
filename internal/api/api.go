// Package api assembles the whole HTTP API. Package partner declares the
// operations of the Partner API, package broker those of the broker, and
// package public those that need no credentials. Each resource has its own
// file. The domain packages do the work of the operations.
package api

import (
	"log/slog"
	"net/netip"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/tributary-server/tributary/internal/accrual"
	"github.com/tributary-server/tributary/internal/adjustment"
	"github.com/tributary-server/tributary/internal/agent"
	"github.com/tributary-server/tributary/internal/api/broker"
	partnerapi "github.com/tributary-server/tributary/internal/api/partner"
	"github.com/tributary-server/tributary/internal/api/public"
	"github.com/tributary-server/tributary/internal/campaign"
	"github.com/tributary-server/tributary/internal/click"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/cpa"
	"github.com/tributary-server/tributary/internal/evidence"
	"github.com/tributary-server/tributary/internal/export"
	"github.com/tributary-server/tributary/internal/httpapi"
	"github.com/tributary-server/tributary/internal/httpapi/openapi"
	"github.com/tributary-server/tributary/internal/httpapi/swagger"
	"github.com/tributary-server/tributary/internal/idempotency"
	"github.com/tributary-server/tributary/internal/identity"
	"github.com/tributary-server/tributary/internal/identity/caller"
	"github.com/tributary-server/tributary/internal/inbox"
	"github.com/tributary-server/tributary/internal/level"
	"github.com/tributary-server/tributary/internal/move"
	"github.com/tributary-server/tributary/internal/notify"
	"github.com/tributary-server/tributary/internal/outbox"
	"github.com/tributary-server/tributary/internal/outcome"
	"github.com/tributary-server/tributary/internal/partner"
	"github.com/tributary-server/tributary/internal/payout"
	"github.com/tributary-server/tributary/internal/promo"
	"github.com/tributary-server/tributary/internal/rebate"
	"github.com/tributary-server/tributary/internal/report"
	"github.com/tributary-server/tributary/internal/report/performance"
	"github.com/tributary-server/tributary/internal/reward"
	"github.com/tributary-server/tributary/internal/search"
	"github.com/tributary-server/tributary/internal/staff"
	"github.com/tributary-server/tributary/internal/traffic"
	"github.com/tributary-server/tributary/internal/trial"
	"github.com/tributary-server/tributary/internal/verification"
	"github.com/tributary-server/tributary/internal/view"
	"github.com/tributary-server/tributary/internal/wallet"
)

//go:generate go run ./gen openapi ../../docs/openapi.json

// Deps are the services and settings that the API needs.
type Deps struct {
	Identity *identity.Service
	Staff    *staff.Service // authenticates every caller

	Verifications *verification.Service

	Partners *partner.Service
	Reports  *report.Service
	Exports  *export.Service
	Levels   *level.Service
	CPA      *cpa.Service
	Facts    *accrual.Service
	Inbox    inbox.Store
	Orders   *outcome.Service
	Evidence *evidence.Service

	Wallet  *wallet.Service
	Payouts *payout.Service

	Adjustments *adjustment.Service

	Performance *performance.Service

	Campaigns *campaign.Service

	SubPublishers *click.Publishers

	Contacts *partner.Contacts
	Promo    *promo.Service
	Search   *search.Service

	Registrations *identity.Registrations

	Profiles *partner.Profiles

	RebateSettings *rebate.Settings
	RebateRuns     *rebate.Runs

	Agents *agent.Service

	Outbox *outbox.Service
	Feed   *outbox.Feed
	Prober *outbox.Prober

	Traffic *traffic.Service
	Views   *view.Service

	Notifications *notify.Service

	Admin *partner.Admin

	Plans  *reward.Service
	Trials *trial.Service
	Moves  *move.Service

	Idempotency *idempotency.Service

	Clock   clock.Clock
	Logger  *slog.Logger
	Version string

	PartnerLimit, BrokerLimit, AddressLimit httpapi.Limit  // the zero value means the API's default limits
	Processes                               func() int     // number of processes that share these limits
	TrustedProxies                          []netip.Prefix // proxies whose X-Forwarded-For header is trusted
	// Observe is called after every response. See httpapi.Config.
	Observe func(op string, status int, took time.Duration, bytes int64)
}

// brokerLimit returns the rate limit for a broker's key. If no rate is set, it uses
// the broker's default rate.
func brokerLimit(l httpapi.Limit) httpapi.Limit {
	if l.Rate == 0 {
		l.Rate = 500
	}
	return l
}

// New returns a router with every operation of the API, and with the page that
// documents them. The page shows the operations of a group in the order in which New
// adds them.
func New(d Deps) *httpapi.Router {
	r := httpapi.New(httpapi.Config{
		Authenticator: d.Staff, Clock: d.Clock, Logger: d.Logger, Observe: d.Observe,
		Limits:       map[caller.Role]httpapi.Limit{caller.Partner: d.PartnerLimit, caller.Broker: brokerLimit(d.BrokerLimit)},
		AddressLimit: d.AddressLimit, Processes: d.Processes, TrustedProxies: d.TrustedProxies,
		Areas: areas, Idempotency: d.Idempotency,
		Document: openapi.Info{
			Title: "Tributary", Version: d.Version, Description: description, Tags: tags,
			License: &openapi3.License{Name: "Apache 2.0", Identifier: "Apache-2.0"},
		},
	})
	public.AddAuth(r, d.Identity)
	public.AddRegistration(r, d.Registrations, d.Partners)
	partnerapi.AddSetUps(r, d.Registrations)
	partnerapi.AddVerification(r, d.Verifications)
	partnerapi.AddSecurity(r, d.Identity)
	partnerapi.AddKeys(r, d.Identity)
	partnerapi.AddSessions(r, d.Identity)
	partnerapi.AddPartner(r, d.Partners)
	partnerapi.AddProfile(r, d.Profiles)
	partnerapi.AddSearch(r, d.Search)
	partnerapi.AddViews(r, d.Views)
	partnerapi.Reports(r, d.Reports, d.Exports)
	partnerapi.AddReportBoundaries(r, d.Reports)
	partnerapi.AddOrders(r, d.Orders)
	partnerapi.AddPerformance(r, d.Performance)
	partnerapi.AddExports(r, d.Exports)
	partnerapi.AddRebateSettings(r, d.RebateSettings, d.Reports)
	partnerapi.AddRebateRuns(r, d.RebateRuns)
	partnerapi.AddWallet(r, d.Wallet)
	broker.AddBroker(r, d.Facts, d.Inbox)
	broker.AddOrders(r, d.Orders)
	broker.AddEvidence(r, d.Evidence)
	broker.AddReports(r, d.Reports)
	broker.AddPayouts(r, d.Payouts)
	broker.AddAdjustments(r, d.Adjustments)
	broker.AddCPA(r, d.CPA)
	partnerapi.AddCampaigns(r, d.Campaigns)
	partnerapi.AddDomains(r, d.Campaigns)
	broker.AddBrokerDomains(r, d.Campaigns)
	partnerapi.AddSubPublishers(r, d.SubPublishers)
	partnerapi.AddContacts(r, d.Contacts)
	partnerapi.AddEvidence(r, d.Evidence)
	broker.AddBrokerContacts(r, d.Contacts)
	partnerapi.AddPromo(r, d.Promo)
	broker.AddBrokerPromo(r, d.Promo)
	partnerapi.AddAgents(r, d.Agents)
	partnerapi.AddPostbacks(r, d.Outbox)
	partnerapi.AddTemplateProbe(r, d.Prober)
	partnerapi.AddTraffic(r, d.Traffic)
	broker.AddBrokerTraffic(r, d.Traffic)
	partnerapi.AddNotifications(r, d.Notifications)
	broker.AddOperator(r, d.Admin, d.Plans, d.Trials, d.Levels, d.Moves)
	broker.AddBrokerKeys(r, d.Identity)
	broker.AddStaff(r, d.Staff)
	partnerapi.AddWebhooks(r, d.Outbox)
	partnerapi.AddEvents(r, d.Feed)
	swagger.Declare(r)
	return r
}
