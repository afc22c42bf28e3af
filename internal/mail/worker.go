package mail

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/tributary-server/tributary/internal/clock"
)

// ErrUnavailable wraps what keeps every mail from being delivered: no server
// that answers, a full disk.
var ErrUnavailable = errors.New("mails can't be delivered now")

const (
	// Every is how often a Worker has to look for mails that are to be tried
	// again, or were being sent when a process died; of new ones it is told.
	Every = 2 * time.Second

	firstPause = time.Minute // after a first failed attempt; doubled by each further one
	longPause  = time.Hour
	// A mail is given up a day after it was written, but not before it was
	// tried so often: the server may have been away for longer.
	giveUpAge      = 24 * time.Hour
	giveUpAttempts = 10
	// keep is how long it can be looked up whether a mail was sent.
	keep = 30 * 24 * time.Hour

	batch     = 50
	purgeStep = 1000
	maxReason = 500 // bytes of an error that are kept
)

// Worker sends the mails that are kept. Several processes may work on one
// store: a mail is sent by whoever claims it first.
type Worker struct {
	store     Store
	transport Transport
	clock     clock.Clock
	log       *slog.Logger
}

// NewWorker returns a Worker.
func NewWorker(store Store, transport Transport, clk clock.Clock, log *slog.Logger) *Worker {
	return &Worker{store, transport, clk, log}
}

// Send sends all mails that are due. That a mail can't be sent is no error of
// Send: the mail is tried again later.
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

// try makes one attempt at one mail. An error ends this round: the store's,
// or one that every other mail would meet too.
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
	// What was done is noted, whatever ends the programme meanwhile.
	if err := w.settle(context.WithoutCancel(ctx), m, lease, failure); err != nil {
		return true, fmt.Errorf("noting what became of a mail: %w", err)
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
		log.ErrorContext(ctx, "a mail was given up", "error", reason)
		return w.store.GiveUp(ctx, m.ID, lease, now, reason)
	}
	pause := pauseAfter(m.Attempts)
	log.WarnContext(ctx, "a mail could not be sent; it is tried again", "after", pause.String(), "error", reason)
	return w.store.Retry(ctx, m.ID, lease, now.Add(pause), reason)
}

// pauseAfter is how long a mail waits after so many attempts.
func pauseAfter(attempts int) time.Duration {
	pause := firstPause
	for i := 1; i < attempts && pause < longPause; i++ {
		pause *= 2
	}
	return min(pause, longPause)
}

// Purge forgets the mails that were sent, or given up, long ago.
func (w *Worker) Purge(ctx context.Context) error {
	for {
		removed, err := w.store.Purge(ctx, w.clock.Now().Add(-keep), purgeStep)
		if err != nil {
			return fmt.Errorf("forgetting old mails: %w", err)
		}
		if removed < purgeStep {
			return nil
		}
	}
}
