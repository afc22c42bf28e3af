package programme

import (
	"time"

	"github.com/tributary-server/tributary/internal/audit"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/contact"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/export"
	"github.com/tributary-server/tributary/internal/idempotency"
	"github.com/tributary-server/tributary/internal/jobs"
	"github.com/tributary-server/tributary/internal/mail"
	"github.com/tributary-server/tributary/internal/outbox/event"
	"github.com/tributary-server/tributary/internal/profile"
	"github.com/tributary-server/tributary/internal/promo"
	"github.com/tributary-server/tributary/internal/store/sqldb"
	"github.com/tributary-server/tributary/internal/traffic"
)

// Stores are all stores of a programme: this file is the one place that makes
// them.
type Stores struct {
	Admin         sqldb.PartnerAdmin
	Agents        sqldb.Agents
	Audit         audit.SQLLog
	Books         *sqldb.Books
	Campaigns     sqldb.Campaigns
	ClickCodes    sqldb.ClickCodes
	Clicks        sqldb.Clicks
	ClicksProof   *db.Proof
	Contacts      contact.Store
	Events        event.Log
	Idempotency   idempotency.SQLStore
	Exports       export.Store
	Identity      sqldb.Identity
	Inbox         sqldb.Inbox
	Mails         mail.SQLStore
	Notifications sqldb.Notifications
	Operator      sqldb.Operator
	Outbox        sqldb.Outbox
	Partners      *sqldb.Partners
	Payouts       sqldb.Payouts
	Performance   sqldb.Performance
	Plans         sqldb.PlanAdmin
	Profiles      profile.Store
	Promo         promo.SQLStore
	Proof         *db.Proof
	Publishers    sqldb.SubPublishers
	RebateRuns    sqldb.RebateRuns
	Rebates       sqldb.RebateSettings
	Registrations sqldb.Registrations
	Reports       sqldb.Reports
	SetUps        sqldb.SetUps
	Settings      sqldb.Settings
	Traffic       traffic.Store
	Verifications sqldb.Verifications
	Wallet        sqldb.Wallet
}

func newStores(main, clicks db.DB, zone *time.Location, clk clock.Clock, w wakers) Stores {
	return Stores{
		Admin:         sqldb.NewPartnerAdmin(main),
		Agents:        sqldb.NewAgents(main),
		Audit:         audit.NewSQLLog(main, clk),
		Books:         sqldb.NewBooks(main),
		Campaigns:     sqldb.NewCampaigns(main),
		ClickCodes:    sqldb.NewClickCodes(main),
		Clicks:        sqldb.NewClicks(clicks),
		ClicksProof:   db.NewProof(clicks),
		Contacts:      contact.NewStore(main),
		Events:        event.NewLog(main),
		Exports:       export.NewStore(main, w.exports.Wake),
		Idempotency:   idempotency.NewSQLStore(main),
		Identity:      sqldb.NewIdentity(main),
		Inbox:         sqldb.NewInbox(main),
		Mails:         mail.NewSQLStore(main, clk, w.mails.Wake),
		Notifications: sqldb.NewNotifications(main),
		Operator:      sqldb.NewOperator(main),
		Outbox:        sqldb.NewOutbox(main),
		Partners:      sqldb.NewPartners(main),
		Payouts:       sqldb.NewPayouts(main),
		Performance:   sqldb.NewPerformance(main, clicks, zone),
		Plans:         sqldb.NewPlanAdmin(main),
		Profiles:      profile.NewStore(main),
		Promo:         promo.NewSQLStore(main),
		Proof:         db.NewProof(main),
		Publishers:    sqldb.NewSubPublishers(main),
		RebateRuns:    sqldb.NewRebateRuns(main),
		Rebates:       sqldb.NewRebateSettings(main),
		Registrations: sqldb.NewRegistrations(main),
		Reports:       sqldb.NewReports(main),
		SetUps:        sqldb.NewSetUps(main),
		Settings:      sqldb.NewSettings(main),
		Traffic:       traffic.NewStore(main),
		Verifications: sqldb.NewVerifications(main),
		Wallet:        sqldb.NewWallet(main),
	}
}

// wakers let a change have the job run that it makes work for.
type wakers struct{ mails, rebates, deliveries, exports *jobs.Waker }

func newWakers() wakers {
	return wakers{jobs.NewWaker(), jobs.NewWaker(), jobs.NewWaker(), jobs.NewWaker()}
}
