package mail

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/tributary-server/tributary/internal/clock"
)

// ErrUnavailable says that no mail can be delivered now, for example because
// the server does not respond or the disk is full.
var ErrUnavailable = errors.New("mails cannot be delivered now")

const (
	// Every is the interval at which a server calls Worker.Send. These calls
	// find mails to retry, and mails that a process left when it died. A new
	// mail wakes the Worker at once.
	Every = 2 * time.Second

	firstPause = time.Minute // pause after the first failed attempt; it doubles after each further attempt
	longPause  = time.Hour   // maximum pause
	// The Worker gives up on a mail that is giveUpAge old and has failed
	// giveUpAttempts times. The age alone does not decide, because this server
	// may have been down for the whole day.
	giveUpAge      = 24 * time.Hour
	giveUpAttempts = 10
	// keep is how long the record of a finished mail is stored.
	keep = 30 * 24 * time.Hour

	batch     = 50
	purgeStep = 1000
	maxReason = 500 // maximum length in bytes of an error that is stored
)

// Worker sends the stored mails. If several processes share a store, the
// process that claims a mail first sends it.
type Worker struct {
	store     Store
	transport Transport
	clock     clock.Clock
	log       *slog.Logger
}

// NewWorker returns a Worker that sends nothing until Send is called.
func NewWorker(store Store, transport Transport, clk clock.Clock, log *slog.Logger) *Worker {
	return &Worker{store, transport, clk, log}
}

// Send sends all mails that are due. If a single mail fails, Send returns no
// error, because it retries the mail later.
func (w *Worker) Send(ctx context.Context) error {
	defer w.transport.Rest()
	for {
		now := w.clock.Now()
		due, err := w.store.Due(ctx, now, now.Add(2*longPause), batch)
		if err != nil {
			return fmt.Errorf("looking for mails to send: %w", err)
		}
		progress := false
		for i := range due {
			tried, err := w.try(ctx, &due[i])
			if err != nil {
				return err
			}
			progress = progress || tried
		}
		if !progress {
			return nil
		}
	}
}

// try makes one attempt to send a mail. If it returns an error, the store has
// failed or no mail can be delivered, so Send must stop.
func (w *Worker) try(ctx context.Context, m *Mail) (tried bool, err error) {
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	lease := w.clock.Now().Add(w.transport.Patience())
	claimed, err := w.store.Claim(ctx, *m, lease)
	if err != nil {
		return false, fmt.Errorf("claiming a mail: %w", err)
	}
	if !claimed {
		return false, nil
	}
	m.Attempts++
	failure := w.transport.Deliver(ctx, m)
	// Store the result even if the process was asked to stop in the meantime.
	if err := w.settle(context.WithoutCancel(ctx), m, lease, failure); err != nil {
		return true, fmt.Errorf("storing a mail's result: %w", err)
	}
	if errors.Is(failure, ErrUnavailable) {
		return true, failure
	}
	return true, nil
}

func (w *Worker) settle(ctx context.Context, m *Mail, lease time.Time, failure error) error {
	now := w.clock.Now()
	log := w.log.With("mail", m.ID.String(), "kind", m.Kind, "attempt", m.Attempts)
	if failure == nil {
		log.DebugContext(ctx, "a mail was sent")
		return w.store.Sent(ctx, m.ID, lease, now)
	}
	reason := oneLine(failure.Error(), maxReason)
	if errors.Is(failure, ErrRefused) || m.Attempts >= giveUpAttempts && now.Sub(m.CreatedAt) >= giveUpAge {
		log.ErrorContext(ctx, "gave up sending a mail", "error", reason)
		return w.store.GiveUp(ctx, m.ID, lease, now, reason)
	}
	pause := pauseAfter(m.Attempts)
	log.WarnContext(ctx, "a mail could not be sent and will be retried", "after", pause.String(), "error", reason)
	return w.store.Retry(ctx, m.ID, lease, now.Add(pause), reason)
}

func pauseAfter(attempts int) time.Duration {
	pause := firstPause
	for i := 1; i < attempts && pause < longPause; i++ {
		pause *= 2
	}
	return min(pause, longPause)
}

// Purge removes the records of mails that were finished long ago.
func (w *Worker) Purge(ctx context.Context) error {
	for {
		removed, err := w.store.Purge(ctx, w.clock.Now().Add(-keep), purgeStep)
		if err != nil {
			return fmt.Errorf("deleting old mails: %w", err)
		}
		if removed < purgeStep {
			return nil
		}
	}
}
