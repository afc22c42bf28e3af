// Package jobs runs the work that no request asks for: it sends mails, closes
// periods and deletes what has expired. A job is a function that looks for what is
// due and does it, in steps that are safe to repeat. There is no table of jobs,
// so no job can be lost or run twice because of one.
package jobs

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"github.com/tributary-server/tributary/internal/clock"
)

// Job is something to be done again and again.
type Job struct {
	Name  string                          // for the log
	Every time.Duration                   // measured by the programme's clock from the end of one run to the start of the next
	Run   func(ctx context.Context) error // does all that is due
	Waker *Waker                          // runs it at once; nil: only time starts it
}

// Waker lets a job run before its time. It is safe for concurrent use, also
// before the job runs: a wake-up is never lost.
type Waker struct{ signal chan struct{} }

// NewWaker returns an unused Waker.
func NewWaker() *Waker { return &Waker{make(chan struct{}, 1)} }

// Wake makes the job run at once or, if it is running, once more after that. It
// does not wait. Calling it on a nil Waker is allowed.
func (w *Waker) Wake() {
	if w == nil {
		return
	}
	select {
	case w.signal <- struct{}{}:
	default: // it will run and has not looked yet
	}
}

const (
	// look is how often Run looks at the programme's clock.
	look = time.Second
	// retryAfter is how soon a job that failed is tried again; Every limits it.
	retryAfter = 10 * time.Second
)

// Run starts all jobs at once and runs each independently until ctx ends; then
// it waits for the running ones. A job that fails or panics is logged and tried
// again. It stops neither itself nor another job.
func Run(ctx context.Context, clk clock.Clock, log *slog.Logger, jobs ...Job) {
	var running sync.WaitGroup
	for _, job := range jobs {
		running.Go(func() { repeat(ctx, clk, log, &job) })
	}
	running.Wait()
}

func repeat(ctx context.Context, clk clock.Clock, log *slog.Logger, job *Job) {
	tick := time.NewTicker(look)
	defer tick.Stop()
	var woken chan struct{}
	if job.Waker != nil {
		woken = job.Waker.signal
	}
	for ctx.Err() == nil {
		pause := job.Every
		if err := once(ctx, job); err != nil && ctx.Err() == nil {
			pause = min(pause, retryAfter)
			log.ErrorContext(ctx, "a job failed and will be retried", "job", job.Name, "after", pause.String(), "error", err)
		}
		for ended := clk.Now(); waiting(clk.Now().Sub(ended), pause); {
			select {
			case <-ctx.Done():
				return
			case <-woken:
				pause = 0
			case <-tick.C:
			}
		}
	}
}

// waiting reports whether a pause still lasts. A clock that was set back ends
// the pause, since no one knows how long it would otherwise last.
func waiting(passed, pause time.Duration) bool { return passed >= 0 && passed < pause }

// once runs a job and turns a panic into an error.
func once(ctx context.Context, job *Job) (err error) {
	defer func() {
		if reason := recover(); reason != nil {
			err = fmt.Errorf("panic: %v\n%s", reason, debug.Stack())
		}
	}()
	return job.Run(ctx)
}
