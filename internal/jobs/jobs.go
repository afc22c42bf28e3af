// Package jobs runs work that no request starts, such as sending mails, closing
// periods and deleting expired data. A job is a function that finds the work that is
// due and does it, in steps that can be repeated safely. Jobs are not stored, so no
// stored job can be lost or run twice.
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

// Job is work that a server repeats.
type Job struct {
	Name  string                          // name for the log
	Every time.Duration                   // pause between two runs, measured with the programme's clock
	Run   func(ctx context.Context) error // does all the work that is due now
	Waker *Waker                          // starts a run at once; nil if the job always waits for the end of its pause

	// Due reports whether there is work that should not wait until the pause ends. Run
	// calls it every second during the pause, because other processes cannot use the
	// Waker. It must be cheap. Nil means that there is no such work.
	Due func(ctx context.Context) (bool, error)
}

// Waker starts a job before its pause ends. It is safe for concurrent use. If Wake is
// called before Run, the job runs as soon as Run starts.
type Waker struct{ signal chan struct{} }

// NewWaker returns a new Waker.
func NewWaker() *Waker { return &Waker{make(chan struct{}, 1)} }

// Wake makes the job run at once. If the job is running, it runs again
// afterwards. Wake does not block. It does nothing on a nil Waker.
func (w *Waker) Wake() {
	if w == nil {
		return
	}
	select {
	case w.signal <- struct{}{}:
	default: // a wake-up is already waiting, so the job will run anyway
	}
}

const (
	// look is the interval at which Run reads the programme's clock.
	look = time.Second
	// retryAfter is the maximum pause after a run that failed.
	retryAfter = 10 * time.Second
)

// Run runs all jobs independently of each other until ctx is done. It then waits for
// running jobs to end. If a job fails or panics, Run logs the error and runs the job
// again later.
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
		err := runOnce(ctx, job)
		if err != nil && ctx.Err() == nil {
			pause = min(pause, retryAfter)
			log.ErrorContext(ctx, "a job failed and will be retried", "job", job.Name, "after", pause.String(), "error", err)
		}
		for ended := clk.Now(); isPaused(clk.Now().Sub(ended), pause); {
			select {
			case <-ctx.Done():
				return
			case <-woken:
				pause = 0
			case <-tick.C:
				if err == nil && job.isDue(ctx) { // after a failed run the job always waits, so that it does not fail every second
					pause = 0
				}
			}
		}
	}
}

// isDue calls Due. It returns false after an error, because the next run will log the
// same error.
func (j *Job) isDue(ctx context.Context) bool {
	if j.Due == nil {
		return false
	}
	due, err := j.Due(ctx)
	return err == nil && due
}

// isPaused reports whether the pause is not over yet. It returns false if the
// clock was set back, because the pause could otherwise last for years.
func isPaused(passed, pause time.Duration) bool { return passed >= 0 && passed < pause }

func runOnce(ctx context.Context, job *Job) (err error) {
	defer func() {
		if reason := recover(); reason != nil {
			err = fmt.Errorf("panic: %v\n%s", reason, debug.Stack())
		}
	}()
	return job.Run(ctx)
}
