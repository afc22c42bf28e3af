package cpa

import (
	"context"
	"math"
	"time"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
)

// longestRetry is the maximum time between two attempts of a run that fails.
const longestRetry = time.Hour

// retry is a partner whose run has failed.
type retry struct {
	PartnerID id.UUID   `db:"partner_id"`
	Day       clock.Day `db:"run_day"` // first day whose run is missing
	Attempts  int64     `db:"attempts"`
	Next      time.Time `db:"next_try_at"`
}

var retryTable = db.NewTable[*retry]("cpa_retries")

// pause returns the time until the next attempt. The second attempt follows the
// first at once, because most failures, such as a lost connection, are short.
func (r *retry) pause() time.Duration {
	if r.Attempts <= 1 {
		return 0
	}
	return min(longestRetry, time.Minute<<min(r.Attempts-2, 10))
}

// retryAll carries out the missing runs of the partners whose pause is over, up to
// the last run of the programme.
func (s *Service) retryAll(ctx context.Context) error {
	list, err := retries(ctx, s.store.db)
	if err != nil {
		return err
	}
	for _, r := range list {
		if r.Next.After(s.clock.Now()) {
			continue
		}
		if err := s.catchUp(ctx, r.PartnerID); err != nil {
			if err := s.recordFailure(ctx, r, err); err != nil {
				return err
			}
		}
	}
	return nil
}

// catchUp carries out the missing runs of a partner, the oldest first.
func (s *Service) catchUp(ctx context.Context, partnerID id.UUID) error {
	for {
		r, behind, err := retryOf(ctx, s.store.db, partnerID)
		if err != nil || !behind {
			return err
		}
		if err := s.runPartner(ctx, r.Day, partnerID, true); err != nil {
			return err
		}
	}
}

// firstMissing returns the day of the partner's first missing run. It also returns
// whether the other partners have already had this run.
func firstMissing(ctx context.Context, q db.Querier, partnerID id.UUID) (day clock.Day, behind bool, err error) {
	r, behind, err := retryOf(ctx, q, partnerID)
	if err != nil || behind {
		if behind {
			day = r.Day
		}
		return day, behind, err
	}
	last, _, err := lastRun(ctx, q)
	return last.NextMonth(), false, err
}

// caughtUp stores that a partner has caught up with a run.
func caughtUp(ctx context.Context, q db.Querier, day clock.Day, partnerID id.UUID) error {
	last, _, err := lastRun(ctx, q)
	if err != nil {
		return err
	}
	if next := day.NextMonth(); next <= last {
		return setRetryDay(ctx, q, partnerID, next)
	}
	return deleteRetry(ctx, q, partnerID)
}

// recordFailure stores that the run of a partner has failed, and logs it. It
// returns an error if this cannot be stored or if ctx has ended. The next Run then
// tries again.
func (s *Service) recordFailure(ctx context.Context, r *retry, reason error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	r.Attempts++
	r.Next = s.clock.Now().Add(r.pause())
	err := s.store.db.Write(ctx, func(ctx context.Context, q db.Querier) error { return setFailed(ctx, q, r) })
	if err != nil {
		return err
	}
	s.config.Log.ErrorContext(ctx, "the CPA of a partner could not be paid and will be retried",
		"partner", r.PartnerID, "day", r.Day.String(), "attempts", r.Attempts, "after", r.pause().String(), "error", reason)
	return nil
}

// planRetry stores when the first of the failed runs must be tried again.
func (s *Service) planRetry(ctx context.Context) error {
	list, err := retries(ctx, s.store.db)
	if err != nil {
		return err
	}
	next := int64(math.MaxInt64)
	for _, r := range list {
		next = min(next, db.Micros(r.Next))
	}
	s.retryAt.Store(next)
	return nil
}
