package main

import (
	"time"

	"github.com/tributary-server/tributary/internal/config"
	"github.com/tributary-server/tributary/internal/jobs"
	"github.com/tributary-server/tributary/internal/outbox"
	"github.com/tributary-server/tributary/internal/outbox/guard"
	"github.com/tributary-server/tributary/internal/store/sqldb"
	"github.com/tributary-server/tributary/internal/verification"
)

// deliveryPace is how often the server looks for events to deliver.
const deliveryPace = time.Second

// outward is the way out to partners' programs.
type outward struct {
	service *outbox.Service
	feed    *outbox.Feed
	prober  *outbox.Prober
	courier *outbox.Courier
	due     *jobs.Waker
}

func (a *app) outward(p *programme, web *config.Web) *outward {
	out := &outward{due: jobs.NewWaker(), feed: outbox.NewFeed(sqldb.NewEvents(p.store))}
	caller := guard.New(guard.Config{Allow: web.EgressAllow})
	store, log := sqldb.NewOutbox(p.store), sqldb.NewAudit(p.store, a.clock)
	out.prober = outbox.NewProber(caller, a.clock)
	out.service = outbox.NewService(store, a.clock, caller, log, p.mails, out.due.Wake)
	p.binders[verification.CreateWebhook] = out.service.HostBinder()
	out.courier = outbox.NewCourier(p.metrics.Courier(store), outbox.CourierConfig{
		Bands: web.PostbackAmounts == config.PostbackBands, Clock: a.clock, Caller: caller, Mails: p.mails, Audit: log, Logger: a.log, Wake: out.due.Wake,
	})
	return out
}

// jobs are what delivering takes.
func (o *outward) jobs() []jobs.Job {
	return []jobs.Job{
		{Name: "deliveries", Every: deliveryPace, Run: o.courier.Round, Waker: o.due},
		{Name: "purge events", Every: purgePace, Run: o.courier.Purge},
	}
}
