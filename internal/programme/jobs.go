package programme

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/tributary-server/tributary/internal/api"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/identity"
	"github.com/tributary-server/tributary/internal/jobs"
	"github.com/tributary-server/tributary/internal/mail"
	"github.com/tributary-server/tributary/internal/notify"
	"github.com/tributary-server/tributary/internal/outbox"
	"github.com/tributary-server/tributary/internal/telemetry"
)

const (
	deliveryPace = time.Second // how often the server looks for events to deliver
	rebatePace   = time.Minute // how often the server looks for periods that have ended
	monthlyPace  = time.Second // how often the server checks whether reviews of levels or payments of CPA are due; nearly every check only reads the clock
	drainPace    = time.Minute // how often the server looks for facts that an interrupted import has left
	purgePace    = time.Hour   // how often the server removes expired rows
	// exportPace is how often the server looks for exports that no Waker reports:
	// exports that a crashed server has left, and exports that have expired.
	exportPace = 10 * time.Second
)

// jobs returns the jobs that a server runs in the background. Several servers may run
// them at the same time. A Waker wakes only the jobs of its own server, but a server
// without jobs also creates work. The jobs therefore look for work themselves. The
// jobs for deliveries and mails run every one or two seconds. The jobs for rebates
// and exports check every second whether there is work (see jobs.Job.Due).
func (b *builder) jobs(d *api.Deps, courier *outbox.Courier) []jobs.Job {
	if !b.Role.RunsJobs() {
		return nil
	}
	list := []jobs.Job{
		{Name: "deliveries", Every: deliveryPace, Run: courier.Round, Waker: b.wakers.deliveries},
		{Name: "purge events", Every: purgePace, Run: courier.Purge},
		{Name: "drain", Every: drainPace, Run: d.Facts.Drain},
		{Name: "rebates", Every: rebatePace, Run: d.RebateRuns.Run, Waker: b.wakers.rebates, Due: b.ifShared(d.RebateRuns.Decided)},
		{Name: "levels", Every: monthlyPace, Run: d.Levels.Run},
		{Name: "cpa", Every: monthlyPace, Run: d.CPA.Run},
		{Name: "expire rebates", Every: purgePace, Run: d.RebateRuns.Expire},
		{Name: "notifications", Every: notify.Every, Run: d.Notifications.Run},
		{Name: "purge notifications", Every: purgePace, Run: d.Notifications.Purge},
		{Name: "purge registrations", Every: purgePace, Run: identity.PurgeRegistrations(b.stores.Registrations, b.Clock)},
		{Name: "exports", Every: exportPace, Run: d.Exports.Run, Waker: b.wakers.exports, Due: b.ifShared(d.Exports.Due)},
		{Name: "purge exports", Every: exportPace, Run: d.Exports.Purge},
		{Name: "purge clicks", Every: purgePace, Run: b.purgeClicks},
		{Name: "purge verifications", Every: purgePace, Run: d.Verifications.Purge},
		{Name: "purge answers", Every: purgePace, Run: d.Idempotency.Purge},
	}
	if b.Transport != nil {
		sender := mail.NewWorker(b.stores.Mails, b.metrics.Mails(b.Transport), b.Clock, b.Logger)
		list = append(list,
			jobs.Job{Name: "mails", Every: mail.Every, Run: sender.Send, Waker: b.wakers.mails},
			jobs.Job{Name: "purge mails", Every: purgePace, Run: sender.Purge},
		)
	}
	return b.metrics.Jobs(list)
}

// purgeClicks removes clicks that are older than the retention, and the daily
// records of visitors from before today.
func (b *builder) purgeClicks(ctx context.Context) error {
	now := b.Clock.Now()
	_, err := b.stores.Clicks.Purge(ctx, now.Add(-b.ClickRetention), clock.DayOf(now, b.zone))
	return err
}

// Settle does the work that is due when a server starts. It applies facts that a
// crash has left, and creates the signing keys that the first login needs. It counts
// the servers, so that this server allows no more than its share of the limits. It
// logs errors and continues, because the server tries again later.
func (p *Programme) Settle(ctx context.Context) {
	if p.Servers != nil {
		if err := p.Servers.Beat(ctx); err != nil && ctx.Err() == nil {
			p.Logger.ErrorContext(ctx, "the servers on this database could not be counted; they will be counted again in two seconds", "error", err)
		}
	}
	if err := p.Facts.Drain(ctx); err != nil && ctx.Err() == nil {
		p.Logger.ErrorContext(ctx, "waiting facts could not be applied; they will be retried in a minute", "error", err)
	}
	if err := p.Identity.Prepare(ctx); err != nil && ctx.Err() == nil {
		p.Logger.ErrorContext(ctx, "could not generate the signing keys; the next login will try again", "error", err)
	}
}

// Run runs the jobs until ctx ends, and counts the servers on the database.
func (p *Programme) Run(ctx context.Context) {
	var counting sync.WaitGroup
	if p.Servers != nil {
		counting.Go(func() { p.Servers.Run(ctx) })
	}
	jobs.Run(ctx, p.Clock, p.Logger, p.Jobs...)
	counting.Wait()
	p.Courier.Wait() // the context of the deliveries has ended, so they stop soon
}

// watchBacklogs adds metrics that count waiting facts, payouts and mails, and monthly
// work that failed.
func watchBacklogs(ctx context.Context, metrics *telemetry.Metrics, s *Stores, log *slog.Logger) {
	ctx = context.WithoutCancel(ctx) // the metrics can still be requested after ctx has ended
	for _, backlog := range []telemetry.Backlog{
		{Name: "tributary_facts_waiting", Help: "Facts waiting for a missing fact, counted at most ten seconds ago.", Count: s.Inbox.Waiting},
		{Name: "tributary_payouts_waiting", Help: "Payouts waiting for the broker's report, counted at most ten seconds ago.", Count: s.Payouts.Waiting},
		{
			Name:  "tributary_level_reviews_failed",
			Help:  "Monthly reviews of partners' levels that failed and will be retried, counted at most ten seconds ago.",
			Count: s.Levels.Failed,
		},
		{
			Name:  "tributary_cpa_partners_failed",
			Help:  "Partners whose monthly payment of CPA failed and will be retried, counted at most ten seconds ago.",
			Count: s.CPA.Failed,
		},
		{Name: "tributary_mails_waiting", Help: "Mails still to be sent, counted at most ten seconds ago.", Count: s.Mails.Waiting},
	} {
		metrics.Waiting(ctx, backlog, log)
	}
}
