package programme

import (
	"context"
	"errors"
	"time"

	"github.com/tributary-server/tributary/internal/accrual"
	"github.com/tributary-server/tributary/internal/adjustment"
	"github.com/tributary-server/tributary/internal/agent"
	"github.com/tributary-server/tributary/internal/api"
	"github.com/tributary-server/tributary/internal/campaign"
	"github.com/tributary-server/tributary/internal/click"
	"github.com/tributary-server/tributary/internal/cpa"
	"github.com/tributary-server/tributary/internal/evidence"
	"github.com/tributary-server/tributary/internal/export"
	"github.com/tributary-server/tributary/internal/idempotency"
	"github.com/tributary-server/tributary/internal/identity"
	"github.com/tributary-server/tributary/internal/level"
	"github.com/tributary-server/tributary/internal/mail"
	"github.com/tributary-server/tributary/internal/move"
	"github.com/tributary-server/tributary/internal/notify"
	"github.com/tributary-server/tributary/internal/outbox"
	"github.com/tributary-server/tributary/internal/outbox/guard"
	"github.com/tributary-server/tributary/internal/outcome"
	"github.com/tributary-server/tributary/internal/partner"
	"github.com/tributary-server/tributary/internal/payout"
	"github.com/tributary-server/tributary/internal/process"
	"github.com/tributary-server/tributary/internal/promo"
	"github.com/tributary-server/tributary/internal/rebate"
	"github.com/tributary-server/tributary/internal/report"
	"github.com/tributary-server/tributary/internal/report/performance"
	"github.com/tributary-server/tributary/internal/reward"
	"github.com/tributary-server/tributary/internal/search"
	"github.com/tributary-server/tributary/internal/staff"
	"github.com/tributary-server/tributary/internal/telemetry"
	"github.com/tributary-server/tributary/internal/traffic"
	"github.com/tributary-server/tributary/internal/verification"
	"github.com/tributary-server/tributary/internal/view"
	"github.com/tributary-server/tributary/internal/wallet"
)

type builder struct {
	settled

	stores   Stores
	zone     *time.Location
	metrics  *telemetry.Metrics
	signer   click.Signer
	recorder *click.Recorder
	wakers   wakers
	servers  *process.Register // nil on SQLite
}

// services creates the services, each after the services that it needs.
func (b *builder) services() (d api.Deps, courier *outbox.Courier, err error) {
	s, mails, caller := &b.stores, b.mails(), guard.New(guard.Config{Allow: b.Egress})
	d.Clock, d.Logger, d.Version, d.Observe = b.Clock, b.Logger, b.Version, b.metrics.Observe
	d.PartnerLimit, d.BrokerLimit, d.AddressLimit, d.TrustedProxies = b.PartnerLimit, b.BrokerLimit, b.AddressLimit, b.TrustedProxies
	d.Processes = b.serverCounter((*process.Register).APIs)
	d.Idempotency = idempotency.New(s.Idempotency, b.Clock)

	// These services apply facts and decide who may use the API.
	d.Levels = level.NewService(s.Levels, b.Clock, level.Config{Zone: b.zone, Audit: s.Audit, Log: b.Logger})
	d.CPA = cpa.NewService(s.CPA, b.Clock, cpa.Config{Zone: b.zone, Audit: s.Audit, Log: b.Logger})
	clicks := click.NewFinder(s.Clicks, b.signer)
	d.Facts = accrual.New(s.Books, b.Clock, b.zone, b.Logger, accrual.Config{
		Clicks: clicks, Audit: s.Audit, Monthly: Monthly(d.Levels, d.CPA), Observe: b.metrics.Batch,
	})
	d.Inbox = s.Inbox
	d.Orders = outcome.NewService(s.Outcomes)
	d.Evidence = evidence.NewService(s.Evidence, clicks)
	d.Identity = identity.New(s.Identity, b.Clock, b.Logger, identity.Config{Params: b.Passwords, Audit: s.Audit, Mails: mails})
	d.Staff = staff.New(s.Staff, d.Identity, b.Clock, s.Audit)
	d.Registrations = identity.NewRegistrations(s.Registrations, identity.RegistrationConfig{
		Apply: d.Facts.Apply, Passwords: d.Identity, SetUps: s.SetUps, Mails: mails, Audit: s.Audit, Clock: b.Clock,
		PublicURL: b.publicURL.String(), Closed: b.RegistrationClosed, ResetTime: b.ResetTime, Processes: d.Processes,
	})
	d.Admin = partner.NewAdmin(s.Admin, s.Audit)
	d.Plans = reward.NewService(s.Plans, b.Clock, s.Audit, d.Facts.Wake)
	d.Trials = s.Trials
	d.Moves = move.NewService(s.Moves, move.Config{
		Apply: d.Facts.Apply, Trials: s.Trials, Monthly: d.Facts.DoMonthly, Clock: b.Clock, Audit: s.Audit,
	})

	// These services deal with traffic and with a partner's own data.
	d.Campaigns = campaign.New(s.Campaigns, b.Clock, b.linkBase)
	d.SubPublishers = click.NewPublishers(s.Clicks, s.Publishers, b.Clock, b.zone, s.Audit)
	d.Traffic = traffic.New(s.Traffic, traffic.Config{Clock: b.Clock, Caller: caller, Audit: s.Audit, Approve: b.ApproveTrafficSources, Processes: d.Processes})
	d.Partners, err = partner.New(s.Partners, b.Clock, partner.Config{
		Zone: b.zone, LinkBase: b.LinkBase, Base: d.Campaigns.DefaultBase, WakeFacts: d.Facts.Wake,
	})
	if err != nil {
		return d, nil, err
	}
	d.Promo = promo.New(s.Promo, b.Clock, promo.Config{
		Campaigns: d.Campaigns, Address: d.Partners.Address, Clicks: clicksByMaterial(b.Clock, s.Clicks),
		Public: b.publicURL, LinkBase: b.linkBase, Audit: s.Audit,
	})
	d.Contacts = partner.NewContacts(s.Contacts, b.Clock, s.Audit)
	d.Profiles = partner.NewProfiles(s.Profiles, b.Clock, s.Audit)
	d.Search = search.New(s.Search, d.Campaigns)
	d.Views = view.New(s.Views, b.Clock)

	// These services deal with reports, exports and events for partners.
	d.Reports = report.NewService(s.Reports, b.Clock, report.Options{
		Zone: b.zone, MinRebate: b.RebateMin, MaxRebate: b.RebateMax, XLSXRows: b.XLSXRows,
	})
	d.Exports = export.New(s.Exports, d.Reports, b.Clock, b.Logger, b.ExportDir)
	d.Performance = performance.New(s.Performance, b.Clock, b.zone)
	d.Notifications = notify.New(s.Notifications, b.Clock, mails)
	d.Feed, d.Prober = outbox.NewFeed(s.Events), outbox.NewProber(caller, b.Clock, d.Processes)
	d.Outbox = outbox.NewService(s.Outbox, b.Clock, caller, s.Audit, mails, b.wakers.deliveries.Wake)
	courier = outbox.NewCourier(s.Outbox, outbox.CourierConfig{
		Bands: b.PostbackBands, Clock: b.Clock, Caller: caller, Mails: mails, Audit: s.Audit, Logger: b.Logger, Wake: b.wakers.deliveries.Wake,
		Observe: b.metrics.Delivery, Processes: b.serverCounter((*process.Register).Workers),
	})

	b.moneyOut(&d, mails)
	return d, courier, nil
}

// Monthly returns a function that reviews levels and then pays CPA. It pays CPA
// even if a review fails.
func Monthly(levels *level.Service, payments *cpa.Service) func(context.Context) error {
	return func(ctx context.Context) error { return errors.Join(levels.Run(ctx), payments.Run(ctx)) }
}

// moneyOut creates the services for agents' shares, rebates, wallets and payouts. It
// creates the verification service last, because that service needs some of the
// others (see verification.Binder).
func (b *builder) moneyOut(d *api.Deps, mails mail.QuotaQueue) {
	s := &b.stores
	d.Agents = agent.New(s.Agents, b.Clock, agent.Config{
		Address: d.Partners.Address, Mails: mails, Audit: s.Audit, WakeFacts: d.Facts.Wake,
	})
	d.RebateSettings = rebate.NewSettings(s.Rebates, b.Clock, rebate.Config{
		Min: b.RebateMin, Max: b.RebateMax, Except: b.RebatesExcept, Audit: s.Audit, Find: d.Reports.RebateAccounts,
	})
	d.RebateRuns = rebate.NewRuns(s.RebateRuns, b.Clock, rebate.RunConfig{
		Zone: b.zone, Expiry: b.RebateExpiry, Admits: d.RebateSettings.Allowed, Mails: mails, Audit: s.Audit,
		Wake: b.wakers.rebates.Wake, WakeFacts: d.Facts.Wake,
	})
	d.Wallet = wallet.New(s.Wallet, b.Clock, wallet.Config{
		Zone: b.zone, Methods: b.Withdrawals, Exchange: b.Exchange, Audit: s.Audit, Mails: mails, WakeFacts: d.Facts.Wake,
	})
	d.Adjustments = adjustment.New(s.Adjustments, b.Clock, b.zone, s.Audit)
	d.Payouts = payout.New(s.Payouts, d.Facts.Apply, b.Clock, s.Audit)
	d.Verifications = verification.New(s.Verifications, b.Clock, verification.Config{
		Binders: map[verification.Type]verification.Binder{
			verification.ApproveRebates:     d.RebateRuns,
			verification.SetAgentCommission: d.Agents,
			verification.Withdraw:           d.Wallet,
			verification.ChangeSecurity:     d.Identity.SecurityBinder(),
			verification.CreateAPIKey:       d.Identity.KeyBinder(),
			verification.CreateWebhook:      d.Outbox.HostBinder(),
		},
		Security: d.Identity, Mails: mails, Audit: s.Audit, MemoryKiB: b.Passwords.MemoryKiB,
	})
}

func (b *builder) mails() mail.QuotaQueue {
	if b.Mails != nil {
		return b.Mails
	}
	return b.stores.Mails
}
