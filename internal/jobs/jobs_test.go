package jobs_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/jobs"
)

type counter struct{ runs atomic.Int64 }

func (c *counter) job(every time.Duration, waker *jobs.Waker) jobs.Job {
	return jobs.Job{Name: "count", Every: every, Waker: waker, Run: func(context.Context) error {
		c.runs.Add(1)
		return nil
	}}
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// start runs jobs in a synctest bubble. It returns a function that ends the
// jobs and waits for them.
func start(t *testing.T, clk clock.Clock, log *slog.Logger, list ...jobs.Job) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		jobs.Run(ctx, clk, log, list...)
	}()
	synctest.Wait()
	return func() {
		cancel()
		<-done
	}
}

func TestEveryJobRunsAtStartAndThenInItsTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var often, seldom counter
		stop := start(t, clock.System(), quiet(), often.job(time.Minute, nil), seldom.job(time.Hour, nil))
		require.Equal(t, int64(1), often.runs.Load())
		require.Equal(t, int64(1), seldom.runs.Load())
		time.Sleep(59 * time.Second)
		synctest.Wait()
		require.Equal(t, int64(1), often.runs.Load())
		time.Sleep(2 * time.Second)
		synctest.Wait()
		require.Equal(t, int64(2), often.runs.Load())
		time.Sleep(time.Hour)
		synctest.Wait()
		require.Equal(t, int64(2), seldom.runs.Load())
		stop()
		ran := often.runs.Load()
		time.Sleep(time.Hour)
		require.Equal(t, ran, often.runs.Load())
	})
}

// TestTheProgrammesClockDecides checks that jobs use the programme's clock, and not
// the machine's.
func TestTheProgrammesClockDecides(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var c counter
		at := clock.At(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
		stop := start(t, at, quiet(), c.job(time.Hour, nil))
		defer stop()
		time.Sleep(24 * time.Hour)
		synctest.Wait()
		require.Equal(t, int64(1), c.runs.Load())
		at.Advance(time.Hour)
		time.Sleep(2 * time.Second)
		synctest.Wait()
		require.Equal(t, int64(2), c.runs.Load())
		at.Advance(-48 * time.Hour) // after the clock was set back, the job must run at once, because it could otherwise wait for years
		time.Sleep(2 * time.Second)
		synctest.Wait()
		require.Equal(t, int64(3), c.runs.Load())
	})
}

func TestWake(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		waker := jobs.NewWaker()
		waker.Wake() // before the job starts
		var runs, inside atomic.Int64
		proceed := make(chan struct{})
		stop := start(t, clock.System(), quiet(), jobs.Job{Name: "slow", Every: time.Hour, Waker: waker, Run: func(context.Context) error {
			runs.Add(1)
			inside.Add(1)
			defer inside.Add(-1)
			<-proceed
			return nil
		}})
		proceed <- struct{}{}
		synctest.Wait()
		require.Equal(t, int64(2), runs.Load(), "a wake-up before the start is not lost")
		waker.Wake()
		waker.Wake()
		synctest.Wait()
		require.Equal(t, int64(1), inside.Load(), "a job never runs twice concurrently")
		proceed <- struct{}{}
		synctest.Wait()
		require.Equal(t, int64(3), runs.Load(), "a wake-up during a run causes one more run")
		close(proceed)
		synctest.Wait()
		require.Equal(t, int64(3), runs.Load())
		stop()
		(*jobs.Waker)(nil).Wake()
	})
}

// TestDue checks that Due is called every second during a pause, except after a
// failed run.
func TestDue(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var runs atomic.Int64
		var work, broken atomic.Bool
		stop := start(t, clock.System(), quiet(), jobs.Job{
			Name: "due", Every: time.Hour,
			Due: func(context.Context) (bool, error) { return work.Load(), nil },
			Run: func(context.Context) error {
				runs.Add(1)
				if broken.Load() {
					return errors.New("broken")
				}
				work.Store(false)
				return nil
			},
		})
		defer stop()
		after := func(seconds int) int64 {
			time.Sleep(time.Duration(seconds) * time.Second)
			synctest.Wait()
			return runs.Load()
		}
		require.Equal(t, int64(1), after(60))
		work.Store(true)
		require.Equal(t, int64(2), after(1))
		require.Equal(t, int64(2), after(60))
		broken.Store(true)
		work.Store(true)
		require.Equal(t, int64(3), after(1))
		require.Equal(t, int64(3), after(9), "a failed run is retried after ten seconds")
		require.Equal(t, int64(4), after(1))
	})
}

func TestAFailedJobIsRetriedAndStopsNoOther(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		var good counter
		tries := 0
		stop := start(t, clock.System(), slog.New(slog.NewTextHandler(&log, nil)), good.job(time.Hour, nil),
			jobs.Job{Name: "bad", Every: time.Hour, Run: func(context.Context) error {
				switch tries++; tries {
				case 1:
					return errors.New("the first try")
				case 2:
					panic("the second try")
				default:
					return nil
				}
			}})
		time.Sleep(30 * time.Second)
		synctest.Wait()
		stop()
		require.Equal(t, 3, tries)
		require.Equal(t, int64(1), good.runs.Load())
		require.Contains(t, log.String(), `job=bad`)
		require.Contains(t, log.String(), "the first try")
		require.Contains(t, log.String(), "panic: the second try")
	})
}

// TestStopping checks that a job which fails because the server stops is not logged
// as failed.
func TestStopping(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		stop := start(t, clock.System(), slog.New(slog.NewTextHandler(&log, nil)), jobs.Job{
			Name: "long", Every: time.Hour, Run: func(ctx context.Context) error {
				<-ctx.Done()
				return ctx.Err()
			},
		})
		stop()
		require.Empty(t, log.String())
	})
}
