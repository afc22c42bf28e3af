// Package jobs runs work without a request, such as sending mails, closing
// periods and deleting expired data. A job is a function that finds the work
// that is due and does it, in steps that can safely be repeated. There is no
// table of jobs that could lose a job or run it twice.
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
	Every time.Duration                   // pause between two runs, by the programme's clock
	Run   func(ctx context.Context) error // does all the work that is due
	Waker *Waker                          // starts a run at once; nil means that only Every starts runs

	// Due reports whether there is work that need not wait for Every. While the
	// job pauses, it is called each second, because a Waker does not reach other
	// processes. It must be cheap. Nil means that there is no such work.
	Due func(ctx context.Context) (bool, error)
}

// Waker lets a job run before its pause ends. It is safe for concurrent use. A
// wake-up before the job starts is not lost.
type Waker struct{ signal chan struct{} }

// NewWaker returns an unused Waker.
func NewWaker() *Waker { return &Waker{make(chan struct{}, 1)} }

// Wake makes the job run at once. If the job is running, it runs once more
// afterwards. Wake does not block, and it does nothing on a nil Waker.
func (w *Waker) Wake() {
	if w == nil {
		return
	}
	select {
	case w.signal <- struct{}{}:
	default: // a wake-up is already waiting
	}
}

const (
	// look is the interval at which Run reads the programme's clock.
	look = time.Second
	// retryAfter is the maximum pause after a run that failed.
	retryAfter = 10 * time.Second
)

// Run runs all jobs, independently of each other, until ctx is done. Then it
// waits for the jobs that are running. It logs a job that fails or panics and
// runs the job again. Other jobs are not affected.
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
		err := once(ctx, job)
		if err != nil && ctx.Err() == nil {
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
				if err == nil && job.isDue(ctx) { // after an error, the job waits
					pause = 0
				}
			}
		}
	}
}

// isDue calls Due. An error means that nothing is due, because the next run
// meets the same error and logs it.
func (j *Job) isDue(ctx context.Context) bool {
	if j.Due == nil {
		return false
	}
	due, err := j.Due(ctx)
	return err == nil && due
}

// waiting reports whether a pause still lasts. If the clock was set back, the
// pause ends, because it could otherwise last for years.
func waiting(passed, pause time.Duration) bool { return passed >= 0 && passed < pause }

func once(ctx context.Context, job *Job) (err error) {
	defer func() {
		if reason := recover(); reason != nil {
			err = fmt.Errorf("panic: %v\n%s", reason, debug.Stack())
		}
	}()
	return job.Run(ctx)
}
