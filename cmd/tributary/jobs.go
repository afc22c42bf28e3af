package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/tributary-server/tributary/internal/config"
	"github.com/tributary-server/tributary/internal/idempotency"
	"github.com/tributary-server/tributary/internal/jobs"
	"github.com/tributary-server/tributary/internal/mail"
	"github.com/tributary-server/tributary/internal/notify"
	"github.com/tributary-server/tributary/internal/registration"
	"github.com/tributary-server/tributary/internal/store/sqldb"
)

// drainPace is how soon the server applies what a killed import left behind.
const drainPace = time.Minute

// purgePace is how often what has expired is forgotten.
const purgePace = time.Hour

// work is what a server does on its own while it serves; it ends with ctx.
func (a *app) work(ctx context.Context, p *programme, mails mail.Transport) {
	sender := mail.NewWorker(p.mails, p.metrics.Mails(mails), a.clock, a.log)
	jobs.Run(ctx, a.clock, a.log, p.metrics.Jobs(append(p.outward.jobs(),
		jobs.Job{Name: "drain", Every: drainPace, Run: p.accrual.Drain},
		jobs.Job{Name: "rebates", Every: rebatePace, Run: p.rebates.Run, Waker: p.rebatesDue},
		jobs.Job{Name: "expire rebates", Every: purgePace, Run: p.rebates.Expire},
		jobs.Job{Name: "notifications", Every: notify.Every, Run: a.notifications(p).Run},
		jobs.Job{Name: "purge notifications", Every: purgePace, Run: a.notifications(p).Purge},
		jobs.Job{Name: "mails", Every: mail.Every, Run: sender.Send, Waker: p.mailsDue},
		jobs.Job{Name: "purge mails", Every: purgePace, Run: sender.Purge},
		jobs.Job{Name: "purge registrations", Every: purgePace, Run: registration.Purge(sqldb.NewRegistrations(p.store), a.clock)},
		jobs.Job{Name: "exports", Every: exportPace, Run: p.exports.Run, Waker: p.exportsDue},
		jobs.Job{Name: "purge exports", Every: exportPace, Run: p.exports.Purge},
		jobs.Job{Name: "purge clicks", Every: purgePace, Run: p.purgeClicks(a)},
		jobs.Job{Name: "purge verifications", Every: purgePace, Run: p.verifications.Purge},
		jobs.Job{Name: "purge answers", Every: purgePace, Run: idempotency.New(sqldb.NewIdempotency(p.store), a.clock).Purge},
	))...)
	p.outward.courier.Wait() // for what is under way; its context has ended
}

// transport is where mails go, and how that is said.
func transport(options *config.Mail, database config.Database) (to mail.Transport, said string, err error) {
	server, err := options.MailServer()
	if err != nil {
		return nil, "", usageError{err}
	}
	from, err := options.Sender(server)
	if err != nil {
		return nil, "", usageError{err}
	}
	if server != nil {
		smtp, err := mail.NewSMTP(server, from)
		if err != nil {
			return nil, "", err
		}
		return smtp, "Mails go through " + smtp.String(), nil
	}
	dir := options.MailDir
	switch {
	case dir != "":
		if err := os.MkdirAll(dir, 0o700); err != nil { //nolint:gosec // the operator names the directory
			return nil, "", fmt.Errorf("making --mail-dir: %w", err)
		}
	case database.Engine == config.SQLite:
		dir = filepath.Join(filepath.Dir(database.Address), defaultMailDir)
	default:
		dir = defaultMailDir
	}
	if whole, err := filepath.Abs(dir); err == nil {
		dir = whole
	}
	return mail.NewDirectory(dir, from), "Mails are written to " + dir, nil
}

// defaultMailDir is made with the first mail.
const defaultMailDir = "mail"
