package rebate

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/tributary-server/tributary/internal/audit"
	"github.com/tributary-server/tributary/internal/id"
)

// Expire expires the rebates that have waited too long for approval, and the
// rows with a payment that failed too long ago. It returns their reserve to the
// wallet.
func (r *Runs) Expire(ctx context.Context) error {
	lapsed, err := r.store.Lapsed(ctx, r.clock.Now())
	if err != nil {
		return fmt.Errorf("looking for rebates that expired: %w", err)
	}
	var failed error
	for _, ref := range lapsed {
		if err := r.expire(ctx, ref); err != nil {
			failed = errors.Join(failed, fmt.Errorf("expiring rebate %d of partner %s: %w", ref.ID, ref.PartnerID, err))
		}
	}
	return errors.Join(failed, r.expireRows(ctx), ctx.Err())
}

func (r *Runs) expire(ctx context.Context, ref Ref) error {
	err := r.store.Lock(ctx, ref.PartnerID, func(ctx context.Context, tx RunTx) error {
		b, err := rebateOf(ctx, tx, ref)
		if err != nil || b.Status != StatusPending || b.ExpiresAt == nil || b.ExpiresAt.After(r.clock.Now()) {
			return err
		}
		left, err := tx.SumPending(ctx, ref.PartnerID, []int64{ref.ID})
		if err != nil {
			return err
		}
		if err := tx.SetStatus(ctx, ref, StatusExpiring, nil, r.clock.Now()); err != nil {
			return err
		}
		return r.config.Audit.Record(ctx, audit.Entry{
			PartnerID: ref.PartnerID, Action: "rebates.expired", Subject: strconv.FormatInt(ref.ID, 10), Details: amounts(left, b.Currency),
		})
	})
	if err != nil {
		return err
	}
	return r.steps(ctx, ref, r.releaseStep)
}

func (r *Runs) expireRows(ctx context.Context) error {
	var failed error
	for {
		lapsed, err := r.store.LapsedRows(ctx, r.clock.Now().Add(-r.config.Expiry), r.config.StepRows)
		if err != nil {
			return fmt.Errorf("looking for payments that failed long ago: %w", err)
		}
		for partnerID, rows := range lapsed {
			err := r.store.Lock(ctx, partnerID, func(ctx context.Context, tx RunTx) error { return r.expireFailed(ctx, tx, partnerID, rows) })
			if err != nil { // the rows of other partners still expire
				failed = errors.Join(failed, fmt.Errorf("expiring failed payments of partner %s: %w", partnerID, err))
			}
		}
		if len(lapsed) == 0 || failed != nil || ctx.Err() != nil {
			return errors.Join(failed, ctx.Err())
		}
	}
}

func (r *Runs) expireFailed(ctx context.Context, tx RunTx, partnerID id.UUID, rows []int64) error {
	subject := id.New().String()
	freed, err := r.release(ctx, tx, partnerID, Set{Status: StatusFailed, Rows: rows}, StatusExpired, "expiry:"+subject)
	if err != nil || freed.Paying == 0 {
		return err
	}
	if err := updateStatuses(ctx, tx, partnerID, rows, r.clock.Now()); err != nil {
		return err
	}
	return r.config.Audit.Record(ctx, audit.Entry{
		PartnerID: partnerID, Action: "rebates.expired", Subject: subject,
		Details: map[string]any{
			"rebate_rows": rows[:min(maxNamed, len(rows))], "client_accounts": strconv.FormatInt(freed.Paying, 10), "topay_rebate_usd": freed.Pay.USD.String(),
		},
	})
}
