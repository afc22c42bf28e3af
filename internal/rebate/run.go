package rebate

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tributary-server/tributary/internal/audit"
	"github.com/tributary-server/tributary/internal/clock"
	"github.com/tributary-server/tributary/internal/fault"
	"github.com/tributary-server/tributary/internal/id"
	"github.com/tributary-server/tributary/internal/ledger"
	"github.com/tributary-server/tributary/internal/mail"
)

// DefaultExpiry is the time within which a partner can approve a rebate or
// retry a failed payment.
const DefaultExpiry = 30 * 24 * time.Hour

// These are the sizes of the steps in which many rows are processed.
const (
	// stepRows is the maximum number of rows in one transaction. Other writers,
	// such as the feed, can write between two of these transactions.
	stepRows = 20_000
	// maxAtOnce is the maximum number of rows that are paid or released in the
	// same transaction as their approval or rejection. Larger numbers are left to
	// Pay.
	maxAtOnce = 5_000
)

// RunConfig holds the configuration of Runs.
type RunConfig struct {
	Zone     *time.Location // programme's time zone, which decides when a period ends
	Expiry   time.Duration  // 0 means DefaultExpiry
	StepRows int            // maximum number of rows in one transaction; 0 means stepRows
	AtOnce   int64          // maximum number of rows that are paid in the transaction of their approval; 0 means maxAtOnce
	// Admits returns PermissionDenied for a partner who may not use rebates.
	Admits func(ctx context.Context, partnerID id.UUID) error
	Mails  mail.Queue
	Audit  audit.Log
	Wake   func() // called when Run has something to do soon
	// WakeFacts applies the facts that waited for a payout. It is called after the
	// commit.
	WakeFacts func(ctx context.Context)
}

// Runs closes the periods of rebates and pays the rebates. Its whole state is
// in the store, so that the next run continues after a crash.
type Runs struct {
	store  RunStore
	clock  clock.Clock
	config RunConfig
}

// NewRuns returns Runs that use store.
func NewRuns(store RunStore, clk clock.Clock, config RunConfig) *Runs {
	if config.Expiry == 0 {
		config.Expiry = DefaultExpiry
	}
	if config.StepRows == 0 {
		config.StepRows = stepRows
	}
	if config.AtOnce == 0 {
		config.AtOnce = maxAtOnce
	}
	return &Runs{store: store, clock: clk, config: config}
}

// Run closes the periods that have ended. It then pays the rebates that were
// approved, and releases those that were rejected or have expired. An error of
// one partner does not stop the others.
func (r *Runs) Run(ctx context.Context) error {
	return errors.Join(r.close(ctx), r.Pay(ctx))
}

// Decided reports whether Run still has rebates to pay or to release. It is
// cheap enough to be called every second.
func (r *Runs) Decided(ctx context.Context) (bool, error) {
	return r.store.Decided(ctx)
}

func (r *Runs) close(ctx context.Context) error {
	due, err := r.store.Due(ctx, r.today())
	if err != nil {
		return fmt.Errorf("looking for periods that are over: %w", err)
	}
	var failed error
	for len(due) > 0 && ctx.Err() == nil {
		partnerID, n := due[0].PartnerID, 1
		for n < len(due) && due[n].PartnerID == partnerID {
			n++
		}
		if err := r.closePartner(ctx, partnerID, due[:n]); err != nil {
			failed = errors.Join(failed, fmt.Errorf("closing periods of partner %s: %w", partnerID, err))
		}
		due = due[n:]
	}
	return errors.Join(failed, ctx.Err())
}

// closePartner closes a partner's rebates, the oldest first. It then calls
// settle once for all of them, so that the partner gets only one mail.
func (r *Runs) closePartner(ctx context.Context, partnerID id.UUID, due []Ref) error {
	for _, ref := range due {
		if err := r.steps(ctx, ref, r.closeStep); err != nil {
			return err
		}
	}
	return r.store.Lock(ctx, partnerID, func(ctx context.Context, tx RunTx) error { return r.settle(ctx, tx, partnerID) })
}

// step processes some of a rebate's rows, beginning after a place. It returns
// the place of the last of these rows, and whether more rows follow.
type step func(ctx context.Context, tx RunTx, ref Ref, after Place) (last Place, more bool, err error)

// steps runs all steps of a rebate, each in its own transaction.
func (r *Runs) steps(ctx context.Context, ref Ref, do step) error {
	var last Place
	for after, more := beginning, true; more; after = last {
		err := r.store.Lock(ctx, ref.PartnerID, func(ctx context.Context, tx RunTx) (err error) {
			last, more, err = do(ctx, tx, ref, after)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (r *Runs) closeStep(ctx context.Context, tx RunTx, ref Ref, after Place) (last Place, more bool, err error) {
	b, err := rebateOf(ctx, tx, ref)
	if err != nil {
		return after, false, err
	}
	now := r.clock.Now()
	switch {
	case b.Status == StatusOpen && b.Last < clock.DayOf(now, r.config.Zone):
		if err := tx.BeginClosing(ctx, ref); err != nil {
			return after, false, err
		}
	case b.Status != StatusClosing || b.Closed:
		return after, false, nil // another process has already closed the rebate
	}
	var rows []*ClosingRow
	rows, last, more, err = tx.OpenRows(ctx, ref, after, r.config.StepRows)
	if err != nil {
		return after, false, err
	}
	sum, change := closeRows(rows)
	if err := tx.SaveClosed(ctx, ref, rows, sum, !more, now); err != nil {
		return after, false, err
	}
	if change == (Sum{}) {
		return last, more, nil
	}
	return last, more, tx.Post(ctx, ledger.Reserve(ref.PartnerID, rebateCause(ref), now, change.In(b.Currency)))
}

// closeRows computes the amounts that the rows pay. It processes them in order,
// because the rows of one account change the same state.
func closeRows(rows []*ClosingRow) (sum Totals, change Sum) {
	for _, row := range rows {
		var changed Sum
		row.Pay, changed = row.State.Close(row.Rebate)
		change = change.Plus(changed)
		sum.Reward, sum.Pay = sum.Reward.Plus(row.Reward), sum.Pay.Plus(row.Pay)
		row.Status = StatusPaid // there is nothing to pay
		if row.Pay.Amount > 0 {
			row.Status = StatusPending
			sum.Paying++
		}
	}
	return sum, change
}

// settle decides what happens to a partner's closed rebates. Those of manual
// groups wait for the partner's approval, and the partner gets a mail. Those of
// automatic groups are left to Pay.
func (r *Runs) settle(ctx context.Context, tx RunTx, partnerID id.UUID) error {
	closed, err := tx.Closed(ctx, partnerID)
	if err != nil {
		return err
	}
	now := r.clock.Now()
	expires := now.Add(r.config.Expiry)
	var manual []Rebate
	for _, b := range closed {
		to, until := StatusPending, &expires
		switch {
		case b.Paying == 0:
			to, until = StatusPaid, nil
		case b.GroupType == Auto: // the partner gets no mail; the rebate expires if the partner remains without permission to use rebates
		default:
			manual = append(manual, b)
		}
		if err := tx.SetStatus(ctx, b.Ref, to, until, now); err != nil {
			return err
		}
	}
	if len(manual) == 0 {
		return nil
	}
	to, _, err := tx.Partner(ctx, partnerID)
	if err != nil {
		return err
	}
	return r.config.Mails.Enqueue(ctx, waitingMail(partnerID, to, manual, clock.DayOf(expires, r.config.Zone)))
}

func (r *Runs) today() clock.Day { return clock.DayOf(r.clock.Now(), r.config.Zone) }

var errNoRebate = errors.New("no such rebate")

func rebateOf(ctx context.Context, tx RunTx, ref Ref) (Rebate, error) {
	found, err := tx.Rebates(ctx, ref.PartnerID, []int64{ref.ID})
	if err != nil {
		return Rebate{}, err
	}
	if len(found) == 0 {
		return Rebate{}, fmt.Errorf("rebate %d: %w", ref.ID, errNoRebate)
	}
	return found[0], nil
}

// rebateCause returns the cause of a rebate's postings, except for those that
// result from a decision of the partner.
func rebateCause(ref Ref) string { return fmt.Sprintf("rebate:%d", ref.ID) }

// isDenied reports whether err only means that a partner lacks a permission.
func isDenied(err error) bool { return fault.CodeOf(err) == fault.PermissionDenied }
