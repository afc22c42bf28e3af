package programme

import (
	"context"
	"log/slog"
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
	deliveryPace = time.Second // how often events to deliver are looked for
	rebatePace   = time.Minute // how soon a period that is over is closed and paid
	drainPace    = time.Minute // how soon what a killed import left behind is applied
	purgePace    = time.Hour   // how often what has expired is forgotten
	// exportPace is how often exports are looked for that no one has waked up
	// for: those of a server that died, and those whose life is over.
	exportPace = 10 * time.Second
)

// jobs are what a server does on its own.
func (b *builder) jobs(d *api.Deps, courier *outbox.Courier) []jobs.Job {
	list := []jobs.Job{
		{Name: "deliveries", Every: deliveryPace, Run: courier.Round, Waker: b.wakers.deliveries},
		{Name: "purge events", Every: purgePace, Run: courier.Purge},
		{Name: "drain", Every: drainPace, Run: d.Facts.Drain},
		{Name: "rebates", Every: rebatePace, Run: d.RebateRuns.Run, Waker: b.wakers.rebates},
		{Name: "expire rebates", Every: purgePace, Run: d.RebateRuns.Expire},
		{Name: "notifications", Every: notify.Every, Run: d.Notifications.Run},
		{Name: "purge notifications", Every: purgePace, Run: d.Notifications.Purge},
		{Name: "purge registrations", Every: purgePace, Run: identity.PurgeRegistrations(b.stores.Registrations, b.Clock)},
		{Name: "exports", Every: exportPace, Run: d.Exports.Run, Waker: b.wakers.exports},
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

// purgeClicks forgets clicks that are too old, and yesterday's visitors.
func (b *builder) purgeClicks(ctx context.Context) error {
	now := b.Clock.Now()
	_, err := b.stores.Clicks.Purge(ctx, now.Add(-b.ClickRetention), clock.DayOf(now, b.zone))
	return err
}

// Settle does what is due when a server starts: it applies what a crash left
// behind, and makes the signing keys that the first login needs. What fails is
// logged, and the next caller that needs it tries again.
func (p *Programme) Settle(ctx context.Context) {
	if err := p.Facts.Drain(ctx); err != nil && ctx.Err() == nil {
		p.Logger.ErrorContext(ctx, "facts that waited could not be applied; they are tried again in a minute", "error", err)
	}
	if err := p.Identity.Prepare(ctx); err != nil && ctx.Err() == nil {
		p.Logger.ErrorContext(ctx, "the signing keys could not be made; the next login tries again", "error", err)
	}
}

// Run runs the jobs until ctx ends.
func (p *Programme) Run(ctx context.Context) {
	jobs.Run(ctx, p.Clock, p.Logger, p.Jobs...)
	p.Courier.Wait() // for what is under way; its context has ended
}

// watchBacklogs makes metrics of the work that waits.
func watchBacklogs(ctx context.Context, metrics *telemetry.Metrics, s *Stores, log *slog.Logger) {
	ctx = context.WithoutCancel(ctx) // metrics are asked for until the last request has ended
	for _, backlog := range []telemetry.Backlog{
		{Name: "tributary_facts_waiting", Help: "Facts kept that wait for their missing half, at most ten seconds ago.", Count: s.Inbox.Waiting},
		{Name: "tributary_payouts_waiting", Help: "Payouts that wait for the broker's answer, at most ten seconds ago.", Count: s.Payouts.Waiting},
		{Name: "tributary_mails_waiting", Help: "Mails that are still to be sent, at most ten seconds ago.", Count: s.Mails.Waiting},
	} {
		metrics.Waiting(ctx, backlog, log)
	}
}
