package programme

import (
	"time"

	"github.com/tributary-server/tributary/internal/accrual"
	"github.com/tributary-server/tributary/internal/adjustment"
	"github.com/tributary-server/tributary/internal/agent"
	"github.com/tributary-server/tributary/internal/audit"
	"github.com/tributary-server/tributary/internal/campaign"
	"github.com/tributary-server/tributary/internal/click"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/cpa"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/evidence"
	"github.com/tributary-server/tributary/internal/export"
	"github.com/tributary-server/tributary/internal/idempotency"
	"github.com/tributary-server/tributary/internal/identity"
	"github.com/tributary-server/tributary/internal/inbox"
	"github.com/tributary-server/tributary/internal/jobs"
	"github.com/tributary-server/tributary/internal/level"
	"github.com/tributary-server/tributary/internal/mail"
	"github.com/tributary-server/tributary/internal/move"
	"github.com/tributary-server/tributary/internal/notify"
	"github.com/tributary-server/tributary/internal/outbox"
	"github.com/tributary-server/tributary/internal/outbox/event"
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
	"github.com/tributary-server/tributary/internal/settings"
	"github.com/tributary-server/tributary/internal/staff"
	"github.com/tributary-server/tributary/internal/traffic"
	"github.com/tributary-server/tributary/internal/trial"
	"github.com/tributary-server/tributary/internal/verification"
	"github.com/tributary-server/tributary/internal/view"
	"github.com/tributary-server/tributary/internal/wallet"
)

// Stores contains all stores of a programme. Only this file creates stores.
type Stores struct {
	Adjustments   adjustment.Store
	Admin         partner.AdminStore
	Agents        agent.SQLStore
	Audit         audit.SQLLog
	Books         *accrual.SQLStore
	Campaigns     campaign.Store
	ClickCodes    click.SQLCodes
	Clicks        click.SQLStore
	ClicksProof   *db.Proof
	Contacts      partner.ContactStore
	CPA           cpa.Store
	Events        event.Log
	Evidence      evidence.Store
	Idempotency   idempotency.SQLStore
	Exports       export.Store
	Identity      identity.Store
	Inbox         inbox.Store
	Levels        level.Store
	Outcomes      outcome.Store
	Mails         mail.SQLStore
	Moves         move.Store
	Notifications notify.Store
	Outbox        outbox.SQLStore
	Partners      *partner.Store
	Payouts       payout.Store
	Performance   performance.SQLStore
	Plans         reward.Store
	Profiles      partner.ProfileStore
	Promo         promo.SQLStore
	Processes     process.Store
	Proof         *db.Proof
	Publishers    click.PublisherStore
	RebateRuns    rebate.SQLRunStore
	Rebates       rebate.SettingsStore
	Registrations identity.RegistrationStore
	Reports       report.SQLStore
	SetUps        identity.SetUps
	Search        search.Store
	Settings      settings.Store
	Staff         staff.Store
	Traffic       traffic.Store
	Trials        *trial.Service
	Verifications verification.Store
	Views         view.Store
	Wallet        wallet.Store
}

func newStores(main, clicks db.DB, zone *time.Location, clk clock.Clock, w wakers) Stores {
	return Stores{
		Adjustments:   adjustment.NewStore(main),
		Admin:         partner.NewAdminStore(main),
		Agents:        agent.NewSQLStore(main),
		Audit:         audit.NewSQLLog(main, clk),
		Books:         accrual.NewSQLStore(main),
		Campaigns:     campaign.NewStore(main),
		ClickCodes:    click.NewSQLCodes(main),
		Clicks:        click.NewSQLStore(clicks),
		ClicksProof:   db.NewProof(clicks),
		Contacts:      partner.NewContactStore(main),
		Events:        event.NewLog(main),
		Evidence:      evidence.NewStore(main),
		Exports:       export.NewStore(main, w.exports.Wake),
		Idempotency:   idempotency.NewSQLStore(main),
		Identity:      identity.NewStore(main),
		Inbox:         inbox.NewStore(main),
		Levels:        level.NewStore(main),
		CPA:           cpa.NewStore(main),
		Outcomes:      outcome.NewStore(main),
		Mails:         mail.NewSQLStore(main, clk, w.mails.Wake),
		Moves:         move.NewStore(main),
		Notifications: notify.NewStore(main),
		Outbox:        outbox.NewSQLStore(main),
		Partners:      partner.NewStore(main),
		Payouts:       payout.NewStore(main),
		Performance:   performance.NewSQLStore(main, clicks, zone),
		Plans:         reward.NewStore(main),
		Profiles:      partner.NewProfileStore(main),
		Promo:         promo.NewSQLStore(main),
		Processes:     process.NewStore(main),
		Proof:         db.NewProof(main),
		Publishers:    click.NewPublisherStore(main),
		RebateRuns:    rebate.NewSQLRunStore(main),
		Rebates:       rebate.NewSettingsStore(main),
		Registrations: identity.NewRegistrationStore(main),
		Reports:       report.NewSQLStore(main),
		SetUps:        identity.NewSetUps(main),
		Search:        search.NewStore(main),
		Settings:      settings.NewStore(main),
		Staff:         staff.NewStore(main),
		Traffic:       traffic.NewStore(main),
		Trials:        trial.NewService(main),
		Verifications: verification.NewStore(main),
		Views:         view.NewStore(main),
		Wallet:        wallet.NewStore(main),
	}
}

// wakers start jobs at once when a request creates work for them.
type wakers struct{ mails, rebates, deliveries, exports *jobs.Waker }

func newWakers() wakers {
	return wakers{jobs.NewWaker(), jobs.NewWaker(), jobs.NewWaker(), jobs.NewWaker()}
}
