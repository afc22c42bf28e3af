package level

import (
	"context"
	"math"
	"time"

	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/db"
	"github.com/tributary-server/tributary/internal/id"
)

// longestRetry is the maximum time between two attempts of a review that fails.
const longestRetry = time.Hour

// retry is a review that has failed, or that waits for an earlier review of its
// partner, which has failed.
type retry struct {
	PartnerID id.UUID   `db:"partner_id"`
	Day       clock.Day `db:"review_day"`
	Attempts  int64     `db:"attempts"`
	Next      time.Time `db:"next_try_at"`
}

// pause returns the time until the next attempt. The second attempt follows the
// first at once, because most failures, such as a lost connection, are short.
func (r *retry) pause() time.Duration {
	if r.Attempts <= 1 {
		return 0
	}
	return min(longestRetry, time.Minute<<min(r.Attempts-2, 10))
}

// retryAll repeats the failed reviews whose pause is over. It reviews each partner
// in the order of the months.
func (s *Service) retryAll(ctx context.Context) error {
	list, err := retries(ctx, s.store.db)
	if err != nil {
		return err
	}
	failing := id.Nil
	for _, r := range list {
		if r.PartnerID == failing {
			continue
		}
		if r.Next.After(s.clock.Now()) {
			failing = r.PartnerID
			continue
		}
		if err := s.review(ctx, r.Day, r.PartnerID); err != nil {
			failing = r.PartnerID
			if err := s.recordFailure(ctx, r, err); err != nil {
				return err
			}
		}
	}
	return nil
}

// recordFailure stores that a review has failed, and logs it. It returns an
// error if this cannot be stored or if ctx has ended. The next Run then tries
// again.
func (s *Service) recordFailure(ctx context.Context, r *retry, reason error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	r.Attempts++
	r.Next = s.clock.Now().Add(r.pause())
	err := s.store.db.Write(ctx, func(ctx context.Context, q db.Querier) error { return setRetry(ctx, q, r) })
	if err != nil {
		return err
	}
	s.config.Log.ErrorContext(ctx, "the review of a partner's level failed and will be retried",
		"partner", r.PartnerID, "day", r.Day.String(), "attempts", r.Attempts, "after", r.pause().String(), "error", reason)
	return nil
}

// readRetries returns the partners with reviews to retry, and stores when the first
// of these is due.
func (s *Service) readRetries(ctx context.Context) (map[id.UUID]*retry, error) {
	list, err := retries(ctx, s.store.db)
	if err != nil {
		return nil, err
	}
	first := map[id.UUID]*retry{}
	next := int64(math.MaxInt64)
	for _, r := range list {
		if first[r.PartnerID] == nil {
			first[r.PartnerID] = r
			next = min(next, db.Micros(r.Next))
		}
	}
	s.retryAt.Store(next)
	return first, nil
}
