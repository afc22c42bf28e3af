package rebate

import (
	"context"
	"fmt"

	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
)

// MaxRetried is the maximum number of rows in one Retry.
const MaxRetried = 10_000

// Retry creates new payouts for rows with a failed payment. A new payout has
// the amount and the destination of the failed one, which the partner has
// already approved. Retry returns ValidationError if the payment of one of the
// rows did not fail.
func (r *Runs) Retry(ctx context.Context, partnerID id.UUID, rows []int64) (*Outcome, error) {
	if len(rows) == 0 {
		return nil, fault.Invalid(fieldRows, "required", "Send at least one id of a rebate row.")
	}
	if len(rows) > MaxRetried {
		return nil, fault.Invalid(fieldRows, "max_length", fmt.Sprintf("Ensure there are no more than %d ids.", MaxRetried))
	}
	s := Selection{Rows: sortUnique(rows)}
	var out *Outcome
	err := r.store.Lock(ctx, partnerID, func(ctx context.Context, tx RunTx) error {
		subject := id.New().String()
		if err := aboveZero(ctx, tx, partnerID); err != nil {
			return err
		}
		f, err := find(ctx, tx, partnerID, s, StatusFailed)
		if err != nil {
			return err
		}
		if _, err := r.pay(ctx, tx, partnerID, Set{Status: StatusFailed, Rows: f.rows}, "retry:"+subject, true); err != nil {
			return err
		}
		if err := updateStatuses(ctx, tx, partnerID, f.rows, r.clock.Now()); err != nil {
			return err
		}
		out = &Outcome{Shown: f.Shown, Finished: true}
		return r.record(ctx, partnerID, "rebates.retried", subject, s, &f.Shown)
	})
	return out, err
}
