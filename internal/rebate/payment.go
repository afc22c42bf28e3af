package rebate

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/tributary-server/tributary/internal/audit"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/ledger"
)

// Pay completes the decisions about closed rebates. It approves the rebates of
// automatic groups, creates the payouts of approved rebates, and releases the
// reserve of rejected and expired ones.
func (r *Runs) Pay(ctx context.Context) error {
	failed := r.takeUp(ctx)
	unfinished, err := r.store.Unfinished(ctx)
	if err != nil {
		return errors.Join(failed, fmt.Errorf("looking for rebates to pay: %w", err))
	}
	for _, w := range unfinished {
		do := r.payStep
		if w.Status != StatusApproving {
			do = r.releaseStep
		}
		if err := r.steps(ctx, w.Ref, do); err != nil {
			failed = errors.Join(failed, fmt.Errorf("paying rebate %d of partner %s: %w", w.ID, w.PartnerID, err))
		}
		if ctx.Err() != nil {
			return errors.Join(failed, ctx.Err())
		}
	}
	approvals, err := r.store.UnfinishedApprovals(ctx)
	if err != nil {
		return errors.Join(failed, fmt.Errorf("looking for approvals to pay out: %w", err))
	}
	for i := range approvals {
		if err := r.payRows(ctx, &approvals[i]); err != nil {
			failed = errors.Join(failed, fmt.Errorf("paying approval %s of partner %s: %w", approvals[i].ID, approvals[i].PartnerID, err))
		}
	}
	return errors.Join(failed, ctx.Err())
}

// takeUp approves the pending rebates of automatic groups. If a partner may not
// use rebates now, that partner's rebates stay pending until the next run.
func (r *Runs) takeUp(ctx context.Context) error {
	automatic, err := r.store.Automatic(ctx)
	if err != nil {
		return fmt.Errorf("looking for automatic rebates: %w", err)
	}
	var failed error
	admitted := map[id.UUID]bool{}
	for _, ref := range automatic {
		may, asked := admitted[ref.PartnerID]
		if !asked {
			err := r.config.Admits(ctx, ref.PartnerID)
			if err != nil && !isDenied(err) {
				failed = errors.Join(failed, err)
			}
			may = err == nil
			admitted[ref.PartnerID] = may
		}
		if !may {
			continue
		}
		if err := r.store.Lock(ctx, ref.PartnerID, func(ctx context.Context, tx RunTx) error { return r.takeUpOne(ctx, tx, ref) }); err != nil {
			failed = errors.Join(failed, fmt.Errorf("starting to pay rebate %d of partner %s: %w", ref.ID, ref.PartnerID, err))
		}
	}
	return failed
}

func (r *Runs) takeUpOne(ctx context.Context, tx RunTx, ref Ref) error {
	b, err := rebateOf(ctx, tx, ref)
	if err != nil || b.Status != StatusPending {
		return err
	}
	below, err := tx.BelowZero(ctx, ref.PartnerID)
	if err != nil || below {
		return err
	}
	if err := tx.SetStatus(ctx, ref, StatusApproving, nil, r.clock.Now()); err != nil {
		return err
	}
	return r.config.Audit.Record(ctx, audit.Entry{
		PartnerID: ref.PartnerID, Action: "rebates.paid_automatically", Subject: strconv.FormatInt(ref.ID, 10), Details: amounts(b.Totals, b.Currency),
	})
}

func (r *Runs) payStep(ctx context.Context, tx RunTx, ref Ref, after Place) (last Place, more bool, err error) {
	b, err := rebateOf(ctx, tx, ref)
	if err != nil || b.Status != StatusApproving {
		return after, false, err
	}
	cause := rebateCause(ref)
	approval, found, err := tx.ApprovalOf(ctx, ref)
	if err != nil {
		return after, false, err
	}
	if found {
		cause = approval.cause()
	}
	set := Set{Status: StatusPending, RebateID: ref.ID, After: after, Limit: r.config.StepRows}
	s, err := r.pay(ctx, tx, ref.PartnerID, set, cause, false)
	if err != nil || s.More {
		return s.Last, s.More, err
	}
	return s.Last, false, updateStatus(ctx, tx, ref, r.clock.Now())
}

// pay creates the payouts of the rows in a set, with one posting. It also
// releases facts about these payouts that have been waiting.
func (r *Runs) pay(ctx context.Context, tx RunTx, partnerID id.UUID, set Set, cause string, again bool) (Step, error) {
	s, err := tx.Measure(ctx, partnerID, set)
	if err != nil || s.Paying == 0 {
		return s, err
	}
	_, currency, err := tx.Partner(ctx, partnerID)
	if err != nil {
		return s, err
	}
	p := ledger.PayRebates(partnerID, cause, r.clock.Now(), s.Pay.In(currency))
	if err := tx.Post(ctx, p); err != nil {
		return s, err
	}
	released, err := tx.Pay(ctx, set, s, p, currency, again)
	if err == nil && released {
		r.config.WakeFacts(ctx)
	}
	return s, err
}

// release sets the status of the rows in a set, and returns their reserve to
// the wallet.
func (r *Runs) release(ctx context.Context, tx RunTx, partnerID id.UUID, set Set, to Status, cause string) (Step, error) {
	s, err := tx.Measure(ctx, partnerID, set)
	if err != nil || s.Paying == 0 {
		return s, err
	}
	_, currency, err := tx.Partner(ctx, partnerID)
	if err != nil {
		return s, err
	}
	now := r.clock.Now()
	if err := tx.Post(ctx, ledger.Release(partnerID, cause, now, s.Pay.In(currency))); err != nil {
		return s, err
	}
	return s, tx.Move(ctx, partnerID, set, s, to, now)
}

// releaseStep releases the reserve of some rows of a rebate that was rejected
// or has expired.
func (r *Runs) releaseStep(ctx context.Context, tx RunTx, ref Ref, after Place) (last Place, more bool, err error) {
	b, err := rebateOf(ctx, tx, ref)
	if err != nil {
		return after, false, err
	}
	to := map[Status]Status{StatusRejecting: StatusRejected, StatusExpiring: StatusExpired}[b.Status]
	if to == "" {
		return after, false, nil
	}
	set := Set{Status: StatusPending, RebateID: ref.ID, After: after, Limit: r.config.StepRows}
	s, err := r.release(ctx, tx, ref.PartnerID, set, to, rebateCause(ref))
	if err != nil || s.More {
		return s.Last, s.More, err
	}
	return s.Last, false, updateStatus(ctx, tx, ref, r.clock.Now())
}

// payRows creates the payouts of the rows of an approval. It marks the approval
// as done when no row is left.
func (r *Runs) payRows(ctx context.Context, a *Approval) error {
	for rows := range slices.Chunk(a.Rows, r.config.StepRows) {
		err := r.store.Lock(ctx, a.PartnerID, func(ctx context.Context, tx RunTx) error {
			_, err := r.pay(ctx, tx, a.PartnerID, Set{Status: StatusApproving, Rows: rows}, a.cause(), false)
			return err
		})
		if err != nil {
			return err
		}
	}
	return r.store.Lock(ctx, a.PartnerID, func(ctx context.Context, tx RunTx) error {
		rebates, err := tx.Rebates(ctx, a.PartnerID, a.Rebates)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(rebates, func(b Rebate) bool { return b.Status == StatusApproving }) {
			return nil // the next run will continue
		}
		if err := updateStatuses(ctx, tx, a.PartnerID, a.Rows, r.clock.Now()); err != nil {
			return err
		}
		return tx.Done(ctx, a, r.clock.Now())
	})
}

func updateStatus(ctx context.Context, tx RunTx, ref Ref, now time.Time) error {
	to, err := tx.Standing(ctx, ref)
	if err != nil {
		return err
	}
	return tx.SetStatus(ctx, ref, to, nil, now)
}

// updateStatuses updates the statuses of all rebates to which these rows
// belong. A rebate that still has waiting rows does not change.
func updateStatuses(ctx context.Context, tx RunTx, partnerID id.UUID, rows []int64, now time.Time) error {
	if len(rows) == 0 {
		return nil
	}
	found, err := tx.Rows(ctx, partnerID, rows)
	if err != nil {
		return err
	}
	done := map[int64]bool{}
	for _, row := range found {
		if done[row.RebateID] {
			continue
		}
		done[row.RebateID] = true
		ref := Ref{partnerID, row.RebateID}
		to, err := tx.Standing(ctx, ref)
		if err != nil {
			return err
		}
		if to == StatusPending {
			continue
		}
		if err := tx.SetStatus(ctx, ref, to, nil, now); err != nil {
			return err
		}
	}
	return nil
}
